package store

import (
	"encoding/binary"
	"encoding/json"
	"net/http"
	"time"

	"chapar/fetcher"
	"chapar/store/corpus"
)

// A kept page: when it was fetched (a stamp, 8 bytes), length of its head (uvarint), head (JSON), body (zstd). The time
// stands first so that old pages are found without unpacking. The head also has the entry that led to the page, without
// its texts: normalizing again needs what it said of title, date and authors.

// pageHead is a page without its body.
type pageHead struct {
	URL     string      `json:"url"`
	Final   string      `json:"final"`
	Status  int         `json:"status"`
	Header  http.Header `json:"header"`
	Whole   bool        `json:"whole"`
	Fetched time.Time   `json:"fetched"`

	Entry *fetcher.Entry `json:"entry,omitempty"` // nil in pages that were kept before it was noted
}

func (c *codec) packPage(p fetcher.Page, e fetcher.Entry) ([]byte, error) {
	e.Summary, e.Content = "", ""
	head, err := json.Marshal(pageHead{p.URL, p.Final, p.Status, p.Header, p.Whole, p.Fetched.UTC(), &e})
	if err != nil {
		return nil, err
	}
	b := binary.BigEndian.AppendUint64(nil, stamp(p.Fetched))
	b = binary.AppendUvarint(b, uint64(len(head)))
	b = append(b, head...)
	return c.enc.EncodeAll(p.Body, b), nil
}

func (c *codec) unpackPage(bucket, key, v []byte) (fetcher.Page, *fetcher.Entry, error) {
	_, b, err := unseal(bucket, key, v)
	if err != nil {
		return fetcher.Page{}, nil, err
	}
	if len(b) < 8 {
		return fetcher.Page{}, nil, damaged(bucket, key, "the page is cut")
	}
	b = b[8:]
	n, size := binary.Uvarint(b)
	if size <= 0 || n > uint64(len(b)-size) {
		return fetcher.Page{}, nil, damaged(bucket, key, "the head of the page is cut")
	}
	b = b[size:]
	var h pageHead
	if err := json.Unmarshal(b[:n], &h); err != nil {
		return fetcher.Page{}, nil, damaged(bucket, key, err.Error())
	}
	body, err := c.unpack(b[n:], nil)
	if err != nil {
		return fetcher.Page{}, nil, damaged(bucket, key, err.Error())
	}
	return fetcher.Page{URL: h.URL, Final: h.Final, Status: h.Status, Header: h.Header, Body: body, Whole: h.Whole, Fetched: h.Fetched}, h.Entry, nil
}

// putPage keeps the page that the newest revision of a record was made from.
func (t txn) putPage(r corpus.Record, packed []byte) error {
	key := pairKey(uint64(r.Number), uint64(r.Revision))
	return t.filled(bucketPage).Put(key, seal(key, formPlain, packed))
}

// fetchedOf reads when a kept page was fetched, without checking the rest.
func fetchedOf(v []byte) (uint64, bool) {
	if len(v) < frameSize+8 {
		return 0, false
	}
	return binary.BigEndian.Uint64(v[frameSize:]), true
}
