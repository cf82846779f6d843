package store

import (
	"errors"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"chapar/fetcher"
)

// TestRoom: where the disk has less left than is to stay free, nothing is written but what gives space back, and that is
// told without a write; once there is more it goes on.
func TestRoom(t *testing.T) {
	db := openNew(t)
	reg := prometheus.NewRegistry()
	db.metrics = NewMetrics(reg)
	const link = "https://a.example/0"
	keep(t, db, jobOf(entry("a", link, "T")), minutes(0), doc(link, "T", textOf(0)), Keeping{KeepPage: true})
	for _, enough := range []int64{0, 1} {
		if db.KeepFree(enough); db.Room() != nil || db.Trouble() != nil {
			t.Errorf("%d bytes free: %v", enough, db.Trouble())
		}
	}
	db.KeepFree(1 << 60)
	j := jobOf(entry("a", "https://a.example/1", "T"))
	d := doc(j.Entry.Link, "T", textOf(1))
	for range 2 {
		_, err := db.Keep(j, pageOf(j, minutes(1), "x"), d, Keeping{})
		w, ok := errors.AsType[*WriteError](err)
		if !ok || !w.Full || !errors.As(err, new(*LowSpaceError)) || errors.Is(err, fetcher.ErrBroken) {
			t.Errorf("with little room: %v", err)
		}
		if !errors.As(db.Trouble(), new(*LowSpaceError)) {
			t.Errorf("it tells of %v", db.Trouble())
		}
	}
	if p, err := db.Prune(t.Context(), minutes(100), Retention{}); err != nil || p.Pages != 1 {
		t.Errorf("%+v pruned, %v", p, err)
	}
	if err := db.SaveSpent(fetcher.Spent{Hour: 3}); err != nil {
		t.Error(err)
	}
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if n := f.Metric[0].Counter.GetValue(); f.GetName() == "chapar_store_low_space_total" && n != 1 {
			t.Errorf("counted %v times, want once", n)
		}
	}
	db.KeepFree(0)
	if p := keep(t, db, j, minutes(1), d, Keeping{}); p.As != PlacedNew || db.Trouble() != nil {
		t.Errorf("with room again: %+v, %v", p, db.Trouble())
	}
	sound(t, db)
}
