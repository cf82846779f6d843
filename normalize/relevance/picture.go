package relevance

import (
	"fmt"
	"strings"
)

// The measures of a picture, in pixels.
const (
	pictureWidth  = 400
	pictureHeight = 400
	marginLeft    = 60
	marginTop     = 20
	side          = 320 // of the square that the curve is drawn in
)

// Picture draws a curve as an SVG: recall to the right, precision upwards, with a dot at each of the thresholds
// and their figures beside it.
// It brings its own white ground, so that it can be read on any page.
func Picture(points []Point, thresholds ...float64) string {
	x := func(recall float64) float64 { return marginLeft + side*recall }
	y := func(precision float64) float64 { return marginTop + side*(1-precision) }
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="13" fill="#222" stroke-width="1.5">`+"\n",
		pictureWidth, pictureHeight)
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="#fff"/>`+"\n", pictureWidth, pictureHeight)
	fmt.Fprintf(&b, "<title>Precision against recall, average precision %.3f</title>\n", AveragePrecision(points))
	for i := range 6 {
		v := float64(i) / 5
		fmt.Fprintf(&b, `<path d="M%.0f %.0fH%.0fM%.0f %.0fV%.0f" stroke="#222" stroke-opacity="0.15"/>`+"\n", x(0), y(v), x(1), x(v), y(0), y(1))
		fmt.Fprintf(&b, `<text x="%.0f" y="%.0f" text-anchor="end">%.1f</text><text x="%.0f" y="%.0f" text-anchor="middle">%.1f</text>`+"\n",
			x(0)-8, y(v)+4, v, x(v), y(0)+18, v)
	}
	fmt.Fprintf(&b, `<text x="%.0f" y="%.0f" text-anchor="middle">recall: share of what belongs that is taken</text>`+"\n", x(0.5), y(0)+42)
	fmt.Fprintf(&b, `<text transform="translate(%.0f %.0f) rotate(-90)" text-anchor="middle">precision: share of the taken that belongs</text>`+"\n", x(0)-42, y(0.5))
	if len(points) > 0 {
		b.WriteString(`<polyline fill="none" stroke="#2f6db3" stroke-width="2" points="`)
		for i, p := range points {
			if i > 0 {
				b.WriteByte(' ')
			}
			fmt.Fprintf(&b, "%.1f,%.1f", x(p.Recall), y(p.Precision))
		}
		b.WriteString("\"/>\n")
	}
	for i, t := range thresholds {
		p := At(points, t)
		if p.Taken > 0 {
			fmt.Fprintf(&b, `<circle cx="%.1f" cy="%.1f" r="4" fill="#c8501e"/><text x="%.1f" y="%.1f" text-anchor="end">%.2g</text>`+"\n",
				x(p.Recall), y(p.Precision), x(p.Recall)-7, y(p.Precision)+14, t)
		}
		fmt.Fprintf(&b, `<text x="%.0f" y="%.0f">threshold %.2g: precision %.2f, recall %.2f</text>`+"\n",
			x(0.04), y(0.04+0.06*float64(len(thresholds)-1-i)), t, p.Precision, p.Recall)
	}
	b.WriteString("</svg>\n")
	return b.String()
}
