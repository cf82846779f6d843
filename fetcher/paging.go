package fetcher

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// pagesBack is how many pages of a list a first poll reads at most, the first among them.
const pagesBack = 20

// pageBack goes on in a list: page by page, until the last that one names is older than back, until there are as many entries
// without a date as a first poll takes, or until nothing new comes. listed is what stands on the page where the way begins,
// nothing where it began earlier. Where a page could not be had for now, rest tells the place and err why.
func pageBack(ctx context.Context, get getter, r Reader, first Paper, listed []Entry, way Paging, back time.Duration) (more []Entry, rest *Paging, err error) {
	known, undated := map[string]bool{}, 0
	take := func(list []Entry) (fresh []Entry, within bool) {
		for _, n := range list {
			u, err := url.Parse(n.Link)
			if err != nil || known[keyOf(u)] {
				continue
			}
			known[keyOf(u)] = true
			fresh = append(fresh, n)
			if n.Published.IsZero() {
				undated++
			} else { // the last one tells: what stands first may be pinned there
				within = first.At.Sub(n.Published) <= back
			}
		}
		return fresh, within || undated > 0 && undated < undatedAtFirst
	}
	within := len(listed) == 0
	if !within {
		_, within = take(listed)
	}
	seen := map[string]bool{first.URL: true}
	for next := way.Next; within && next != "" && !seen[next] && way.Page <= pagesBack; way.Page++ {
		seen[next] = true
		page, err := get(ctx, next, acceptPage, Validators{})
		if err != nil {
			if f, ok := errors.AsType[*Failure](err); ok && f.Class == Temporary {
				return more, &Paging{Next: next, Page: way.Page}, err
			}
			return more, nil, err
		}
		of := paper(page, KindPage, page.Final)
		of.Links, of.Zone, of.Part = first.Links, first.Zone, way.Page
		read, err := r.Read(ctx, of)
		if err != nil {
			return more, nil, err
		}
		next = read.Next
		var fresh []Entry
		if fresh, within = take(read.Entries); len(fresh) == 0 {
			break
		}
		more = append(more, fresh...)
	}
	return more, nil, nil
}

// nextPage finds the address at which the list of a page goes on, "" where the page names none.
func (p Paper) nextPage() string {
	root, base, err := parsePage(p.Body, p.ContentType, p.URL, p.Shape.orDefault())
	if err != nil {
		return ""
	}
	self, err := url.Parse(p.URL)
	if err != nil {
		return ""
	}
	best, bestRank := "", 0
	offer := func(rank int, ref string) {
		link := absolute(base, ref)
		u, err := url.Parse(link)
		if link == "" || err != nil || rank <= bestRank || strings.HasPrefix(strings.TrimSpace(ref), "#") || siteOf(u) != siteOf(self) || keyOf(u) == keyOf(self) {
			return
		}
		u.Fragment, u.RawFragment = "", ""
		best, bestRank = u.String(), rank
	}
	for d := range root.Descendants() {
		if d.Type != html.ElementNode {
			continue
		}
		for _, name := range []string{"data-next", "data-next-url", "data-next-page-url"} {
			if ref := attrOf(d, name); strings.ContainsAny(ref, "/?") {
				offer(2, ref)
			}
		}
		if ref := attrOf(d, "href"); ref != "" && (d.DataAtom == atom.A || d.DataAtom == atom.Link) {
			offer(nextRank(d, ref, p.Part+1), ref)
		}
	}
	return best
}

// nextRank says how clearly a link leads to the n-th page of a list, the next; 0 is not at all.
func nextRank(d *html.Node, ref string, n int) int {
	if slices.Contains(strings.Fields(strings.ToLower(attrOf(d, "rel"))), "next") {
		return 5
	}
	if d.DataAtom == atom.Link {
		return 0
	}
	text := strings.ToLower(strings.TrimFunc(textBelow(d), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }))
	counts := pageCount(ref) == n
	if text == strconv.Itoa(n) && counts {
		return 4
	}
	named := false
	for _, part := range append(nameParts(attrOf(d, "class")), nameParts(attrOf(d.Parent, "class"))...) {
		named = named || part == "next" || part == "older" || part == "more" || part == "loadmore" || part == "showmore"
	}
	label := strings.ToLower(attrOf(d, "aria-label") + " " + attrOf(d, "title"))
	named = named || nextWords[text] || strings.HasPrefix(strings.TrimSpace(label), "next") || text == "" && strings.ContainsAny(textBelow(d), "›»→>")
	switch {
	case named && counts:
		return 3
	case named && nextWords[text] && listAddress(ref):
		return 1
	}
	return 0
}

// pageCount reads the number of a page in its address, 0 where there is none: page/2, page=2, ?p=1 counted from zero.
func pageCount(ref string) int {
	u, err := url.Parse(strings.TrimSpace(ref))
	if err != nil {
		return 0
	}
	for key, values := range u.Query() {
		key = strings.ToLower(key)
		if key != "page" && key != "p" && key != "paged" && !strings.HasPrefix(key, "pagen_") || len(values) == 0 {
			continue
		}
		if n, err := strconv.Atoi(values[0]); err == nil && n > 0 {
			return n
		}
	}
	segments := strings.FieldsFunc(u.Path, func(r rune) bool { return r == '/' })
	for i, seg := range segments {
		number := seg
		switch {
		case i > 0 && (segments[i-1] == "page" || segments[i-1] == "p"):
		case strings.HasPrefix(seg, "page-"), strings.HasPrefix(seg, "page_"):
			number = seg[len("page-"):]
		case strings.HasPrefix(seg, "index_"):
			number = strings.TrimPrefix(seg, "index_")
		default:
			continue
		}
		number, _, _ = strings.Cut(number, ".")
		if n, err := strconv.Atoi(number); err == nil && n > 0 {
			return n
		}
	}
	return 0
}

// listAddress reports whether an address names a place in a list: a number of entries to pass over, or of a page.
func listAddress(ref string) bool {
	u, err := url.Parse(strings.TrimSpace(ref))
	if err != nil {
		return false
	}
	for key := range u.Query() {
		switch key = strings.ToLower(key); {
		case key == "page", key == "p", key == "paged", key == "start", key == "offset", key == "skip", key == "from", key == "before", strings.HasPrefix(key, "pagen_"):
			return true
		}
	}
	return pageCount(ref) > 0
}

// nextWords are what links to the next page of a list say.
var nextWords = phrases("next;next page;older;older posts;older stories;older entries;previous posts;more;more news;load more;show more;see more;view more;" +
	"следующая;следующая страница;вперед;вперёд;след;дальше;далее;раньше;предыдущие;еще;ещё;показать еще;показать ещё;загрузить еще;загрузить ещё;еще новости;больше новостей;" +
	"келесі;келесі бет;тағы;тағы жүктеу;тағы көрсету;алға;кийинки;дагы;keyingi;keyingisi;yana;yana yuklash;ko'proq;кейингиси;яна;оянда;саҳифаи навбатӣ;indiki;" +
	"sonraki;növbəti;daha çox;weiter;nächste;ältere beiträge;suivant;siguiente;наступна;下一页;更多;بعدی")
