package normalize

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// hint is what the tag, class and id of an element say of its part in the page. They are claims, not proof:
// a wrapper may name the sidebar that it has.
type hint uint16

const (
	hintBody    hint = 1 << iota // says it is the article's text
	hintAside                    // says it is related, shared, sold or site furniture
	hintComment                  // says it holds what readers wrote
	hintMeta                     // says it is byline, date, tags
	hintCaption                  // says it belongs to a picture
	hintHidden                   // is not shown
	hintConsent                  // asks for consent to cookies
	hintText                     // has a name such as content, text, story, and nothing against it in that name
)

// hintWords are the words of class names and ids, in English and as outlets of the region transliterate them.
var hintWords = map[hint]string{
	hintBody: `articlebody articletext articlecontent entrycontent postcontent posttext postbody storybody storytext newstext newsbody
		newscontent newsdetail fulltext fullstory fullnews maincontent bodytext textbody itemfulltext contentbody detailtext
		articlebodytext mainarticle tdpostcontent statya tekst textarticle`,
	hintAside: `sidebar side aside related relatedposts recommend recommended recommendation recommendations share sharing shares social
		socials sharedaddy addtoany addthis pluso likely yashare promo promos promotion advert adverts advertisement advertising ads ad
		banner banners adv reklama footer foot podval colophon nav navbar navigation navi menu submenu topmenu mainmenu breadcrumb
		breadcrumbs crumbs crumb newsletter newsletters subscribe subscription subscriptions podpiska popup modal overlay lightbox  pagination pager paging paginator teaser teasers trending popular mostread mostpopular widget widgets
		toolbar outbrain taboola mgid teasernet similar pohozhie readalso readmore readnext alsoread seealso crosslinks morenews
		othernews lastnews latestnews latest moreon donate donation paywall signup login signin registration skip copyright sponsored
		sponsor partner partners rating poll vote voting opros masthead topbar toplinks bottomlinks counter counters telegram viber
		whatsapp subscribebox followus follow jprelatedposts yarpp nextprev prevnext postnavigation postnav linked incut feedback
		errata orphus notification notice push callout cta tooltip dropdown offcanvas hamburger search searchform lang languages
		carousel slider ticker hotnews topnews infinite upsell marketing`,
	hintComment: `comment comments commentlist commentform disqus respond reply replies kommentarii komment kommentar comm commentsblock
		hypercomments cackle livefyre coral discussion talkback`,
	hintMeta: `byline bylines author authors authorbox authorbio aboutauthor authorinfo avtor meta postmeta entrymeta articlemeta
		dateline pubdate postdate date datetime timestamp published publishdate time posted tags tag taglist tagcloud keywords topics
		labels rubric rubrics kicker views eyebrow tools actions postfooter entryfooter postinfo newsinfo readtime readingtime
		biography signature`,
	hintCaption: `caption captions wpcaption wpcaptiontext imagecaption photocaption piccaption figcaption credit credits photocredit
		imagecredit imgcaption gallery galleries slideshow photodesc podpis picturecaption mediacaption attribution`,
	hintConsent: `cookie cookies consent gdpr ccpa onetrust didomi cookiebot usercentrics truste cookielaw cmplz iubenda`,
	hintText: `article articles content contents body text story entry post main statya tekst detail details publication material materials
		page single full node paragraph richtext wysiwyg prose maqala`,
	hintHidden: `visuallyhidden sronly screenreadertext screenreader srtext hidden invisible hide noprint`,
}

var hints = func() map[string]hint {
	m := map[string]hint{}
	for h, list := range hintWords {
		for w := range strings.FieldsSeq(list) {
			m[w] |= h
		}
	}
	return m
}()

// hintOf reads an element. Names that were read before are looked up in known, which may be nil.
func hintOf(n *html.Node, known map[string]hint) hint {
	var h hint
	switch n.DataAtom {
	case atom.Nav, atom.Aside, atom.Footer, atom.Menu, atom.Dialog, atom.Search:
		h |= hintAside
	case atom.Figcaption, atom.Caption:
		h |= hintCaption
	case atom.Html, atom.Body:
		return 0
	}
	for _, a := range n.Attr {
		switch a.Key {
		case "class", "id", "data-component", "data-testid", "data-block":
			names, ok := known[a.Val]
			if !ok {
				for name := range strings.FieldsSeq(clip(a.Val, 600)) {
					names |= nameHint(name)
				}
				if known != nil {
					known[a.Val] = names
				}
			}
			h |= names
		case "itemprop":
			if strings.EqualFold(a.Val, "articleBody") {
				h |= hintBody
			}
		case "role":
			switch strings.ToLower(a.Val) {
			case "navigation", "complementary", "banner", "contentinfo", "search", "menu", "menubar", "dialog", "alertdialog", "toolbar":
				h |= hintAside
			}
		case "hidden":
			h |= hintHidden
		case "aria-hidden":
			if a.Val == "true" {
				h |= hintHidden
			}
		case "style":
			v := strings.ToLower(strings.ReplaceAll(a.Val, " ", ""))
			if strings.Contains(v, "display:none") || strings.Contains(v, "visibility:hidden") {
				h |= hintHidden
			}
		}
	}
	return h
}

// nameHint reads one class name or id by its words: "relatedPosts-list" is related, posts and list. The name is also
// looked up whole, without its marks, for words that only mean something together. Names that tools made up, such as
// "css-1ad4f", mean nothing.
func nameHint(name string) hint {
	var h hint
	var room [96]byte
	whole, at := room[:0], 0 // the name in small letters without its marks, and where its present word begins
	word := func() {
		h |= hints[string(whole[at:])]
		at = len(whole)
	}
	for part := range strings.FieldsFuncSeq(name, notWord) {
		letters := strings.TrimRightFunc(part, unicode.IsDigit)
		if strings.ContainsFunc(letters, unicode.IsDigit) || len(letters) < len(part) && len(letters) < 4 {
			continue
		}
		lower := false
		for _, r := range letters {
			if unicode.IsUpper(r) && lower {
				word()
			}
			lower = unicode.IsLower(r)
			whole = utf8.AppendRune(whole, unicode.ToLower(r))
		}
		word()
	}
	h |= hints[string(whole)]
	if h&(asides|hintBody) != 0 {
		h &^= hintText
	}
	return h
}
