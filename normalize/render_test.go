package normalize

import (
	"slices"
	"strings"
	"testing"
)

func TestLists(t *testing.T) {
	long := strings.Repeat("The ferry carries more goats than carpenters, and nobody on either shore could say why. ", 4)
	for _, c := range []struct {
		name, html string
		want       []string
	}{
		{"read on", `<p>The council chose:</p><ul><li>Ana Reed, ferryman</li><li><p>Otto Marsh, teacher.</p></li><li>a goat</li></ul><p>They met.</p>`,
			[]string{"The council chose:", "Ana Reed, ferryman; Otto Marsh, teacher. a goat", "They met."}},
		{"marked already", `<ol><li>the old quay,</li><li>the new quay;</li><li>Fares:</li><li>two coins</li></ol>`,
			[]string{"the old quay, the new quay; Fares: two coins"}},
		{"two lists", `<ul><li>one quay</li><li>two quays</li></ul><ul><li>one ferry</li></ul>`, []string{"one quay; two quays", "one ferry"}},
		{"paragraphs", `<ul><li>` + long + `</li><li>one quay</li></ul><ul><li><p>First.</p><p>Second.</p></li><li>Third.</li></ul>`,
			[]string{strings.TrimSpace(long), "one quay", "First.", "Second.", "Third."}},
		{"a list within", `<ul><li>Boats<ul><li>the Heron</li><li>the Bittern</li></ul></li><li>Crews</li></ul>`, []string{"Boats", "the Heron; the Bittern", "Crews"}},
		{"residue", `<ul><li>Share on Facebook</li><li>Share on Twitter</li><li>one quay</li></ul>`, []string{"Share on Facebook", "Share on Twitter", "one quay"}},
	} {
		doc, _ := parse(c.html, false)
		o := outlineOf(doc, nil)
		var bs []*block
		for i := range o.blocks {
			bs = append(bs, &o.blocks[i])
		}
		if got := render(bs); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
