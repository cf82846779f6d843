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
	return c.enc.EncodeAll(p.Body, headed(stamp(p.Fetched), head)), nil
}

// headed is a packed page up to its body.
func headed(fetched uint64, head []byte) []byte {
	b := binary.BigEndian.AppendUint64(nil, fetched)
	b = binary.AppendUvarint(b, uint64(len(head)))
	return append(b, head...)
}

// splitPage parts a kept page into its head and its packed body.
func splitPage(bucket, key, v []byte) (head, body []byte, err error) {
	_, b, err := unseal(bucket, key, v)
	if err != nil {
		return nil, nil, err
	}
	if len(b) < 8 {
		return nil, nil, damaged(bucket, key, "the page is cut")
	}
	b = b[8:]
	n, size := binary.Uvarint(b)
	if size <= 0 || n > uint64(len(b)-size) {
		return nil, nil, damaged(bucket, key, "the head of the page is cut")
	}
	return b[size : size+int(n)], b[size+int(n):], nil
}

func (c *codec) unpackPage(bucket, key, v []byte) (fetcher.Page, *fetcher.Entry, error) {
	head, packed, err := splitPage(bucket, key, v)
	if err != nil {
		return fetcher.Page{}, nil, err
	}
	var h pageHead
	if err := json.Unmarshal(head, &h); err != nil {
		return fetcher.Page{}, nil, damaged(bucket, key, err.Error())
	}
	body, err := c.unpack(packed, nil)
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
