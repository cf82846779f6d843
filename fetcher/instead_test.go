package fetcher

import (
	"strings"
	"testing"
)

// TestInstead: what comes in the place of a feed, a sitemap or an index page is called by its name.
func TestInstead(t *testing.T) {
	article := "<p>" + strings.Repeat("The council of the valley talked about the toll of the bridge until late in the night. ", 30) + "</p>"
	for name, c := range map[string]struct {
		body, want string
		wall       bool
	}{
		"guard":            {`<html><head><title>Just a moment...</title></head><body><div class="main-wrapper">courier.example<noscript>Enable JavaScript and cookies to continue</noscript></div></body></html>`, `a challenge page titled "Just a moment..."`, true},
		"guard by marks":   {`<!DOCTYPE html><html><head><title>courier.example</title></head><body><p>Please wait</p><script src="/cdn-cgi/challenge-platform/h/b/orchestrate"></script></body></html>`, "a challenge page", true},
		"russian guard":    {`<html><title>Проверка браузера</title><body>Подождите, мы проверяем ваш браузер</body></html>`, "a challenge page", true},
		"kazakh guard":     {`<html><body><h1>Робот емессіз бе?</h1><form></form></body></html>`, "a challenge page", true},
		"login":            {`<!doctype html><title>Courier</title><body><form action="/login"><h1>Sign in</h1><input name=u><input type="password" name=p></form></body>`, `a login page titled "Courier"`, true},
		"russian login":    {`<html><body><h3>Вход на сайт</h3><input type=password><a href=/r>Забыли пароль?</a></body></html>`, "a login page", true},
		"consent":          {`<!doctype html><title>Before you go on</title><body><p>We and our partners store cookies on your device.</p><button>Accept all</button></body>`, "a cookie wall", true},
		"russian consent":  {`<html><body><p>Мы используем файлы cookie.</p><button>Принять и продолжить</button></body></html>`, "a cookie wall", true},
		"missing":          {`<!DOCTYPE html><html><title>404 Not Found</title><body><h1>Not Found</h1></body></html>`, `an error page titled "404 Not Found"`, false},
		"missing, big":     {`<!DOCTYPE html><html><title>404 — Страница не найдена | Курьер</title><body>` + article + `</body></html>`, "an error page", false},
		"database":         {`<html><body><h1>Error establishing a database connection</h1></body></html>`, "an error page", false},
		"works":            {`<html><body>На сайте ведутся технические работы</body></html>`, "an error page", false},
		"parked":           {`<html><title>courier.example</title><body>This domain is for sale. Make an offer</body></html>`, "the notice of a parked domain", false},
		"story on guards":  {`<html><title>Captcha and how to live with it</title><body>` + article + ` captcha, sign in, cookies: accept</body></html>`, "an HTML page", false},
		"number in title":  {`<html><title>500 riders came to the valley</title><body>` + article + `</body></html>`, "an HTML page", false},
		"banner of a page": {`<html><title>Courier</title><body>We use cookies. <button>Accept</button>` + article + `</body></html>`, "an HTML page", false},
		"error in XML":     {`<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>`, `an error document in XML with the root "Error"`, false},
		"fault":            {`<soap:Envelope xmlns:soap="x"><soap:Body><soap:Fault/></soap:Body></soap:Envelope>`, "an error document in XML", false},
		"error in JSON":    {`{"status":403,"error":{"message":"no key"}}`, `an error document in JSON, "no key"`, false},
		"other JSON":       {`{"version":"1.0","data":[]}`, "JSON that is no feed", false},
		"words":            {"Access denied\nfor all", `text without a feed in it, "Access denied"`, false},
		"picture":          {`<svg xmlns="http://www.w3.org/2000/svg"><title>x</title></svg>`, "an SVG picture", false},
		"data":             {"\x1f\x02<ï!\x01\x02\x03\x04\x05\x06\x07\x08\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17>", "binary data", false},
	} {
		t.Run(name, func(t *testing.T) {
			outcome := func(o Outcome) Outcome {
				if c.wall {
					return Challenge
				}
				return o
			}
			_, err := ParseFeed([]byte(c.body), "text/html; charset=utf-8", feedURL, nil)
			wantOutcome(t, err, outcome(NotAFeed), c.want)
			if !strings.HasPrefix(c.body, "<") {
				return
			}
			_, err = ParseSitemap([]byte(c.body), sitemapURL, nil)
			wantOutcome(t, err, outcome(NotASitemap), c.want)
			if want := c.want; strings.Contains(c.body, "<body") {
				if want == "an HTML page" {
					want = "no link of this page"
				}
				_, err = ParseListing([]byte(c.body), "text/html", "https://courier.example/news/", nil, Moment{})
				wantOutcome(t, err, outcome(NotAListing), want)
			}
		})
	}
}
