package dedup

import "slices"

// Memory is a Shelf that lasts as long as the process. Its zero value is empty; it is not safe for concurrent use.
type Memory struct {
	exact   map[[16]byte][]Ref
	cluster map[Ref]Ref
	copies  map[Ref]int // by first document
}

func (m *Memory) Candidates(s Sketch) ([]Ref, error) { return m.exact[s.Exact], nil }

func (m *Memory) Cluster(ref Ref) (Ref, error) { return m.cluster[ref], nil }

func (m *Memory) Leads(ref Ref) (bool, error) { return m.copies[ref] > 0, nil }

func (m *Memory) Add(ref Ref, s Sketch, v Verdict) error {
	if m.exact == nil {
		m.exact = make(map[[16]byte][]Ref)
		m.cluster = make(map[Ref]Ref)
		m.copies = make(map[Ref]int)
	}
	if s != (Sketch{}) {
		refs := m.exact[s.Exact]
		if i, found := slices.BinarySearch(refs, ref); !found {
			m.exact[s.Exact] = slices.Insert(refs, i, ref)
		}
	}
	if old, ok := m.cluster[ref]; ok && old != ref {
		m.copies[old]--
	}
	m.cluster[ref] = v.Cluster
	if v.Cluster != ref {
		m.copies[v.Cluster]++
	}
	return nil
}
