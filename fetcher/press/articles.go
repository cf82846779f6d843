package press

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// Article is one invented piece of writing and the truth about it.
//
// The fields are written by the press while it works: read them from [Press.Articles], which copies, or while nobody
// publishes or revises.
type Article struct {
	ID          string // of the press, such as p03-17
	Publication string // id of the publication
	URL         string // absolute, without tracking parameters
	Title       string
	Paragraphs  []string
	Authors     []string
	Published   time.Time // as the publication states it
	Updated     time.Time // of the last edit that the publication owns up to; Published if none
	Shown       time.Time // when it could first be seen
	Language    string
	Topic       string
	Relevant    bool     // it is about the region's security
	Forbidden   bool     // robots.txt forbids its address
	CopyOf      *Article // the article that it repeats; nil for an original
	Revision    int      // 1, and one more for each real edit

	home    *Publication
	path    string // with the query where that is part of the address
	views   int
	stamp   time.Time // last change of the page, noise included
	changes int
	misses  int // how often NotFound has hidden it
	spare   []string
	history []version
}

// version is what an article said from a time on.
type version struct {
	at    time.Time
	title string
	text  string
}

// Text is the paragraphs, parted by a blank line.
func (a *Article) Text() string { return strings.Join(a.Paragraphs, "\n\n") }

// snapshot copies an article. Texts and histories are only ever replaced or appended to, so that they can be shared.
func (a *Article) snapshot() *Article {
	c := *a
	c.Paragraphs, c.history = slices.Clip(a.Paragraphs), slices.Clip(a.history)
	return &c
}

// Edit is a sort of change to an article.
type Edit string

const (
	Change  Edit = "change"  // a sentence is replaced
	Add     Edit = "add"     // a sentence is added
	Retitle Edit = "retitle" // the title is another
	Noise   Edit = "noise"   // the view counter moves, nothing else
	Touch   Edit = "touch"   // the stated time of the update moves, nothing else
)

// Revise edits an article. [Change], [Add] and [Retitle] are real edits and make a new revision; the others do not.
func (a *Article) Revise(kind Edit, at time.Time) {
	p := a.home
	p.press.mu.Lock()
	defer p.press.mu.Unlock()
	a = p.press.byID[a.ID] // a may be one of the copies that Articles gives
	r := p.rand(fmt.Sprint("revise ", a.ID, a.changes))
	b := p.press.banks[a.Language]
	t, err := b.pick(r, a.Topic, a.Relevant)
	if err != nil {
		return // not reached: the topic is one of the bank
	}
	a.changes++
	a.views += 1 + r.IntN(40)
	a.stamp = later(a.stamp, at)
	switch kind {
	case Change, Add:
		a.Paragraphs = slices.Clone(a.Paragraphs)
		if len(a.spare) == 0 {
			a.spare = b.compose(r, t).paragraphs[1:]
		}
		fresh := a.spare[0]
		a.spare = a.spare[1:]
		i := 1 + r.IntN(len(a.Paragraphs)-1)
		if kind == Add {
			a.Paragraphs[i] += " " + fresh
		} else {
			a.Paragraphs[i] = replaceSentence(a.Paragraphs[i], fresh)
		}
	case Retitle:
		old := a.Title
		for a.Title == old {
			a.Title = b.headline(r, t)
		}
	}
	if kind != Noise {
		a.Updated = at
		p.moved(at)
		if p.changed.After(a.stamp) {
			a.stamp = p.changed
		}
	}
	if kind != Noise && kind != Touch {
		a.Revision++
		a.history = append(a.history, version{at: time.Now(), title: a.Title, text: a.Text()})
	}
}

// replaceSentence puts fresh in the place of the last sentence.
func replaceSentence(paragraph, fresh string) string {
	body := strings.TrimRight(paragraph, ".»”\"")
	if i := strings.LastIndex(body, ". "); i > 0 {
		return paragraph[:i+2] + fresh
	}
	return fresh
}

// later gives at in whole seconds, yet after the stamp before: a Last-Modified that does not move hides a change.
func later(before, at time.Time) time.Time {
	at = at.UTC().Truncate(time.Second)
	if !at.After(before) {
		at = before.Add(time.Second)
	}
	return at
}

// Want says what a new article is to be. The zero Want leaves all to the seed.
type Want struct {
	Topic     string // such as border or sport, see [Topics]; "" is by chance
	Relevant  bool   // not left to chance: a relevant one
	Forbidden bool   // in the section that robots.txt forbids
}

// Topics names the topics of a language's sample articles.
func Topics(language string, relevant bool) []string {
	b, err := readBank(language)
	if err != nil {
		return nil
	}
	var names []string
	for _, t := range b.topics {
		if t.relevant == relevant {
			names = append(names, t.name)
		}
	}
	return names
}

// Publish brings out a new article that states the given time. It is to be seen at once.
func (p *Publication) Publish(at time.Time) *Article {
	p.press.mu.Lock()
	defer p.press.mu.Unlock()
	r := p.rand(fmt.Sprint("publish ", p.count))
	a, err := p.publish(r, Want{Relevant: r.Float64() >= p.press.o.Irrelevant, Forbidden: r.Float64() < p.press.o.Forbidden && p.showsForbidden()}, at)
	if err != nil {
		panic(err) // not reached: no topic was asked for
	}
	return a
}

// PublishWanted brings out a new article that is as wanted. An unknown topic is an error.
func (p *Publication) PublishWanted(w Want, at time.Time) (*Article, error) {
	p.press.mu.Lock()
	defer p.press.mu.Unlock()
	r := p.rand(fmt.Sprint("publish ", p.count))
	if w.Topic == "" && !w.Relevant {
		w.Relevant = r.Float64() >= p.press.o.Irrelevant
	}
	return p.publish(r, w, at)
}

func (p *Publication) publish(r *rand.Rand, w Want, at time.Time) (*Article, error) {
	b := p.press.banks[p.Language]
	t, err := b.pick(r, w.Topic, w.Relevant)
	if err != nil {
		return nil, fmt.Errorf("cannot publish in %s: %w", p.ID, err)
	}
	text := b.compose(r, t)
	return p.bringOut(&Article{
		Title: text.title, Paragraphs: text.paragraphs, spare: text.spare,
		Language: p.Language, Topic: t.name, Relevant: t.relevant, Forbidden: w.Forbidden,
		Authors: []string{wordsOf(p.Language).Bylines[r.IntN(len(wordsOf(p.Language).Bylines))]},
		views:   20 + r.IntN(900),
	}, at), nil
}

// Copy brings out the text of another publication's article under another title and address. The languages of the two
// publications are expected to be the same.
func (p *Publication) Copy(of *Article, at time.Time) *Article {
	p.press.mu.Lock()
	defer p.press.mu.Unlock()
	of = p.press.byID[of.ID]
	r := p.rand(fmt.Sprint("copy ", p.count))
	a := &Article{
		Paragraphs: slices.Clone(of.Paragraphs), Language: of.Language, Topic: of.Topic, Relevant: of.Relevant,
		Authors: slices.Clone(of.Authors), CopyOf: of, views: 20 + r.IntN(900), Title: of.Title,
	}
	b := p.press.banks[of.Language]
	if t, err := b.pick(r, of.Topic, of.Relevant); err == nil {
		for a.Title == of.Title {
			a.Title = b.headline(r, t)
		}
	}
	return p.bringOut(a, at)
}

func (p *Publication) bringOut(a *Article, at time.Time) *Article {
	p.count++
	a.ID = fmt.Sprintf("%s-%d", p.ID, p.count)
	a.Publication, a.home = p.ID, p
	a.path = p.address(a, at)
	a.URL = p.BaseURL + a.path
	a.Published, a.Updated, a.Shown = at, at, time.Now()
	a.stamp = later(time.Time{}, at)
	a.Revision = 1
	a.history = []version{{at: a.Shown, title: a.Title, text: a.Text()}}
	p.articles = append(p.articles, a)
	p.byPath[a.path] = a
	p.moved(a.Shown)
	p.press.articles = append(p.press.articles, a)
	p.press.byID[a.ID] = a
	return a
}

// rand gives a source of chance that depends on the seed, the publication and the purpose alone.
func (p *Publication) rand(purpose string) *rand.Rand {
	h := fnv.New64a()
	h.Write([]byte(p.ID + " " + purpose))
	return rand.New(rand.NewPCG(p.press.o.Seed, h.Sum64()))
}

// address makes the path of a new article in the manner of the publication's template.
func (p *Publication) address(a *Article, at time.Time) string {
	n, day := 1000+p.count, at.In(p.zone)
	slug := slugOf(a.Title)
	if a.Forbidden {
		return fmt.Sprintf("/partners/%s-%d", slug, n)
	}
	switch p.Template {
	case Semantic:
		return fmt.Sprintf("/%s/%s-%d", day.Format("2006/01/02"), slug, n)
	case Blog:
		return fmt.Sprintf("/%s/%s-%d/", day.Format("2006/01"), slug, n)
	case Table:
		return fmt.Sprintf("/news.php?id=%d", n)
	case App:
		return fmt.Sprintf("/article/%s-%s", slug, p.hash(a.ID))
	case Bare:
		return fmt.Sprintf("/a/%d.html", n)
	default:
		return fmt.Sprintf("/press/news/details/%d", n)
	}
}

// latin spells the Cyrillic letters of slugs.
var latin = strings.NewReplacer("а", "a", "ә", "a", "б", "b", "в", "v", "г", "g", "ғ", "g", "д", "d", "е", "e", "ё", "e",
	"ж", "zh", "з", "z", "и", "i", "й", "i", "к", "k", "қ", "q", "л", "l", "м", "m", "н", "n", "ң", "n", "о", "o", "ө", "o",
	"п", "p", "р", "r", "с", "s", "т", "t", "у", "u", "ұ", "u", "ү", "u", "ф", "f", "х", "h", "һ", "h", "ц", "ts", "ч", "ch",
	"ш", "sh", "щ", "sch", "ъ", "", "ы", "y", "і", "i", "ь", "", "э", "e", "ю", "yu", "я", "ya")

func slugOf(title string) string {
	words := strings.FieldsFunc(latin.Replace(strings.ToLower(title)), func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < '0' || c > '9')
	})
	return strings.Join(words[:min(len(words), 8)], "-")
}
