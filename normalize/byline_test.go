package normalize

import (
	"slices"
	"testing"
)

func TestBylines(t *testing.T) {
	n := newNormalizer(t)
	const (
		lead = `<p>The ferry between the two shores of the Ilmen has run again since Monday morning, the harbour office of Reed Shore said.</p>`
		rest = `<p>The harbour office expects that the boat will go four times a day until the reeds are cut in autumn, weather permitting.</p>`
	)
	for _, c := range []struct {
		above, below string
		want         []string
	}{
		{above: `<div class="x1a9">Автор: Ада Образцова</div>`, want: []string{"Ада Образцова"}},
		{above: `<p><i>By Ada Specimen, 21 November 2025, 06:22</i></p>`, want: []string{"Ada Specimen"}},
		{above: `<p>By Ada Specimen and B. K. Sampleton | 21 November 2025</p>`, want: []string{"Ada Specimen", "B. K. Sampleton"}},
		{above: `<p>Posted by Ada Specimen on 21 November 2025 | Views: 12</p>`, want: []string{"Ada Specimen"}},
		{above: `<p>22 ноября 2025, 04:56 | Ада Образцова</p>`, want: []string{"Ада Образцова"}},
		{above: `<div>Ada Specimen 22 November 2025, 04:56</div>`, want: []string{"Ada Specimen"}},
		{above: `<div>2025 жылғы 22 қараша, 02:28, Үлгі Мысалбек. Қаралды: 297</div>`, want: []string{"Үлгі Мысалбек"}},
		{above: `<div>Авторы: Үлгі Мысалбек</div>`, want: []string{"Үлгі Мысалбек"}},
		{below: `<p>Автор: Ада Образцова, специально для «Берега»</p>`, want: []string{"Ада Образцова"}},
		{below: `<p>Muallif: Ada Namunayeva. Surat: Bek Sinovov</p>`, want: []string{"Ada Namunayeva"}},
		{below: `<p>Ада Образцова, 22.11.2025</p>`, want: []string{"Ада Образцова"}},

		{above: `<div>22 November 2025 | Politics</div>`},
		{above: `<div>Central Asia | 22 November 2025, 10:00</div>`},
		{above: `<div>Upper Ilmen | 22 November 2025, 10:00</div>`},
		{above: `<div>Harbour Songs | 22 November 2025, 10:00</div>`}, // a section of the menu
		{above: `<div>Reed Shore Post, 22 November 2025</div>`},
		{above: `<div>By Reuters, 22 November 2025</div>`},
		{above: `<div>By Associated Press</div>`},
		{above: `<div>Автор фото: Ада Образцова</div>`},
		{above: `<div>Фото: Ада Образцова, 22.11.2025</div>`},
		{above: `<div>Источник: Камышовый берег, 22.11.2025</div>`},
		{above: `<div>By the end of the week</div>`},
		{below: `<p>By Monday Ada Specimen had left the boat.</p>`},
		{below: `<h3>Comments</h3><div><b>Ada Reader</b> 22 November 2025, 10:15</div><p>The goat is mine and I want it back.</p>`},
	} {
		page := `<html><head><title>Ferry across the Ilmen runs again - Reed Shore Post</title></head><body><ul><li><a href="/">Home</a></li><li><a href="/s">Harbour Songs</a></li></ul>` +
			`<div><h1>Ferry across the Ilmen runs again</h1>` + c.above + lead + rest + c.below + `</div></body></html>`
		x, err := n.Extract(Raw{URL: "https://shore.example/n/1", Body: []byte(page), ContentType: "text/html; charset=utf-8"})
		if err != nil || !slices.Equal(x.Authors, c.want) {
			t.Errorf("%s%s: %q, want %q (%v)", c.above, c.below, x.Authors, c.want, err)
		}
	}
}
