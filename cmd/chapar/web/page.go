package web

import (
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"time"

	"chapar/store"
	"chapar/store/corpus"
)

const newest = 15 // articles on the page

// shown is what the status page tells.
type shown struct {
	Version string
	Now     time.Time
	Offline bool
	Stats   store.Stats
	Sources []Health
	Failing int
	Newest  []corpus.Record // the newest first
}

// statusPage is one page without scripts and without anything from elsewhere. What it shows of foreign text is escaped
// by html/template, links included: an address that is not http or https is made harmless.
func statusPage() *template.Template {
	when := func(t any) string {
		at, ok := t.(time.Time)
		if p, given := t.(*time.Time); given && p != nil {
			at, ok = *p, true
		}
		if !ok || at.IsZero() {
			return "–"
		}
		return at.UTC().Format("2006-01-02 15:04")
	}
	day := func(r corpus.Record) string {
		if r.Published != nil {
			return r.Published.UTC().Format(time.DateOnly)
		}
		return r.FirstSeen.UTC().Format(time.DateOnly)
	}
	return template.Must(template.New("status").Funcs(template.FuncMap{"when": when, "day": day}).Parse(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>chapar: {{.Stats.Records}} articles</title>
<style nonce="page">
body{font:15px/1.45 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem;color:#1c1c1c;background:#fff}
h1{font-size:1.4rem}h2{font-size:1.05rem;margin-top:2rem}.note{color:#666}.bad{color:#a02020}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.25rem .8rem .25rem 0;border-bottom:1px solid #e4e4e4;vertical-align:top}
th{font-weight:600}.n{text-align:right}td{overflow-wrap:anywhere}.k{white-space:nowrap}
@media(prefers-color-scheme:dark){body{color:#ddd;background:#181818}th,td{border-color:#383838}a{color:#8ab4f8}.bad{color:#f08080}.note{color:#999}}
</style></head><body>
<h1>chapar</h1>
{{if .Offline}}<p class="bad">Offline: most hosts are out of reach at once. Polling goes on.</p>{{end}}
<p>{{.Stats.Records}} articles, {{.Stats.Copies}} of them copies; {{.Stats.Dropped}} dropped as not relevant, {{.Stats.Aside}} set aside, {{.Stats.Inbox}} waiting in the inbox.</p>
<h2>Newest articles</h2>
<table><tr><th>Date<th>Source<th>Language<th class="n">Relevance<th>Title</tr>
{{range .Newest}}<tr><td class="k">{{day .}}<td class="k">{{.Source}}<td class="k">{{.Language}}<td class="n">{{printf "%.2f" .Relevance}}<td dir="auto">{{if .URL}}<a href="{{.URL}}" rel="noreferrer">{{.Title}}</a>{{else}}{{.Title}}{{end}}</tr>
{{else}}<tr><td colspan="5">none yet</tr>{{end}}</table>
<h2>Sources{{if .Failing}}, <span class="bad">{{.Failing}} failing</span>{{end}}</h2>
<table><tr><th>Endpoint<th>Name<th>Kind<th>State<th class="n">Kept<th>Polled<th>Brought new<th>Next</tr>
{{range .Sources}}<tr><td class="k">{{.Endpoint}}<td dir="auto">{{.Name}}<td>{{.Kind}}<td{{if .Failures}} class="bad" title="{{.Detail}}"{{else if .Evidence}} class="bad" title="{{.Evidence}}"{{end}}>{{or .Cause .State}}{{if gt .Failures 1}}, {{.Failures}} times{{end}}<td class="n">{{.Kept}}<td class="k">{{when .Checked}}<td class="k">{{when .Changed}}<td class="k">{{when .Due}}</tr>
{{end}}</table>
<p class="note">Times are UTC; now {{when .Now}}. chapar {{.Version}}. As JSON: <a href="/api/stats">stats</a>, <a href="/api/sources">sources</a>, <a href="/api/records?limit=20">records</a>, <a href="/api/status">status</a>; for Prometheus: <a href="/metrics">metrics</a>.</p>
</body></html>
`))
}

// page serves the status page.
func page(b Backend) http.HandlerFunc {
	t := statusPage()
	return func(w http.ResponseWriter, r *http.Request) {
		s := shown{Version: b.Version, Now: time.Now(), Offline: b.Offline()}
		var err error
		if s.Stats, err = b.Reader.Stats(r.Context(), store.Query{}); err == nil {
			s.Sources, err = b.Health(r.Context())
		}
		if err == nil {
			s.Newest, err = b.Newest(r.Context(), newest)
		}
		for _, h := range s.Sources {
			if h.Failures > 0 {
				s.Failing++
			}
		}
		var b strings.Builder
		if err == nil {
			err = t.Execute(&b, s)
		}
		if err != nil {
			fail(w, err)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'nonce-page'; frame-ancestors 'none'")
		fmt.Fprint(w, b.String())
	}
}
