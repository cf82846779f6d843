package main

import (
	"slices"

	"chapar/cmd/chapar/config"
	"chapar/store"
)

// tagged narrows a query to the sources that bear one of some tags in the present config.
func tagged(c *config.Config, tags []string, q store.Query) (store.Query, error) {
	if len(tags) == 0 {
		return q, nil
	}
	ids, err := c.Tagged(tags...)
	if err != nil {
		return q, usageError{err}
	}
	if len(q.Sources) > 0 {
		ids = slices.DeleteFunc(ids, func(id string) bool { return !slices.Contains(q.Sources, id) })
	}
	if len(ids) == 0 { // which would be all sources
		return q, usage("no source of --source has the tag of --tag")
	}
	q.Sources = ids
	return q, nil
}

// tagsOf gives the tags of each source that is polled, by its id; nil if no source of the config has any.
func tagsOf(c *config.Config) map[string][]string {
	tags := map[string][]string{}
	for _, s := range c.Sources {
		if len(s.Tags) > 0 {
			tags[s.ID] = s.Tags
		}
	}
	if len(tags) == 0 {
		return nil
	}
	return tags
}
