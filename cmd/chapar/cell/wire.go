package cell

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
	_ "time/tzdata" // a cell opens no file, those of zones neither

	"github.com/PuerkitoBio/goquery"
	"github.com/andybalholm/cascadia"

	"chapar/fetcher"
	"chapar/normalize"
)

// A message is a length of four bytes, a head of JSON, a length of four bytes and a body, which is empty in answers.
const (
	mostHead = 48 << 20 // bytes; what the longest feed says fits
	mostBody = 1 << 30  // bytes; the limit of what is fetched lies below
)

// roomy is what the pipe to a cell holds, and mostKept the largest room that is kept for messages, in bytes.
const (
	roomy    = 1 << 20
	mostKept = 512 << 10
)

// question asks a cell to read one document; one of the two is set. The bytes of the document are the body.
type question struct {
	Paper *paper `json:",omitempty"`
	Page  *page  `json:",omitempty"`
}

// answer is what a cell has to say to it.
type answer struct {
	Reading *fetcher.Reading `json:",omitempty"`
	Extract *extract         `json:",omitempty"`
	Failure *failure         `json:",omitempty"`
	Fault   string           `json:",omitempty"` // the parser's own: it stumbled
	Last    bool             `json:",omitempty"` // the cell has grown and ends after this
}

// paper is a fetcher.Paper without its bytes.
type paper struct {
	Kind        fetcher.Kind
	ContentType string
	URL         string
	At          time.Time
	Zone        string
	Part        int
	Links       string
	Shape       fetcher.Shape
}

// page is a normalize.Raw without its bytes.
type page struct {
	URL         string
	ContentType string
	Fragment    bool
	Hint        normalize.Hint // its zone and what is known of the source apart
	Zone        string
	Title       string // the rules, as they are written
	Body        string
	Date        string
	Remove      []string
}

// extract is a normalize.Extract with its errors in words.
type extract struct {
	normalize.Extract
	Verdict *refusal // stands before that of Extract
	Err     *refusal
}

// refusal is an error of the normalizer.
type refusal struct {
	Kind int // index of refusals
	Text string
}

// refusals are the errors that callers tell apart.
var refusals = []error{normalize.ErrNotArticle, normalize.ErrChallenge, normalize.ErrEmpty, normalize.ErrNotHTML, normalize.ErrUnavailable}

// failure is a fetcher.Failure in words.
type failure struct {
	Class   fetcher.Class
	Outcome fetcher.Outcome
	Reached bool
	Text    string
	What    string // of an exceeded limit
	Key     string
}

func paperOf(p fetcher.Paper) (*paper, error) {
	links, err := written(p.Links)
	return &paper{Kind: p.Kind, ContentType: p.ContentType, URL: p.URL, At: p.At, Zone: nameOf(p.Zone), Part: p.Part, Links: links, Shape: p.Shape}, err
}

func (p *paper) open(body []byte) (fetcher.Paper, error) {
	links, err1 := compiled(p.Links)
	zone, err2 := zoneOf(p.Zone)
	return fetcher.Paper{Kind: p.Kind, Body: body, ContentType: p.ContentType, URL: p.URL, At: p.At, Zone: zone, Part: p.Part, Links: links, Shape: p.Shape}, errors.Join(err1, err2)
}

func pageOf(r normalize.Raw) (*page, error) {
	p := &page{URL: r.URL, ContentType: r.ContentType, Fragment: r.Fragment, Hint: r.Hint, Zone: nameOf(r.Hint.Zone)}
	p.Hint.Zone, p.Hint.Recurrence = nil, nil // what articles have in common comes after extraction
	var err [3]error
	p.Title, err[0] = written(r.Rules.Title)
	p.Body, err[1] = written(r.Rules.Body)
	p.Date, err[2] = written(r.Rules.Date)
	for _, m := range r.Rules.Remove {
		text, err := written(m)
		if err != nil {
			return nil, err
		}
		p.Remove = append(p.Remove, text)
	}
	return p, errors.Join(err[:]...)
}

func (p *page) open(body []byte) (normalize.Raw, error) {
	r := normalize.Raw{URL: p.URL, ContentType: p.ContentType, Body: body, Fragment: p.Fragment, Hint: p.Hint}
	var err [4]error
	r.Hint.Zone, err[0] = zoneOf(p.Zone)
	r.Rules.Title, err[1] = compiled(p.Title)
	r.Rules.Body, err[2] = compiled(p.Body)
	r.Rules.Date, err[3] = compiled(p.Date)
	for _, text := range p.Remove {
		m, err := compiled(text)
		if err != nil {
			return r, err
		}
		r.Rules.Remove = append(r.Rules.Remove, m)
	}
	return r, errors.Join(err[:]...)
}

func extractOf(x normalize.Extract, err error) *extract {
	e := &extract{Extract: x, Verdict: refusalOf(x.Verdict), Err: refusalOf(err)}
	e.Extract.Verdict = nil
	return e
}

func (e *extract) open() (normalize.Extract, error) {
	x := e.Extract
	x.Verdict = e.Verdict.open()
	return x, e.Err.open()
}

func refusalOf(err error) *refusal {
	if err == nil {
		return nil
	}
	for i, kind := range refusals {
		if errors.Is(err, kind) {
			return &refusal{i, err.Error()}
		}
	}
	return &refusal{-1, err.Error()}
}

func (r *refusal) open() error {
	switch {
	case r == nil:
		return nil
	case r.Kind < 0 || r.Kind >= len(refusals):
		return errors.New(r.Text)
	}
	return &told{r.Text, refusals[r.Kind]}
}

// told is an error from a cell: its words, and what it is.
type told struct {
	text string
	kind error
}

func (t *told) Error() string { return t.text }
func (t *told) Unwrap() error { return t.kind }

func failureOf(f *fetcher.Failure) *failure {
	out := &failure{Class: f.Class, Outcome: f.Outcome, Reached: f.Reached}
	if over, ok := errors.AsType[*fetcher.Exceeded](f.Err); ok {
		out.What, out.Key = over.What, over.Key
	} else if f.Err != nil {
		out.Text = f.Err.Error()
	}
	return out
}

func (f *failure) open() *fetcher.Failure {
	out := &fetcher.Failure{Class: f.Class, Outcome: f.Outcome, Reached: f.Reached}
	switch {
	case f.What != "":
		out.Err = &fetcher.Exceeded{What: f.What, Key: f.Key}
	case f.Text != "":
		out.Err = errors.New(f.Text)
	}
	return out
}

func nameOf(z *time.Location) string {
	if z == nil {
		return ""
	}
	return z.String()
}

func zoneOf(name string) (*time.Location, error) {
	if name == "" {
		return nil, nil
	}
	return time.LoadLocation(name)
}

// written gives the text of a selector; those of the config know theirs.
func written(m goquery.Matcher) (string, error) {
	if m == nil {
		return "", nil
	}
	s, ok := m.(fmt.Stringer)
	if !ok {
		return "", errors.New("a selector whose text is not known cannot be sent to a cell")
	}
	return s.String(), nil
}

func compiled(text string) (goquery.Matcher, error) {
	if text == "" {
		return nil, nil
	}
	return cascadia.Compile(text)
}

// send writes one message, by way of a room that is used again.
func send(w io.Writer, head any, body []byte, room *[]byte) error {
	text, err := json.Marshal(head)
	if err != nil {
		return err
	}
	if len(text) > mostHead || len(body) > mostBody {
		return errTooLong
	}
	message := (*room)[:0]
	message = binary.BigEndian.AppendUint32(message, uint32(len(text)))
	message = append(message, text...)
	message = binary.BigEndian.AppendUint32(message, uint32(len(body)))
	whole := len(body) <= mostKept // in one piece: the other side is woken once
	if whole {
		message = append(message, body...)
	}
	if cap(message) <= 2*mostKept {
		*room = message
	}
	if _, err = w.Write(message); err == nil && !whole {
		_, err = w.Write(body)
	}
	return err
}

var errTooLong = errors.New("a message longer than any can be")

// receive reads one message, the body of which has at most so many bytes; io.EOF means that none follows. The body lies in the room, up to the next message.
func receive(r io.Reader, head any, most uint32, room *[]byte) (body []byte, err error) {
	text, err := piece(r, mostHead, room)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(text, head); err != nil {
		return nil, err
	}
	if body, err = piece(r, most, room); err != nil {
		return nil, fmt.Errorf("a message without its end: %w", err)
	}
	return body, nil
}

func piece(r io.Reader, most uint32, room *[]byte) ([]byte, error) {
	var size [4]byte
	if _, err := io.ReadFull(r, size[:]); err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint32(size[:])
	if n > most {
		return nil, errTooLong
	}
	b := *room
	if int(n) > cap(b) {
		if b = make([]byte, n); n <= mostKept {
			*room = b
		}
	}
	b = b[:n]
	_, err := io.ReadFull(r, b)
	return b, err
}
