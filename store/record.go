package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"slices"

	"chapar/normalize"
	"chapar/normalize/dedup"
	"chapar/store/corpus"
)

// stored is what record/ and revision/ hold besides the text, which stands packed behind it in the same value:
// length of the metadata (uvarint), metadata (JSON), text (zstd).
type stored struct {
	Record     corpus.Record       `json:"record"` // without its text; it stays first, see shown
	Key        string              `json:"key"`    // in seen/
	Essence    string              `json:"essence"`
	Place      uint64              `json:"place,omitempty"` // in the order in which all revisions came: that of prints/; 0 if it was not noted
	Normalizer int                 `json:"normalizer,omitempty"`
	Notes      []string            `json:"notes,omitempty"`
	Removed    []normalize.Removed `json:"removed,omitempty"`
	Whole      string              `json:"whole,omitempty"`     // essence with what was removed; "" where nothing was
	Confirmed  bool                `json:"confirmed,omitempty"` // the text is the feed's; its page says the same, noise aside
	Lost       int                 `json:"lost,omitempty"`      // earlier revisions that a damaged database did not give back
}

// alsoIn adds a source that led to the record; false if that was known.
func (s *stored) alsoIn(source string) bool {
	if source == "" || source == s.Record.Source || slices.Contains(s.Record.AlsoIn, source) {
		return false
	}
	s.Record.AlsoIn = append(s.Record.AlsoIn, source)
	return true
}

// splitRecord takes a value of record/ or revision/ apart. The parts are pieces of v.
func splitRecord(bucket, key, v []byte) (meta, text []byte, err error) {
	_, b, err := unseal(bucket, key, v)
	if err != nil {
		return nil, nil, err
	}
	n, size := binary.Uvarint(b)
	if size <= 0 || n > uint64(len(b)-size) {
		return nil, nil, damaged(bucket, key, "the metadata is cut")
	}
	b = b[size:]
	return b[:n], b[n:], nil
}

// readRecord reads the metadata of a value and gives the packed text.
func readRecord(bucket, key, v []byte) (s stored, text []byte, err error) {
	meta, text, err := splitRecord(bucket, key, v)
	if err != nil {
		return stored{}, nil, err
	}
	if err := json.Unmarshal(meta, &s); err != nil {
		return stored{}, nil, damaged(bucket, key, err.Error())
	}
	return s, text, nil
}

const recordStart = `{"record":` // of the metadata

// shown reads of a value what others see, and gives the packed text. The record comes first in the metadata, which
// saves reading the rest.
func shown(bucket, key, v []byte) (r corpus.Record, text []byte, err error) {
	meta, text, err := splitRecord(bucket, key, v)
	if err != nil {
		return corpus.Record{}, nil, err
	}
	if b, ok := bytes.CutPrefix(meta, []byte(recordStart)); ok {
		if r, _, ok := corpus.ParsePrefix(b); ok {
			return r, text, nil
		}
	}
	s, text, err := readRecord(bucket, key, v)
	return s.Record, text, err
}

// whole reads a value with its text. buf is room for unpacking; it comes back, perhaps larger.
func (c *codec) whole(bucket, key, v, buf []byte) (stored, []byte, error) {
	s, text, err := readRecord(bucket, key, v)
	if err != nil {
		return stored{}, buf, err
	}
	buf, err = c.unpack(text, buf[:0])
	if err != nil {
		return stored{}, buf, damaged(bucket, key, err.Error())
	}
	s.Record.Text = string(buf)
	return s, buf, nil
}

// record reads the newest revision of a record and gives its packed text.
func (t txn) record(n uint64) (s stored, text []byte, err error) {
	key := numberKey(n)
	v := t.Bucket(bucketRecord).Get(key)
	if v == nil {
		return stored{}, nil, damaged(bucketRecord, key, "the record is missing")
	}
	return readRecord(bucketRecord, key, v)
}

// putRecord writes the newest revision of a record. text is packed.
func (t txn) putRecord(s stored, text []byte) error {
	return t.putStored(bucketRecord, numberKey(uint64(s.Record.Number)), s, text)
}

func (t txn) putStored(bucket, key []byte, s stored, text []byte) error {
	s.Record.Text = ""
	if t.copies != nil {
		t.copies.texts.forget(dedup.Ref(s.Record.Number))
	}
	meta, err := json.Marshal(s)
	if err != nil {
		return err
	}
	return t.filled(bucket).Put(key, seal(key, formPlain, binary.AppendUvarint(nil, uint64(len(meta))), meta, text))
}

func sha256Of(r corpus.Record) string {
	sum := sha256.Sum256(r.TXT())
	return hex.EncodeToString(sum[:])
}
