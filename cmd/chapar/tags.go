package main

import (
	"context"
	"slices"

	"chapar/cmd/chapar/config"
	"chapar/store"
	"chapar/store/corpus"
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

// taggedStats counts the articles of some sources only. What is not kept is counted for all sources together and left out.
type taggedStats struct {
	Records    int            `json:"records"`
	Copies     int            `json:"copies"`
	BySource   map[string]int `json:"by_source"`
	ByLanguage map[string]int `json:"by_language"`
	ByMonth    map[string]int `json:"by_month"`
	ByTopic    map[string]int `json:"by_topic"`
}

func (s *statsCommand) tagged(ctx context.Context, a *app, c *config.Config, r reading) error {
	q, err := tagged(c, s.Tag, store.Query{})
	if err != nil {
		return err
	}
	st := taggedStats{BySource: map[string]int{}, ByLanguage: map[string]int{}, ByMonth: map[string]int{}, ByTopic: map[string]int{}}
	for rec, err := range r.Records(ctx, q) {
		if err != nil {
			return err
		}
		st.count(rec)
	}
	if s.JSON {
		return a.json(st)
	}
	t := table{}
	countRow(&t, "articles", st.Records)
	countRow(&t, "  copies among them", st.Copies)
	countRows(&t, "by source", st.BySource)
	countRows(&t, "by language", st.ByLanguage)
	countRows(&t, "by topic", st.ByTopic)
	countRows(&t, "by month", st.ByMonth)
	return t.write(a.out, width(a.out))
}

func (st *taggedStats) count(r corpus.Record) {
	at := r.FirstSeen
	if r.Published != nil {
		at = *r.Published
	}
	st.Records++
	if r.DuplicateOf != nil {
		st.Copies++
	}
	st.BySource[r.Source]++
	st.ByLanguage[r.Language]++
	st.ByMonth[at.UTC().Format("2006-01")]++
	for _, topic := range r.Topics {
		st.ByTopic[topic]++
	}
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
