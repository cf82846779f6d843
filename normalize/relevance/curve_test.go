package relevance

import (
	"encoding/xml"
	"math"
	"strings"
	"testing"
)

func TestCurve(t *testing.T) {
	points := Curve([]Judged{{0.2, false}, {0.9, true}, {0.6, false}, {0.6, true}, {0.1, false}})
	want := []Point{{0.9, 1, 1, 0.5, 2.0 / 3}, {0.6, 3, 2.0 / 3, 1, 0.8}, {0.2, 4, 0.5, 1, 2.0 / 3}, {0.1, 5, 0.4, 1, 4.0 / 7}}
	if len(points) != len(want) {
		t.Fatalf("%+v", points)
	}
	for i, p := range points {
		if w := want[i]; p.Threshold != w.Threshold || p.Taken != w.Taken || math.Abs(p.Precision-w.Precision)+math.Abs(p.Recall-w.Recall)+math.Abs(p.F1-w.F1) > 1e-9 {
			t.Errorf("%+v, want %+v", p, w)
		}
	}
	if got := AveragePrecision(points); math.Abs(got-(0.5+1.0/3)) > 1e-9 {
		t.Errorf("average precision %g", got)
	}
	if p := At(points, 0.5); p.Taken != 3 || p.Threshold != 0.5 {
		t.Errorf("at 0.5: %+v", p)
	}
	if p := At(points, 0.95); p.Taken != 0 || p.F1 != 0 {
		t.Errorf("at 0.95: %+v", p)
	}
	if p := Curve([]Judged{{0.4, false}}); len(p) != 0 || AveragePrecision(p) != 0 {
		t.Errorf("nothing belongs: %+v", p)
	}
}

func TestPicture(t *testing.T) {
	points := Curve([]Judged{{0.9, true}, {0.6, false}, {0.6, true}, {0.1, false}})
	for _, list := range [][]Point{points, nil} {
		picture := Picture(list, 0.5, 0.95)
		if err := xml.Unmarshal([]byte(picture), new(struct{})); err != nil {
			t.Errorf("%v in %s", err, picture)
		}
		if dots, want := strings.Count(picture, "<circle"), min(len(list), 1); dots != want {
			t.Errorf("%d dots, want %d", dots, want)
		}
	}
	if picture := Picture(points, 0.5); !strings.Contains(picture, "threshold 0.5: precision 0.67, recall 1.00") {
		t.Error(picture)
	}
}
