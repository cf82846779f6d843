package web

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"

	"chapar/store"
)

// pageLine is a line of the list of kept pages: an article, or how the list ended.
type pageLine struct {
	store.Made
	End   bool   `json:"end,omitempty"`
	Error string `json:"error,omitempty"`
}

// pages serves articles with their kept pages, as one of the Reader's methods lists them.
func pages(list func(context.Context, store.Query) iter.Seq2[store.Made, error]) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		q, err := parseQuery(r.URL.Query())
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/x-ndjson")
		out := json.NewEncoder(w)
		out.SetEscapeHTML(false)
		for m, err := range list(r.Context(), q) {
			if err != nil {
				out.Encode(pageLine{Error: err.Error()}) // to nobody, if w has gone
				return
			}
			if out.Encode(pageLine{Made: m}) != nil {
				return
			}
		}
		fmt.Fprintln(w, endLine)
	}
}

// Pages implements store.Reader.
func (c *Client) Pages(ctx context.Context, q store.Query) iter.Seq2[store.Made, error] {
	return c.pages(ctx, "/pages", q)
}

// Dropped implements store.Reader.
func (c *Client) Dropped(ctx context.Context, q store.Query) iter.Seq2[store.Made, error] {
	return c.pages(ctx, "/dropped", q)
}

// DroppedAt implements store.Reader.
func (c *Client) DroppedAt(ctx context.Context, address string) (m store.Made, err error) {
	return m, c.get(ctx, "/dropped-at", url.Values{"url": {address}}, &m)
}

func (c *Client) pages(ctx context.Context, path string, q store.Query) iter.Seq2[store.Made, error] {
	return func(yield func(store.Made, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		res, err := c.ask(ctx, path, queryValues(q))
		if errors.Is(err, store.ErrNotFound) {
			err = errors.New("the running chapar is an older one, which cannot give its pages; end it, or start it anew")
		}
		if err != nil {
			yield(store.Made{}, err)
			return
		}
		defer res.Body.Close()
		in := json.NewDecoder(bufio.NewReaderSize(res.Body, 256<<10))
		for {
			var l pageLine
			switch err := in.Decode(&l); {
			case ctx.Err() != nil:
				yield(store.Made{}, ctx.Err())
				return
			case err != nil:
				yield(store.Made{}, errors.New("the running chapar ended in the middle of the list"))
				return
			case l.Error != "":
				yield(store.Made{}, errors.New(l.Error))
				return
			case l.End:
				return
			}
			if !yield(l.Made, nil) {
				return
			}
		}
	}
}
