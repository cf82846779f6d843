package fetcher

import (
	"container/heap"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

type duePolls []duePoll

type duePoll struct {
	at time.Time
	i  int
}

func (q duePolls) Len() int           { return len(q) }
func (q duePolls) Less(i, j int) bool { return q[i].at.Before(q[j].at) }
func (q duePolls) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }
func (q *duePolls) Push(x any)        { *q = append(*q, x.(duePoll)) }
func (q *duePolls) Pop() (x any) {
	n := len(*q) - 1
	x = (*q)[n]
	*q = (*q)[:n]
	return x
}

// A budget is kept, over restarts, and buys shorter delays than an equal share of it does.
func TestBudget(t *testing.T) {
	const days, learning, perEndpoint = 21, 7, 24.0
	r := rand.New(rand.NewPCG(3, 4))
	var endpoints []Endpoint
	var entries [][]time.Time
	for i := range 20 {
		endpoints = append(endpoints, Endpoint{ID: fmt.Sprintf("s%d/feed", i)})
		entries = append(entries, officeHours(r, days, 0.3*float64(1+i), -1))
	}
	endpoints[0].Every = 2 * time.Hour
	const daily = perEndpoint * 20
	bounds := Bounds{Min: 5 * time.Minute, Max: 24 * time.Hour}
	budget := NewBudget()
	budget.Set(daily, endpoints)
	states := make([]State, len(endpoints))
	var q duePolls
	for i := range endpoints {
		heap.Push(&q, duePoll{monday, i})
	}
	polls, fixed, delay, n := 0.0, 0.0, 0.0, 0.0
	counted := monday.AddDate(0, 0, learning)
	restart := monday.Add(6 * time.Hour)
	for {
		p := heap.Pop(&q).(duePoll)
		now := p.at
		if now.After(monday.AddDate(0, 0, days)) {
			break
		}
		if now.After(restart) { // all that is known is what was written
			restart = restart.Add(6 * time.Hour)
			text, err := json.Marshal(states)
			if err != nil {
				t.Fatal(err)
			}
			states = nil
			if err := json.Unmarshal(text, &states); err != nil {
				t.Fatal(err)
			}
			budget = NewBudget()
			budget.Set(daily, endpoints)
			for i, e := range endpoints {
				budget.Note(e, states[i])
			}
		}
		var new []time.Time
		for ; len(entries[p.i]) > 0 && !entries[p.i][0].After(now); entries[p.i] = entries[p.i][1:] {
			new = append(new, entries[p.i][0])
			if now.After(counted) {
				delay += now.Sub(entries[p.i][0]).Minutes()
				n++
			}
		}
		if now.After(counted) {
			polls++
			if p.i == 0 {
				fixed++
			}
		}
		s := states[p.i].Polled(now, new, len(new)).Planned(now, endpoints[p.i], Hints{}, bounds, budget.Share())
		budget.Note(endpoints[p.i], s)
		states[p.i] = s
		if wait := s.Due.Sub(now); p.i > 0 && (wait < bounds.Min || wait > bounds.Max) {
			t.Fatalf("%s waits %v, beyond its bounds", endpoints[p.i].ID, wait)
		}
		heap.Push(&q, duePoll{s.Due, p.i})
	}
	if got := polls / (days - learning); got < 0.9*daily || got > 1.03*daily {
		t.Errorf("%.0f polls a day, the budget is %.0f", got, daily)
	}
	if got := fixed / (days - learning); got < 11.9 || got > 12.1 {
		t.Errorf("an interval of two hours gives %.1f polls a day", got)
	}
	if equal := 24 * 60 / perEndpoint / 2; delay/n > 0.7*equal {
		t.Errorf("entries wait %.1f minutes, with equal shares %.1f", delay/n, equal)
	}
}

func TestNoBudget(t *testing.T) {
	b := NewBudget()
	b.Set(0, []Endpoint{{ID: "a"}})
	if got := b.Share(); got != (Share{}) {
		t.Errorf("no budget shares out %v", got)
	}
	b.Set(100, nil)
	if got := b.Share(); got != (Share{}) {
		t.Errorf("nobody gets %v", got)
	}
	b.Set(1, []Endpoint{{ID: "a", Every: time.Minute}, {ID: "b"}})
	if got := b.Share(); !(got.Price > 0) {
		t.Errorf("what fixed intervals use up leaves no price: %v", got)
	}
	b.Note(Endpoint{ID: "gone"}, State{})
	if len(b.accounts) != 2 {
		t.Error("an endpoint that is not ours has an account")
	}
}
