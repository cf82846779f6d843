package dedup

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// desk places articles one after the other, as the store does.
type desk struct {
	index   *Index
	texts   map[Ref]*Text
	records [][]byte
	clues   [][]byte
	order   []Ref
}

func newDesk() *desk { return &desk{index: NewIndex(), texts: make(map[Ref]*Text)} }

func (d *desk) read(r Ref) (*Text, error) { return d.texts[r], nil }

func (d *desk) place(t testing.TB, ref Ref, a Article) Verdict {
	t.Helper()
	text := Read(a)
	v, err := d.index.Place(ref, text, d.read)
	if err != nil {
		t.Fatal(err)
	}
	added := d.index.Add(ref, text, v.Cluster)
	d.records, d.clues = append(d.records, added.Record), append(d.clues, added.Clues)
	d.order = append(d.order, ref)
	d.texts[ref] = text
	return v
}

func paragraphs(text string) []string { return strings.Split(text, "\n\n") }

func TestPlaceCopies(t *testing.T) {
	first := Article{Title: "Joint patrols on the Aksu", Text: bridge, Language: "en", Source: "one", Published: date(3)}
	p := paragraphs(bridge)
	tests := map[string]Article{
		"the same":      first,
		"another title": {Title: "Guards agree at the bridge", Text: bridge, Language: "en", Source: "two", Published: date(3)},
		"capitals":      {Title: first.Title, Text: strings.ToUpper(bridge), Language: "en"},
		"a dateline":    {Title: first.Title, Text: "TOLEBI, 3 March (Agency) - " + bridge + "\n\nEditing by the night desk.", Language: "en", Source: "two", Published: date(4)},
		"cut":           {Title: first.Title, Text: p[0] + "\n\n" + p[1], Language: "en", Source: "two", Published: date(3)},
		"its lead":      {Title: "In brief: patrols on the Aksu", Text: p[0], Language: "en", Source: "two", Published: date(3)},
		"other spellings": {Title: first.Title, Text: strings.NewReplacer("Sultanov", "Soultanov", "3,450", "3 450", "Bekova", "Bekowa", "nine", "9").Replace(bridge),
			Language: "en", Source: "two", Published: date(4)},
		"quoted whole": {Title: "A winter on the river", Text: "Our readers asked what the guards have agreed on. Here is the report of our partner in full.\n\n" + bridge, Language: "en", Source: "two", Published: date(5)},
		"no language":  {Title: first.Title, Text: bridge},
	}
	for name, a := range tests {
		t.Run(name, func(t *testing.T) {
			d := newDesk()
			d.place(t, 0, Article{Title: "The dam", Text: dam, Language: "en", Published: date(1)})
			d.place(t, 1, first)
			v := d.place(t, 2, a)
			if !v.Copy || v.DuplicateOf != 1 || v.Cluster != 1 || v.Translation {
				t.Fatalf("got %+v", v)
			}
			if v.Overlap < 0.8 || v.Overlap > 1 {
				t.Errorf("the overlap is %.2f", v.Overlap)
			}
		})
	}
}

func TestPlaceOthers(t *testing.T) {
	p, q := paragraphs(bridge), paragraphs(dam)
	first := Article{Title: "Joint patrols on the Aksu", Text: bridge, Language: "en", Source: "one", Published: date(3)}
	tests := map[string]Article{
		"another story": {Title: "Water falls behind the dam", Text: dam, Language: "en", Source: "one", Published: date(3)},
		"the same event": {Title: "Two districts watch the frozen river together", Language: "en", Source: "two", Published: date(3),
			Text: "Karasai and Tolebi will guard their common border together this winter. Their officers shook hands at the bridge over the Aksu, where Marat Sultanov counted on 140 guards and a dozen cars. It is the answer to a trade in cheap fuel that crosses the ice by night and cost two lives last week, villagers say. Lorry drivers are less happy: the queue at the only crossing has never been longer."},
		"a follow-up": {Title: "Ministers sign paper on radio", Language: "en", Source: "one", Published: date(8),
			Text: "The ministers of the interior put their names under a paper on shared radio channels in Shymkala this morning, and for the first time both delegations stayed for dinner. From May on, a patrol that sees smoke or a stranded boat can call the post on the other bank without asking its capital. Officers who have waited for this for a decade spoke of a small miracle, while the opposition in Karasai wants to know who pays for the masts, the generators and the men who keep them running through the winter. An answer is due when parliament meets after the holidays.\n\n" +
				"The border guards of Karasai and Tolebi met at the bridge over the Aksu and agreed on joint patrols for the winter months."},
		"a digest": {Title: "The week in brief", Language: "en", Source: "two", Published: date(4),
			Text: p[0] + "\n\n" + q[0] + "\n\n" + made(rand.New(rand.NewPCG(5, 5)), 80) + "\n\n" + made(rand.New(rand.NewPCG(5, 6)), 90)},
	}
	for name, a := range tests {
		t.Run(name, func(t *testing.T) {
			d := newDesk()
			d.place(t, 0, first)
			if v := d.place(t, 1, a); v.Copy || v.Translation || v.Cluster != 1 {
				t.Fatalf("got %+v", v)
			}
		})
	}
}

// TestPlaceLikeWords wants two reports of different things in like words, with figures of their own, to be no copies,
// whichever comes first.
func TestPlaceLikeWords(t *testing.T) {
	a := Article{Title: "Customs seize undeclared cargo near Isfara", Text: cementLorry, Language: "en", Source: "one", Published: date(3)}
	b := Article{Title: "Customs uncover undeclared cargo near Khujand", Text: carpetLorry, Language: "en", Source: "two", Published: date(3)}
	for _, order := range [][2]Article{{a, b}, {b, a}} {
		d := newDesk()
		d.place(t, 0, order[0])
		if v := d.place(t, 1, order[1]); v.Copy || v.Cluster != 1 {
			t.Errorf("%q behind %q: got %+v", order[1].Title, order[0].Title, v)
		}
	}
}

func TestPlaceSeries(t *testing.T) {
	d := newDesk()
	for day, r := range [][2]string{{"449.2", "487.1"}, {"450.7", "488.6"}, {"448.9", "486.3"}, {"451.3", "489.9"}} {
		if v := d.place(t, Ref(day), rates(day+1, r[0], r[1])); v.Copy {
			t.Errorf("the rates of day %d are a copy of those of day %d", day+1, v.DuplicateOf+1)
		}
	}
	again := rates(3, "448.9", "486.3")
	again.Source, again.Title = "paper", "Bank sets rates"
	if v := d.place(t, 9, again); !v.Copy || v.DuplicateOf != 2 {
		t.Errorf("the rates of day 3 in another paper: got %+v", v)
	}
}

func TestPlaceTranslations(t *testing.T) {
	english := Article{Title: "Joint patrols on the Aksu", Text: bridge, Language: "en", Published: date(3)}
	russian := Article{Title: "Совместные дозоры на Аксу", Text: bridgeRussian, Language: "ru", Published: date(3)}
	for _, both := range [][2]Article{{english, russian}, {russian, english}} {
		d := newDesk()
		r := rand.New(rand.NewPCG(1, 1))
		for i := range Ref(200) { // which clues are rare can only be told among others
			d.place(t, i, Article{Text: made(r, 150), Language: []string{"en", "ru", "kk"}[i%3]})
		}
		d.place(t, 200, Article{Text: dam, Language: both[0].Language})
		d.place(t, 201, both[0])
		v := d.place(t, 202, both[1])
		if !v.Translation || v.TranslationOf != 201 || v.Copy || v.Cluster != 202 {
			t.Errorf("%s after %s: got %+v", both[1].Language, both[0].Language, v)
		}
	}
}

func TestPlaceRevisions(t *testing.T) {
	a, b := Article{Text: bridge}, Article{Text: dam}
	type step struct {
		ref  Ref
		text Article
		want Verdict
	}
	alone := func(r Ref) Verdict { return Verdict{Cluster: r} }
	copyOf := func(of, cluster Ref) Verdict {
		return Verdict{Cluster: cluster, DuplicateOf: of, Copy: true, Overlap: 1}
	}
	tests := map[string][]step{
		"first alone, copies of the first":     {{0, a, alone(0)}, {1, a, copyOf(0, 0)}, {2, b, alone(2)}, {3, a, copyOf(0, 0)}},
		"short texts never match":              {{0, Article{Text: "too short"}, alone(0)}, {1, Article{Text: "too short"}, alone(1)}},
		"no copy of one's own earlier text":    {{0, a, alone(0)}, {0, b, alone(0)}, {0, a, alone(0)}},
		"an earlier revision is still found":   {{0, a, alone(0)}, {0, b, alone(0)}, {1, a, copyOf(0, 0)}},
		"never a copy of a later document":     {{0, a, alone(0)}, {1, b, alone(1)}, {0, b, alone(0)}},
		"one with copies stays where it is":    {{0, a, alone(0)}, {1, b, alone(1)}, {2, b, copyOf(1, 1)}, {1, a, alone(1)}},
		"a copy that changes stands alone":     {{0, a, alone(0)}, {1, a, copyOf(0, 0)}, {1, b, alone(1)}, {2, b, copyOf(1, 1)}},
		"the order of numbers is not of times": {{5, a, alone(5)}, {3, a, alone(3)}, {5, a, copyOf(3, 3)}, {4, a, copyOf(3, 3)}},
	}
	for name, steps := range tests {
		t.Run(name, func(t *testing.T) {
			d := newDesk()
			for i, s := range steps {
				if got := d.place(t, s.ref, s.text); got != s.want {
					t.Fatalf("step %d: got %+v, want %+v", i, got, s.want)
				}
			}
		})
	}
}

func TestPlaceFails(t *testing.T) {
	d := newDesk()
	d.place(t, 0, Article{Text: bridge})
	text := Read(Article{Text: bridge})
	lost := errors.New("the disk is gone")
	if _, err := d.index.Place(1, text, func(Ref) (*Text, error) { return nil, lost }); !errors.Is(err, lost) {
		t.Errorf("got %v", err)
	}
	v, err := d.index.Place(1, text, func(Ref) (*Text, error) { return nil, nil })
	if err != nil || v.Copy {
		t.Errorf("without the text of the earlier: %+v, %v", v, err)
	}
}

// stream gives articles with copies among them.
func stream(n int) []Article {
	r := rand.New(rand.NewPCG(7, 7))
	var all []Article
	for i := range n {
		a := Article{Title: made(r, 6), Text: made(r, 60+r.IntN(300)), Language: "en", Published: date(1 + i%28)}
		if i > 10 && r.IntN(4) == 0 {
			from := all[r.IntN(len(all))]
			a.Text = from.Text[:len(from.Text)*(2+r.IntN(8))/10] + " " + made(r, 20)
		}
		all = append(all, a)
	}
	return all
}

func TestRestore(t *testing.T) {
	const half = 300
	all := stream(2 * half)
	d := newDesk()
	clusters := make(map[Ref]Ref)
	for i, a := range all[:half] {
		clusters[Ref(i)] = d.place(t, Ref(i), a).Cluster
	}
	restored := newDesk()
	restored.texts = d.texts
	for i, record := range d.records {
		ref := d.order[i]
		var clues []byte
		if i >= FirstRecent(half) {
			clues = d.clues[i]
		}
		if err := restored.index.Restore(ref, clusters[ref], record, clues); err != nil {
			t.Fatal(err)
		}
		if len(record) > 250 {
			t.Errorf("the record of document %d has %d bytes", ref, len(record))
		}
	}
	copies := 0
	for i, a := range all[half:] {
		ref := Ref(half + i)
		want := d.place(t, ref, a)
		if got := restored.place(t, ref, a); got != want {
			t.Fatalf("document %d: %+v after a restart, %+v without", ref, got, want)
		}
		if want.Copy {
			copies++
		}
		if !slices.Equal(d.records[half+i], restored.records[i]) {
			t.Fatalf("document %d is noted in another way after a restart", ref)
		}
	}
	if copies < half/8 {
		t.Errorf("only %d copies were found", copies)
	}
	for _, bad := range [][]byte{nil, {1}, {0, 0, 0, 0, 0xff}} {
		if err := restored.index.Restore(1000, 1000, bad, nil); err == nil {
			t.Errorf("the record %x was taken", bad)
		}
	}
}

func TestFirstRecent(t *testing.T) {
	for added, want := range map[int]int{0: 0, 1: 0, 10_000: 0, 20_000: 0, 20_001: 10_000, 30_000: 10_000, 30_001: 20_000} {
		if got := FirstRecent(added); got != want {
			t.Errorf("of %d: %d, want %d", added, got, want)
		}
	}
}

func TestRecentForgets(t *testing.T) {
	var r recent
	text := Read(Article{Text: bridge, Language: "en"})
	_, keys, err := readClues(nil, appendClues(nil, text))
	if err != nil || len(keys) != len(text.clues) {
		t.Fatal(len(keys), err)
	}
	r.weigh(text)
	r.add(0, text.language, r.norm, keys)
	for i := range 2*generationSize + 1 {
		r.weigh(text)
		if found := len(r.find(text, 1<<31, 1, 1)) == 1; found != (i < 2*generationSize) {
			t.Fatalf("after %d others: found %v", i, found)
		}
		r.add(Ref(i+1), 0, 1, nil)
	}
}

// oddities are texts that no publisher means to send.
func oddities() map[string]string {
	r := rand.New(rand.NewPCG(3, 3))
	var digits strings.Builder
	for range 30_000 {
		fmt.Fprintf(&digits, "%d ", r.IntN(100_000))
	}
	return map[string]string{
		"nothing":          "",
		"blanks":           " \n\t \u00a0",
		"one word":         "hello",
		"one long word":    strings.Repeat("x", 1<<20),
		"a million words":  strings.Repeat("word ", 1_000_000),
		"a million others": made(r, 1_000_000),
		"digits":           digits.String(),
		"one number":       strings.Repeat("7", 1<<20),
		"no UTF-8":         strings.Repeat("\xff\xfe abc \xc3", 100_000),
		"marks":            strings.Repeat("\u0301", 500_000),
		"ideographs":       strings.Repeat("山川水火", 100_000),
		"ligatures":        strings.Repeat("ﷺ ﬃ ", 100_000),
	}
}

func TestOddities(t *testing.T) {
	d := newDesk()
	d.place(t, 0, Article{Title: "Joint patrols", Text: bridge, Language: "en"})
	ref := Ref(1)
	for name, text := range oddities() {
		for _, a := range []Article{{Text: text}, {Title: text, Text: "A note."}, {Title: text, Text: dam + " " + fmt.Sprint(ref)}} {
			if v := d.place(t, ref, a); v.Copy && v.DuplicateOf == 0 || v.Translation {
				t.Errorf("%s: got %+v", name, v)
			}
			ref++
		}
	}
}
