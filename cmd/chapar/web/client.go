package web

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"chapar/store"
	"chapar/store/corpus"
)

// Client asks a running chapar through its control socket. It is a store.Reader.
type Client struct {
	http *http.Client
}

var _ store.Reader = (*Client)(nil)

// pingTimeout is how long a running chapar has to say that it is there. One that is stopped answers never.
const pingTimeout = 3 * time.Second

// Dial finds the running chapar that holds a database. It fails at once where there is none.
func Dial(ctx context.Context, database string) (*Client, Ping, error) {
	path := SocketPath(database)
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", path)
	}
	c := &Client{&http.Client{Transport: &http.Transport{DialContext: dial}}}
	var p Ping
	first, cancel := context.WithTimeout(ctx, pingTimeout)
	defer cancel()
	if err := c.get(first, "/ping", nil, &p); err != nil {
		c.Close()
		return nil, p, err
	}
	return c, p, nil
}

// Close gives the connection back.
func (c *Client) Close() error {
	c.http.CloseIdleConnections()
	return nil
}

func (c *Client) ask(ctx context.Context, path string, v url.Values) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, "GET", "http://chapar"+path+"?"+v.Encode(), nil)
	if err != nil {
		return nil, err
	}
	res, err := c.http.Do(req)
	if err != nil {
		return nil, fmt.Errorf("cannot ask the running chapar: %w", err)
	}
	if res.StatusCode == http.StatusOK {
		return res, nil
	}
	defer res.Body.Close()
	text, _ := io.ReadAll(io.LimitReader(res.Body, 4<<10))
	if res.StatusCode == http.StatusNotFound {
		return nil, store.ErrNotFound
	}
	return nil, fmt.Errorf("the running chapar answered: %s", strings.TrimSpace(string(text)))
}

func (c *Client) get(ctx context.Context, path string, v url.Values, into any) error {
	res, err := c.ask(ctx, path, v)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	return json.NewDecoder(res.Body).Decode(into)
}

// Record implements store.Reader.
func (c *Client) Record(ctx context.Context, id string) (r corpus.Record, err error) {
	return r, c.get(ctx, "/record", url.Values{"id": {id}}, &r)
}

// Standing implements store.Reader.
func (c *Client) Standing(ctx context.Context, address string) (s store.Standing, err error) {
	return s, c.get(ctx, "/standing", url.Values{"url": {address}}, &s)
}

// Recurrence implements store.Reader.
func (c *Client) Recurrence(ctx context.Context, source string) (r store.Recurrence, err error) {
	return r, c.get(ctx, "/recurrence", url.Values{"source": {source}}, &r)
}

// Stats implements store.Reader.
func (c *Client) Stats(ctx context.Context, q store.Query) (s store.Stats, err error) {
	return s, c.get(ctx, "/stats", queryValues(q), &s)
}

// Sources tells how each endpoint fares.
func (c *Client) Sources(ctx context.Context) (hs []Health, err error) {
	return hs, c.get(ctx, "/sources", nil, &hs)
}

// Status tells how the daemon stands.
func (c *Client) Status(ctx context.Context) (s Status, err error) {
	return s, c.get(ctx, "/status", nil, &s)
}

// Remember tells the daemon that care was taken of its database.
func (c *Client) Remember(ctx context.Context, what store.Care) error {
	req, err := http.NewRequestWithContext(ctx, "POST", "http://chapar/remember/"+url.PathEscape(string(what)), nil)
	if err != nil {
		return err
	}
	res, err := c.http.Do(req)
	if err != nil {
		return fmt.Errorf("cannot tell the running chapar: %w", err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusNoContent {
		text, _ := io.ReadAll(io.LimitReader(res.Body, 4<<10))
		return fmt.Errorf("the running chapar answered: %s", strings.TrimSpace(string(text)))
	}
	return nil
}

// Records implements store.Reader.
func (c *Client) Records(ctx context.Context, q store.Query) iter.Seq2[corpus.Record, error] {
	return c.list(ctx, "/records", queryValues(q))
}

// Search implements store.Reader.
func (c *Client) Search(ctx context.Context, words string, q store.Query) iter.Seq2[corpus.Record, error] {
	v := queryValues(q)
	v.Set("q", words)
	return c.list(ctx, "/search", v)
}

// Copies implements store.Reader.
func (c *Client) Copies(ctx context.Context, id string) iter.Seq2[corpus.Record, error] {
	return c.kin(ctx, "/copies", id)
}

// Revisions implements store.Reader.
func (c *Client) Revisions(ctx context.Context, id string) iter.Seq2[corpus.Record, error] {
	return c.kin(ctx, "/revisions", id)
}

// kin lists what belongs to an article.
func (c *Client) kin(ctx context.Context, path, id string) iter.Seq2[corpus.Record, error] {
	return func(yield func(corpus.Record, error) bool) {
		for r, err := range c.list(ctx, path, url.Values{"id": {id}}) {
			if errors.Is(err, store.ErrNotFound) { // of an article that is not there the list says so
				err = errors.New("the running chapar is an older one, which cannot tell it; end it, or start it anew")
			}
			if !yield(r, err) {
				return
			}
		}
	}
}

// listLines is how many lines of a list are parsed at a time, while the lines before them are in use.
const listLines = 64

func (c *Client) list(ctx context.Context, path string, v url.Values) iter.Seq2[corpus.Record, error] {
	return func(yield func(corpus.Record, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		res, err := c.ask(ctx, path, v)
		if err != nil {
			cancel()
			yield(corpus.Record{}, err)
			return
		}
		var reader sync.WaitGroup
		defer reader.Wait()
		defer cancel()
		lists := make(chan list)
		reader.Go(func() {
			defer close(lists)
			defer res.Body.Close()
			in := bufio.NewReaderSize(res.Body, 256<<10)
			for more := true; more; {
				l := readList(in)
				more = !l.whole && l.err == nil
				select {
				case lists <- l:
				case <-ctx.Done():
					return
				}
			}
		})
		for l := range lists {
			for _, r := range l.records {
				if !yield(r, nil) {
					return
				}
			}
			if l.err != nil {
				yield(corpus.Record{}, l.err)
			}
			if l.whole || l.err != nil {
				return
			}
		}
		yield(corpus.Record{}, ctx.Err())
	}
}

// list is a piece of a list of records.
type list struct {
	records []corpus.Record
	whole   bool // the end of the whole list was read
	err     error
}

func readList(in *bufio.Reader) (l list) {
	l.records = make([]corpus.Record, 0, listLines)
	var long []byte
	for len(l.records) < listLines {
		line, err := in.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			long = append(long, line...)
			continue
		}
		if len(long) > 0 {
			line = append(long, line...)
			long = long[:0]
		}
		line = bytes.TrimSuffix(line, []byte("\n"))
		if string(line) == endLine {
			l.whole = true
			return l
		}
		if err != nil {
			l.err = errors.New("the running chapar ended in the middle of the list")
			return l
		}
		r, err := parseRecord(line)
		if err != nil {
			l.err = err
			return l
		}
		l.records = append(l.records, r)
	}
	return l
}

// parseRecord reads a line: a record, or what went wrong.
func parseRecord(line []byte) (corpus.Record, error) {
	var failed struct {
		Error string `json:"error"`
	}
	if bytes.HasPrefix(line, []byte(`{"error":`)) && json.Unmarshal(line, &failed) == nil {
		return corpus.Record{}, errors.New(failed.Error)
	}
	return corpus.ParseJSON(line)
}

// Backup implements store.Reader.
func (c *Client) Backup(ctx context.Context, w io.Writer) error {
	res, err := c.ask(ctx, "/backup", nil)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if _, err := io.Copy(w, res.Body); err != nil {
		return fmt.Errorf("cannot read the backup: %w", err)
	}
	switch told := res.Trailer.Get("Chapar-Error"); told {
	case "none":
		return nil
	case "":
		return errors.New("the running chapar ended in the middle of the backup")
	default:
		return errors.New(told)
	}
}
