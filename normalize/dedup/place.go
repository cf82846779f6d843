package dedup

// Shelf holds the sketches of the documents placed so far. The store is one inside its write transaction.
type Shelf interface {
	// Candidates names documents that may hold the text, in order of Ref. They may include the one that is asked for.
	Candidates(s Sketch) ([]Ref, error)
	// Cluster names the first document of the cluster that ref stands in.
	Cluster(ref Ref) (Ref, error)
	// Leads says whether ref is the first of a cluster with copies in it.
	Leads(ref Ref) (bool, error)
	// Add puts a document on the shelf, or a new revision of it beside the old.
	Add(ref Ref, s Sketch, v Verdict) error
}

// Place decides how a text stands to those on the shelf and puts it there. A ref that is on the shelf already is a
// new revision of that document. Exact copies are told by the sketch alone; text is there for the judgement of others.
func Place(sh Shelf, ref Ref, text string, s Sketch) (Verdict, error) {
	v, err := judge(sh, ref, s)
	if err != nil {
		return Verdict{}, err
	}
	return v, sh.Add(ref, s, v)
}

func judge(sh Shelf, ref Ref, s Sketch) (Verdict, error) {
	alone := Verdict{Cluster: ref}
	if s == (Sketch{}) {
		return alone, nil
	}
	if leads, err := sh.Leads(ref); err != nil || leads {
		return alone, err
	}
	refs, err := sh.Candidates(s)
	if err != nil {
		return Verdict{}, err
	}
	if len(refs) == 0 || refs[0] >= ref {
		return alone, nil
	}
	cluster, err := sh.Cluster(refs[0])
	if err != nil {
		return Verdict{}, err
	}
	return Verdict{Cluster: cluster, DuplicateOf: refs[0], Copy: true, Overlap: 1}, nil
}
