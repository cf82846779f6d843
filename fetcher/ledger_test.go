package fetcher

import (
	"encoding/json"
	"testing"
	"time"
)

// A ledger grants no more than its budget in any 24 hours, keeps half of it for polls, and goes on after a restart.
func TestLedger(t *testing.T) {
	const daily = 240
	l := new(ledger)
	l.set(daily)
	sent := map[int64]int{} // by minute
	polls, pages := 0, 0
	begin := monday.Add(7 * time.Minute)
	for now := begin; now.Before(monday.AddDate(0, 0, 4)); now = now.Add(time.Minute) {
		for range 3 { // much more is wanted than there is
			for _, poll := range []bool{false, false, true} {
				g, again := l.begin(now, poll)
				if g == nil {
					if !again.After(now) || again.Sub(now) > time.Hour {
						t.Fatalf("at %v it says to ask again at %v", now, again)
					}
					continue
				}
				if _, ok := g.send(now); !ok {
					t.Fatal("what was granted may not be sent")
				}
				g.end()
				sent[now.Unix()/60]++
				if poll {
					polls++
				} else {
					pages++
				}
			}
		}
		if now.Hour() == 5 && now.Minute() == 0 { // a restart
			s, ok := l.due(now, true)
			text, err := json.Marshal(s)
			if err != nil || !ok {
				t.Fatal(ok, err)
			}
			l = new(ledger)
			l.set(daily)
			var again Spent
			if err := json.Unmarshal(text, &again); err != nil {
				t.Fatal(err)
			}
			l.recall(again)
		}
	}
	first, last := begin.Unix()/60, monday.AddDate(0, 0, 4).Unix()/60
	window := 0
	for m := first; m < last; m++ {
		window += sent[m] - sent[m-24*60]
		if window > daily {
			t.Fatalf("%d requests in the 24 hours until minute %d", window, m-first)
		}
	}
	if sum := polls + pages; sum < 3*daily || polls < sum*2/5 {
		t.Errorf("in four days %d polls and %d pages of a budget of %d", polls, pages, daily)
	}
}

func TestLedgerClock(t *testing.T) {
	l := new(ledger)
	g, _ := l.begin(monday, true)
	if g == nil {
		t.Fatal("a ledger without a budget holds a poll back")
	}
	l.set(1)
	g.send(monday)
	if g, _ := l.begin(monday.Add(-time.Second), true); g != nil {
		t.Error("a clock set back by a second frees the budget")
	}
	if g, _ := l.begin(monday.Add(time.Hour), true); g != nil {
		t.Error("the one request of the day was sent, and another is granted")
	}
	if g, _ := l.begin(monday.AddDate(-1, 0, 0), true); g == nil {
		t.Error("a clock set back by a year leaves the budget used up for a year")
	}
	if got := l.forPolls(monday); got <= 0 || got >= 1 {
		t.Errorf("polls are planned for %v requests of a budget of 1", got)
	}
}
