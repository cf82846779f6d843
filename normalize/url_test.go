package normalize

import (
	"net/url"
	"testing"
)

func TestCanonicalURL(t *testing.T) {
	is := func(in, want string) {
		t.Helper()
		got, err := CanonicalURL(in)
		if err != nil || got != want {
			t.Errorf("CanonicalURL(%q) = %q, %v, want %q", in, got, err, want)
		}
		if again, err := CanonicalURL(got); err != nil || again != got {
			t.Errorf("CanonicalURL(%q) again = %q, %v", got, again, err)
		}
	}
	not := func(in string) {
		t.Helper()
		if got, err := CanonicalURL(in); err == nil {
			t.Errorf("CanonicalURL(%q) = %q, want an error", in, got)
		}
	}
	is("HTTP://Example.ORG", "http://example.org/")
	is("https://example.org:443/a#top", "https://example.org/a")
	is("http://example.org:8080/a", "http://example.org:8080/a")
	is("http://user:secret@example.org/a", "http://example.org/a")
	is("https://example.org./a", "https://example.org/a")
	is("https://новости.қаз/а", "https://xn--b1amnebsh.xn--80ao21a/%D0%B0")
	is("https://example.org/a?utm_source=x&id=5&fbclid=q&b=", "https://example.org/a?id=5&b=")
	is("https://example.org/a?b=2&a=1", "https://example.org/a?b=2&a=1")
	is("https://example.org/a?utm_source=rss", "https://example.org/a")
	is("https://example.org/a?", "https://example.org/a")
	is("https://example.org/a?ref=rss&ref=chapter2", "https://example.org/a?ref=chapter2")
	is("https://example.org/a;jsessionid=ABC123?x=1", "https://example.org/a?x=1")
	is("https://example.org/index.php?PHPSESSID=a1b2&p=7", "https://example.org/index.php?p=7")
	is("https://example.org/%7euser/%d0%b0", "https://example.org/~user/%D0%B0")
	is("https://example.org/a b", "https://example.org/a%20b")
	is("https://example.org/100%", "https://example.org/100%25")
	is("https://example.org/a/../b/./c", "https://example.org/b/c")
	is("https://example.org//a//b/", "https://example.org//a//b/")
	is("https://example.org/a%2Fb", "https://example.org/a%2Fb")
	is("https://example.org/a?q=каз&x=%d0", "https://example.org/a?q=%D0%BA%D0%B0%D0%B7&x=%D0")
	is("http://[2001:DB8::1]:80/a", "http://[2001:db8::1]/a")
	is("http://127.0.0.1:8099/a", "http://127.0.0.1:8099/a")
	not("")
	not("/a/b")
	not("ftp://example.org/a")
	not("javascript:alert(1)")
	not("https://")
	not("mailto:a@example.org")
}

func TestChooseCanonical(t *testing.T) {
	choose := func(page, claim, want string) {
		t.Helper()
		u, err := url.Parse(page)
		if err != nil {
			t.Fatal(err)
		}
		if got := chooseCanonical(page, u, claim); got != want {
			t.Errorf("page %s claims %q: %s, want %s", page, claim, got, want)
		}
	}
	choose("http://example.org/n/5", "https://example.org/n/5", "https://example.org/n/5")
	choose("https://m.example.org/n/5?x=1", "https://example.org/n/5", "https://example.org/n/5")
	choose("https://example.org/n/5", "/n/5-title", "https://example.org/n/5-title")
	choose("https://example.org/n/5", "https://other.org/n/5", "https://example.org/n/5")
	choose("https://a.github.io/n/5", "https://b.github.io/n/5", "https://a.github.io/n/5")
	choose("https://example.org/n/5", "https://example.org/", "https://example.org/n/5")
	choose("https://example.org/news/some-title", "https://example.org/news/", "https://example.org/news/some-title")
	choose("http://127.0.0.1:8099/n/5", "http://127.0.0.1:8100/n/5", "http://127.0.0.1:8099/n/5")
	choose("http://127.0.0.1:8099/n/5?utm_source=x", "http://127.0.0.1:8099/n/5", "http://127.0.0.1:8099/n/5")
	choose("https://example.org/?p=5", "https://example.org/2026/03/title/", "https://example.org/2026/03/title/")
	choose("https://example.org/show.php?id=5", "https://example.org/show.php", "https://example.org/show.php?id=5")
	choose("https://example.org/n/5", "javascript:void(0)", "https://example.org/n/5")
}
