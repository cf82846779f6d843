package fetcher

import (
	"cmp"
	"fmt"
	"net/url"
	"strings"
	"unicode"
)

// Voice is how a feed speaks of itself, by which the feed of another publication is told from it.
type Voice struct {
	Title    string `json:"title,omitempty"`
	Site     string `json:"site,omitempty"`     // the domain that most of its entries lead to
	Language string `json:"language,omitempty"` // as it says, without the region
	Script   string `json:"script,omitempty"`   // of its titles
}

// voiceOf hears the voice of a feed. A feed of too few entries, or of entries from everywhere, has no Site.
func voiceOf(f Feed) Voice {
	v := Voice{Title: f.Title, Language: baseLanguage(f.Language)}
	sites, scripts := map[string]int{}, map[string]int{}
	for _, e := range f.Entries {
		if u, err := url.Parse(e.Link); err == nil && u.Host != "" {
			sites[siteOf(u)]++
		}
		scripts[scriptOf(e.Title)]++
	}
	const least = 3
	most := func(of map[string]int) string {
		for name, n := range of {
			if n >= least && n*4 > len(f.Entries)*3 {
				return name
			}
		}
		return ""
	}
	v.Site, v.Script = most(sites), most(scripts)
	return v
}

func baseLanguage(tag string) string {
	tag, _, _ = strings.Cut(strings.ToLower(strings.TrimSpace(tag)), "-")
	tag, _, _ = strings.Cut(tag, "_")
	return tag
}

// scriptOf names the script of the first letter of a text.
func scriptOf(s string) string {
	for _, r := range s {
		switch {
		case !unicode.IsLetter(r):
		case unicode.Is(unicode.Latin, r):
			return "Latn"
		case unicode.Is(unicode.Cyrillic, r):
			return "Cyrl"
		case unicode.Is(unicode.Arabic, r):
			return "Arab"
		case unicode.Is(unicode.Han, r):
			return "Hani"
		}
	}
	return ""
}

// IsOther reports whether nothing of a voice is as it was: another title, another domain and another language. An
// outlet that moves, renames itself or changes its language changes one or two of them.
func (v Voice) IsOther(before Voice) bool {
	differ := func(a, b string) bool { return a != "" && b != "" && !strings.EqualFold(a, b) }
	return differ(v.Title, before.Title) && differ(v.Site, before.Site) && (differ(v.Language, before.Language) || differ(v.Script, before.Script))
}

// or fills what a voice does not say from another.
func (v Voice) or(o Voice) Voice {
	return Voice{Title: cmp.Or(v.Title, o.Title), Site: cmp.Or(v.Site, o.Site), Language: cmp.Or(v.Language, o.Language), Script: cmp.Or(v.Script, o.Script)}
}

func (v Voice) String() string {
	return fmt.Sprintf("%q (%s) at %s", clipped(v.Title, 60), cmp.Or(v.Language, v.Script), v.Site)
}
