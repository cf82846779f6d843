package normalize

import (
	"strings"
	"testing"
)

// What the scan takes for plain, the tokens must find tame: it may only be the stricter of the two.
func FuzzPlainly(f *testing.F) {
	for _, s := range []string{
		"<p>a<b>c</b><br/>", strings.Repeat("<b a=1 b=2 c=3 d=4>", 60) + strings.Repeat("<p>x", 60), "<noscript></b></noscript><i>x", "<script><!--<script></script></b>--></script>",
		"<a =\"</b>\" x='>'>y</a>", "</ \"><b>", "<!-- --!><b> -->", "<![CDATA[ </b> ]]>", "<textarea></b></textarea>", "<b", "<svg><title><b></title>", "<x a=b/></x>",
	} {
		f.Add(s, 40)
	}
	f.Fuzz(func(t *testing.T, text string, times int) {
		// Repeated, so that small differences in counting grow.
		page := strings.Repeat(text, min(max(times, 1), 1+200_000/(1+len(text))))
		if plainly(page) && !tame(page) {
			t.Errorf("%q, %d times, passes the scan and not the tokens", clip(text, 200), times)
		}
	})
}

func TestPlainly(t *testing.T) {
	for text, want := range map[string]bool{
		"<html><head><title>a</title></head><body class=x><p>b<a href='c'>d</a></p><script>if (a<b) c()</script></body></html>": true,
		strings.Repeat("<b id=1>", 2000) + strings.Repeat("<p>x", 2000):                                                         false,
		"<body>" + strings.Repeat("<body>", 100):                                                                                false,
		"<script><!-- </script>":                                                                                                false,
	} {
		if got := plainly(text); got != want {
			t.Errorf("%q: %v, want %v", clip(text, 80), got, want)
		}
	}
}
