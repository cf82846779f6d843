package relevance

import (
	"cmp"
	"slices"
)

// Judged is the score of an article of which a person has said whether it belongs.
type Judged struct {
	Score   float64
	Belongs bool
}

// Point is what a threshold would give: all articles with at least that score are taken.
type Point struct {
	Threshold float64 `json:"threshold"`
	Taken     int     `json:"taken"`
	Precision float64 `json:"precision"` // share of the taken that belong
	Recall    float64 `json:"recall"`    // share of those that belong that are taken
	F1        float64 `json:"f1"`        // harmonic mean of the two
}

// Curve returns a point for each score that occurs, the highest first. It is empty where no article belongs.
func Curve(list []Judged) []Point {
	list = slices.Clone(list)
	slices.SortFunc(list, func(a, b Judged) int { return cmp.Compare(b.Score, a.Score) })
	all := 0
	for _, j := range list {
		if j.Belongs {
			all++
		}
	}
	points := []Point{}
	if all == 0 {
		return points
	}
	right := 0
	for i, j := range list {
		if j.Belongs {
			right++
		}
		if i+1 < len(list) && list[i+1].Score == j.Score {
			continue
		}
		points = append(points, Point{
			Threshold: j.Score,
			Taken:     i + 1,
			Precision: float64(right) / float64(i+1),
			Recall:    float64(right) / float64(all),
			F1:        2 * float64(right) / float64(i+1+all),
		})
	}
	return points
}

// AveragePrecision is the area under a curve: the mean of the precision over all steps of recall, 0 to 1.
func AveragePrecision(points []Point) float64 {
	area, recall := 0.0, 0.0
	for _, p := range points {
		area += p.Precision * (p.Recall - recall)
		recall = p.Recall
	}
	return area
}

// At returns the point of the lowest threshold that is at least the one given: what that threshold takes. Where it takes
// nothing all figures are 0.
func At(points []Point, threshold float64) Point {
	last := Point{Threshold: threshold}
	for _, p := range points {
		if p.Threshold < threshold {
			break
		}
		last = p
	}
	last.Threshold = threshold
	return last
}
