package dedup

// postings is the inverted index: which documents hold a fingerprint. It keeps six bytes a posting, in blocks without
// pointers, so that the garbage collector passes them by. Later documents stand first.
type postings struct {
	heads  []uint32 // of each bucket: its newest block + 1
	blocks [][]block
	n      uint32 // blocks in use

	waiting []posting // of addLater
}

// posting says that a document holds a fingerprint.
type posting struct{ print, ref uint32 }

const (
	bucketBits = 18
	inBlock    = 8
	slabBits   = 12
)

// block holds postings of one bucket, in order of arrival.
type block struct {
	refs  [inBlock]uint32
	marks [inBlock]uint16 // the bits of the fingerprint that the bucket does not tell
	next  uint32          // an older block + 1
	used  uint32
}

func (p *postings) at(i uint32) *block { return &p.blocks[i>>slabBits][i&(1<<slabBits-1)] }

// find appends the documents that hold a fingerprint, the latest first, at most as many as most.
func (p *postings) find(to []uint32, print uint32, most int) []uint32 {
	if p.heads == nil {
		return to
	}
	mark := uint16(print)
	start := len(to)
	for i := p.heads[print>>(32-bucketBits)]; i != 0; {
		b := p.at(i - 1)
		for j := int(b.used) - 1; j >= 0; j-- {
			if b.marks[j] == mark {
				if to = append(to, b.refs[j]); len(to)-start == most {
					return to
				}
			}
		}
		i = b.next
	}
	return to
}

// add notes that a document holds a fingerprint.
func (p *postings) add(print, ref uint32) {
	if p.heads == nil {
		p.heads = make([]uint32, 1<<bucketBits)
	}
	head := &p.heads[print>>(32-bucketBits)]
	if *head == 0 || p.at(*head-1).used == inBlock {
		i := p.take()
		*p.at(i) = block{next: *head}
		*head = i + 1
	}
	b := p.at(*head - 1)
	b.refs[b.used], b.marks[b.used] = ref, uint16(print)
	b.used++
}

// mostWaiting postings are added at once.
const mostWaiting = 1 << 20

// addLater is add for many in a row. Nothing else may be asked or changed before addWaiting.
func (p *postings) addLater(print, ref uint32) {
	if p.waiting = append(p.waiting, posting{print, ref}); len(p.waiting) == mostWaiting {
		p.addInOrder()
		p.waiting = p.waiting[:0]
	}
}

// addWaiting adds what addLater left.
func (p *postings) addWaiting() {
	if p.waiting != nil {
		p.addInOrder()
		p.waiting = nil
	}
}

// addInOrder adds what waits, one bucket after the other: the memory is then gone through from end to end and not at
// random, which is several times as fast. Within a bucket the order of arrival stays.
func (p *postings) addInOrder() {
	const half = bucketBits / 2
	from, to := p.waiting, make([]posting, len(p.waiting))
	for _, shift := range [...]int{32 - bucketBits, 32 - half} { // radix sort by the bits of the bucket, the lower half first
		var ends [1 << half]int
		for _, x := range from {
			ends[x.print>>shift&(1<<half-1)]++
		}
		sum := 0
		for i, n := range ends {
			ends[i] = sum
			sum += n
		}
		for _, x := range from {
			at := &ends[x.print>>shift&(1<<half-1)]
			to[*at] = x
			*at++
		}
		from, to = to, from
	}
	for _, x := range from {
		p.add(x.print, x.ref)
	}
}

// removeLast takes the newest posting of a fingerprint's bucket back. What is taken back must come in reverse order.
func (p *postings) removeLast(print uint32) {
	head := &p.heads[print>>(32-bucketBits)]
	b := p.at(*head - 1)
	if b.used--; b.used == 0 {
		*head = b.next
		p.n--
	}
}

// take gives an unused block.
func (p *postings) take() uint32 {
	if p.n>>slabBits == uint32(len(p.blocks)) {
		p.blocks = append(p.blocks, make([]block, 1<<slabBits))
	}
	p.n++
	return p.n - 1
}
