package normalize

import (
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// What the scan takes for plain, the tokens must find tame: it may only be the stricter of the two.
func FuzzSlimBounds(f *testing.F) {
	for _, s := range []string{
		"<p>a<b>c</b><br/>", strings.Repeat("<b a=1 b=2 c=3 d=4>", 60) + strings.Repeat("<p>x", 60), "<noscript></b></noscript><i>x", "<script><!--<script></script></b>--></script>",
		"<a =\"</b>\" x='>'>y</a>", "</ \"><b>", "<!-- --!><b> -->", "<![CDATA[ </b> ]]>", "<textarea></b></textarea>", "<b", "<svg><title><b></title>", "<x a=b/></x>",
	} {
		f.Add(s, 40)
	}
	f.Fuzz(func(t *testing.T, text string, times int) {
		// Repeated, so that small differences in counting grow.
		page := strings.Repeat(text, min(max(times, 1), 1+200_000/(1+len(text))))
		if _, plain := slim(page, false); plain && !tame(page) {
			t.Errorf("%q, %d times, passes the scan and not the tokens", clip(text, 200), times)
		}
	})
}

func TestSlimBounds(t *testing.T) {
	for text, want := range map[string]bool{
		"<html><head><title>a</title></head><body class=x><p>b<a href='c'>d</a></p><script>if (a<b) c()</script></body></html>": true,
		strings.Repeat("<b id=1>", 2000) + strings.Repeat("<p>x", 2000):                                                         false,
		"<body>" + strings.Repeat("<body>", 100):                                                                                false,
		"<script><!-- <script> </script>":                                                                                       false,
		"<script><!-- </script>":                                                                                                true,
	} {
		if _, got := slim(text, false); got != want {
			t.Errorf("%q: %v, want %v", clip(text, 80), got, want)
		}
	}
}

// A page that was made slim reads as it did.
func FuzzSlim(f *testing.F) {
	for _, s := range []string{
		"<p class=a onclick='x>y'>a<b style=c data-x>c</b><br/>", "<script>a<b</scripts></script><p>b", "<script><!-- </script><p>c --></script>", "<style>a{}</style >b<!-- d --><p/x=1>e",
		"<svg><style>a</style><title>b</title></svg>c", "<a data-x=\"1\"href=b>c</a>", "<A HREF=b DATA-Y=c/>d", "<table>a<!-- b -->c<tr data-k><td>d</table>", "<font color=a data-b>c<p>d",
		"<textarea><!--</textarea>b-->", "<noscript><style></noscript>a</style>b", "<title>a<!-- b --></title><p =c>d", "<math><!--a--><mtext>b", "<select><style>a</style></select>b",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, page string) {
		slimmed, plain := slim(page, false)
		if !plain {
			return
		}
		was, err := html.Parse(strings.NewReader(page))
		if err != nil {
			return
		}
		is, err := html.Parse(strings.NewReader(slimmed))
		if err != nil {
			t.Fatalf("%q becomes %q: %v", page, slimmed, err)
		}
		if a, b := treeOf(was), treeOf(is); a != b {
			t.Errorf("%q becomes %q:\n%s\nbecomes\n%s", page, slimmed, a, b)
		}
	})
}

// treeOf writes down the elements of a tree, the text in them that is read, and the attributes that are.
func treeOf(n *html.Node) string {
	var b strings.Builder
	var walk func(n *html.Node)
	walk = func(n *html.Node) {
		switch {
		case n.Type == html.TextNode:
			b.WriteString(n.Data)
		case n.Type != html.ElementNode && n.Type != html.DocumentNode, flowOf(n) == unread:
			return
		}
		if n.Type == html.ElementNode {
			b.WriteString("<" + n.Data)
			for _, a := range n.Attr {
				if readAttributes[a.Key] && (a.Key != "style" || styles(a.Val)) {
					b.WriteString(" " + a.Key + "=" + a.Val)
				}
			}
			b.WriteString(">")
			defer b.WriteString("</>")
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
	}
	walk(n)
	return b.String()
}
