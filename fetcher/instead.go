package fetcher

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// instead is the error of an answer that is another document than the one asked for. Its text names what came.
type instead struct {
	what   string
	wall   bool // it asks something of the reader before it shows anything: a challenge, a login, a consent
	notice bool // it says that what was asked for is not to be had
}

func (i instead) Error() string { return i.what }

// refusal makes a failure of what could not be read, with the given outcome unless a wall stood before it.
func refusal(o Outcome, err error) *Failure {
	if i, ok := errors.AsType[instead](err); ok && i.wall {
		o = Challenge
	}
	if _, ok := errors.AsType[*Exceeded](err); ok {
		o = TooCostly
	}
	return &Failure{Class: Soft, Outcome: o, Reached: true, Err: err}
}

// Bounds of what is looked at to name a page, in bytes, and from how many characters of text on it is no mere notice.
const (
	mostNamed  = 256 << 10
	noticeText = 1500
)

// What pages say that stand in place of another. Each is looked for in a page that says little else.
var (
	saysChallenge = regexp.MustCompile(`(?i)just a moment\.\.\.|один момент|attention required!|ddos.guard|checking (?:if the site connection|your browser)|verify(?:ing)? (?:that )?you are (?:a )?human|(?:confirm|prove) (?:that )?you are (?:a )?human|not a ro?bot\b|captcha|unusual traffic|` +
		`enable (?:java ?script|cookies)|requires? javascript|проверка (?:вашего )?браузера|проверяем (?:ваш )?браузер|что вы не робот|я не робот|включите (?:поддержку )?java ?script|робот емес|javascript.{0,20}қосыңыз|robot emas|javascript.{0,20}yoqing|увімкніть javascript`)
	challengeMark = regexp.MustCompile(`(?i)/cdn-cgi/challenge-platform|cf[-_]chl|id="?challenge-(?:form|running)|class="?(?:g-recaptcha|h-captcha|cf-turnstile|smart-captcha)|__ddg|window\._cf_chl`)
	saysLogin     = regexp.MustCompile(`(?i)\b(?:log|sign) ?in\b|subscribers only|members only|forgot (?:your )?password|войдите|авторизуйтесь|вход (?:на сайт|в систему|для)|авторизация|забыли пароль|жүйеге кіру|кіріңіз|кирүү|tizimga kir|parolni unut|anmelden|увійдіть`)
	asksPassword  = regexp.MustCompile(`(?i)<input[^>]{0,200}type\s*=\s*["']?password`)
	saysConsent   = regexp.MustCompile(`(?i)\bcookies?\b.{0,400}\b(?:accept|agree|consent|continue)|\b(?:accept|agree|consent|continue)\b.{0,400}\bcookies?\b|consent to (?:the use|data)|before you continue|cookie.{0,400}(?:принять|согла|продолж|қабылда|келіс|qabul)|(?:принять|согла|продолж|қабылда|келіс|qabul).{0,400}cookie`)
	saysError     = regexp.MustCompile(`(?i)^\W*(?:(?:http )?(?:error|status|ошибка|қате|хато|xato)\W*)?[45]\d\d(?:\s*$|\s*[-–—:|!.]| (?:error|not|page|forbidden|bad|internal|service|gateway|ошибка|страница|не|қате)\b)|not found|forbidden|access denied|bad gateway|gateway time-?out|(?:internal )?server error|service (?:temporarily )?unavailable|temporarily unavailable|too many requests|something went wrong|under (?:maintenance|construction)|error establishing a database|fatal error|` +
		`страница не (?:найдена|существует)|не найден[ао]?\b|доступ (?:запрещ|огранич)|ошибка сервера|временно недоступ|технические работы|что-то пошло не так|табылмады|табылган жок|topilmadi|ёфт нашуд|tapylmady|қате шықты|қолжетімсіз|техникалық жұмыс`)
	saysParked = regexp.MustCompile(`(?i)domain (?:name )?(?:is|may be) for sale|buy this domain|parked (?:free|domain)|this domain (?:has expired|is parked)|домен (?:прода[её]тся|припаркован|выставлен)|срок регистрации домена|account (?:has been )?suspended`)
)

// pageInstead names an HTML page that came in place of another document.
func pageInstead(s string) instead {
	s = s[:min(len(s), mostNamed)]
	title := titleOf(s)
	text := bodyText(s)
	head := title + "\n" + shortened(text, 400)
	isNotice := utf8.RuneCountInString(text) < noticeText
	named := func(what string) string {
		if title == "" {
			return what
		}
		return fmt.Sprintf("%s titled %q", what, title)
	}
	switch {
	case isNotice && (challengeMark.MatchString(s) || saysChallenge.MatchString(title+"\n"+text)):
		return instead{what: named("a challenge page"), wall: true}
	case isNotice && asksPassword.MatchString(s) && (saysLogin.MatchString(title+"\n"+text) || strings.TrimSpace(text) == ""):
		return instead{what: named("a login page"), wall: true}
	case isNotice && saysParked.MatchString(title+"\n"+text):
		return instead{what: named("the notice of a parked domain"), notice: true}
	case saysError.MatchString(title) || isNotice && saysError.MatchString(head):
		return instead{what: named("an error page"), notice: true}
	case isNotice && saysConsent.MatchString(strings.ReplaceAll(text, "\n", " ")):
		return instead{what: named("a cookie wall"), wall: true}
	}
	return instead{what: named("an HTML page")}
}

// bodyText gives what a page shows, without the sources of its scripts.
func bodyText(s string) string {
	if i := strings.Index(s, "<body"); i >= 0 {
		s = s[i:]
	} else if i := strings.Index(s, "</head"); i >= 0 {
		s = s[i:]
	}
	return plainText(s)
}

// titleOf reads the title of an HTML page, at most 80 characters of it.
func titleOf(s string) string {
	low := strings.ToLower(s[:min(len(s), 64<<10)])
	start := strings.Index(low, "<title")
	if start < 0 || len(low) != min(len(s), 64<<10) {
		return ""
	}
	t, ok := tagAt(s, start)
	if !ok {
		return ""
	}
	end := strings.Index(low[min(t.end, len(low)):], "</title")
	if end < 0 {
		return ""
	}
	return clipped(plainText(s[t.end:t.end+end]), 80)
}

// clipped cuts a text for a message.
func clipped(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}

// rootInstead names the document that begins with an element. It is false where the element may be the output of a
// script that failed before it wrote what was asked for.
func rootInstead(t tag, s string) (instead, bool) {
	switch t.local {
	case "html", "head", "body", "meta", "main":
		return pageInstead(s), true
	case "urlset":
		return instead{what: "a sitemap"}, true
	case "sitemapindex":
		return instead{what: "an index of sitemaps"}, true
	case "opml":
		return instead{what: "an OPML list"}, true
	case "svg":
		return instead{what: "an SVG picture"}, true
	}
	if isHTML(t.local) {
		return instead{}, false
	}
	if isBinaryData(s) {
		return instead{what: "binary data"}, true
	}
	name := t.name
	if len(name) > 40 {
		name = "…"
	}
	what := "an XML document"
	if rest := s[t.end:min(len(s), t.end+4<<10)]; t.local == "error" || t.local == "errors" || t.local == "exception" || t.local == "fault" || t.local == "envelope" && strings.Contains(rest, "Fault") {
		what = "an error document in XML"
	}
	return instead{what: fmt.Sprintf("%s with the root %q", what, name)}, true
}

// textInstead names a document without any markup.
func textInstead(s string) instead {
	if isBinaryData(s) {
		return instead{what: "binary data"}
	}
	s = strings.TrimSpace(s)
	if strings.HasPrefix(s, "[") || strings.HasPrefix(s, "{") {
		return jsonInstead(s)
	}
	line, _, _ := strings.Cut(s, "\n")
	if line = clipped(plainText(shortened(line, 400)), 60); line == "" {
		return instead{what: "text without a feed in it"}
	}
	return instead{what: fmt.Sprintf("text without a feed in it, %q", line)}
}

// jsonInstead names JSON that is no feed, and quotes the error that it tells of.
func jsonInstead(s string) instead {
	var fields map[string]any
	if json.Unmarshal([]byte(s), &fields) != nil {
		return instead{what: "JSON that is no feed"}
	}
	for _, name := range []string{"error", "errors", "message", "detail", "fault"} {
		value, ok := fields[name]
		if !ok {
			continue
		}
		if within, ok := value.(map[string]any); ok {
			value = within["message"]
		}
		if text, ok := value.(string); ok && text != "" {
			return instead{what: fmt.Sprintf("an error document in JSON, %q", clipped(plainText(escapeText(text)), 80))}
		}
		return instead{what: "an error document in JSON"}
	}
	return instead{what: "JSON that is no feed"}
}

// isBinaryData tells data of machines from text by its first characters.
func isBinaryData(s string) bool {
	s = s[:min(len(s), 512)]
	odd := 0
	for _, r := range s {
		if r == 0 {
			return true
		}
		if r == utf8.RuneError || unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' {
			odd++
		}
	}
	return odd > 16
}
