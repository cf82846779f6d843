package fetcher

import (
	"math"
	"sync"
)

// Share is what a budget grants an endpoint; the zero Share is that of no budget.
type Share struct {
	Price float64 // what a request must save to be worth it: entries times seconds of delay
	Fair  float64 // seconds: no endpoint's mean delay shall be longer, however much it publishes; see [State.worth]
}

const (
	fairDelay  = 1.1   // times the mean delay that an equal share of the budget would give
	budgetUsed = 0.985 // of the budget is planned for: a poll that waits for its request is late
	firstDaily = 5.0   // entries that an endpoint is taken to publish until it is known better
	askedPrior = 2.0   // requests an endpoint, so that few of them change the price little
)

// Budget shares a number of requests a day out over endpoints, by one price for all. The price is worked out from what
// each endpoint would use at it, and mended by what they did use of late beside what was planned. All that it knows
// comes from the states of the endpoints, so that it goes on after a restart as it was. A Budget may be used by several
// goroutines.
type Budget struct {
	mu       sync.Mutex
	daily    float64
	accounts map[string]account
	total    account
}

// account is what an endpoint adds to the sums.
type account struct {
	sharing float64 // 1 for an endpoint without an interval of its own
	fixed   float64 // requests a day of one that has it
	demand  float64 // requests a day at the price of 1/2
	asked   float64
	planned float64
}

// NewBudget makes the budget of no endpoints.
func NewBudget() *Budget { return &Budget{accounts: map[string]account{}} }

// Set shares so many requests a day out over these endpoints and no others; 0 is no budget.
func (b *Budget) Set(daily float64, endpoints []Endpoint) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.daily = daily
	old := b.accounts
	b.accounts, b.total = make(map[string]account, len(endpoints)), account{}
	for _, e := range endpoints {
		a, known := old[e.ID]
		if !known || e.Every > 0 || a.fixed > 0 {
			a = accountOf(e, State{})
		}
		b.put(e.ID, a)
	}
}

func accountOf(e Endpoint, s State) account {
	if !s.Stopped.IsZero() {
		return account{}
	}
	if e.Every > 0 {
		return account{fixed: float64(s.cost()) * daySeconds / e.Every.Seconds()}
	}
	a := account{sharing: 1, asked: float64(s.Rhythm.Asked[0]), planned: float64(s.Rhythm.Asked[1])}
	switch {
	case s.Price > 0 && s.Every > 0:
		a.demand = float64(s.cost()) * daySeconds / s.Every.Seconds() * math.Sqrt(2*s.Price)
	case s.Rate.PerSecond > 0:
		a.demand = daySeconds * math.Sqrt(s.Rate.PerSecond)
	default:
		a.demand = daySeconds * math.Sqrt(firstDaily/daySeconds)
	}
	return a
}

// Note brings the account of an endpoint up to date with its state.
func (b *Budget) Note(e Endpoint, s State) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, ours := b.accounts[e.ID]; ours {
		b.put(e.ID, accountOf(e, s))
	}
}

func (b *Budget) put(id string, a account) {
	old := b.accounts[id]
	b.accounts[id] = a
	b.total.sharing += a.sharing - old.sharing
	b.total.demand += a.demand - old.demand
	b.total.fixed += a.fixed - old.fixed
	b.total.asked += a.asked - old.asked
	b.total.planned += a.planned - old.planned
}

// plan changes how many requests a day there are to share out.
func (b *Budget) plan(daily float64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.daily = daily
}

// Share gives the price of now.
func (b *Budget) Share() Share {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := b.total.sharing
	if b.daily <= 0 || n == 0 {
		return Share{}
	}
	daily := max(b.daily-b.total.fixed, n/30) // a budget that fixed intervals use up leaves the others a poll a month
	prior := askedPrior * n
	mended := b.total.demand * (b.total.asked + prior) / (b.total.planned + prior)
	root := mended / (budgetUsed * daily)
	return Share{Price: root * root / 2, Fair: fairDelay * daySeconds / 2 * n / daily}
}
