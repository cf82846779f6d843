package store

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"strconv"

	"github.com/klauspost/compress/zstd"
	bolt "go.etcd.io/bbolt"
)

// Each value is framed: CRC-32C of key, form and payload (4 bytes), form (1 byte), payload.
const frameSize = 5

const (
	formPlain = 0
	formZstd  = 1 // the payload is one zstd frame
)

// compressFrom is the size of a value from which compressing it is worth while.
const compressFrom = 1 << 10

// largestValue bounds what one value may unpack to, whatever its bytes say.
const largestValue = 256 << 20

func checksum(key, rest []byte) uint32 {
	table := crc32.MakeTable(crc32.Castagnoli) // made once by the library
	return crc32.Update(crc32.Checksum(key, table), table, rest)
}

// seal frames a payload given in parts.
func seal(key []byte, form byte, parts ...[]byte) []byte {
	n := frameSize
	for _, p := range parts {
		n += len(p)
	}
	v := make([]byte, frameSize, n)
	v[4] = form
	for _, p := range parts {
		v = append(v, p...)
	}
	binary.BigEndian.PutUint32(v, checksum(key, v[4:]))
	return v
}

// unseal checks a frame and gives its payload, which is part of v.
func unseal(bucket, key, v []byte) (form byte, payload []byte, err error) {
	if len(v) < frameSize {
		return 0, nil, damaged(bucket, key, "the value is cut")
	}
	if binary.BigEndian.Uint32(v) != checksum(key, v[4:]) {
		return 0, nil, damaged(bucket, key, "the checksum does not match")
	}
	return v[4], v[frameSize:], nil
}

// codec packs and unpacks; it is safe for concurrent use. It is never closed: without streams it holds nothing but
// memory, and a reader may still be at work on what it has read when the database closes.
type codec struct {
	enc *zstd.Encoder
	dec *zstd.Decoder
}

func newCodec() (*codec, error) {
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderCRC(false), zstd.WithWindowSize(1<<20), zstd.WithLowerEncoderMem(true))
	if err != nil {
		return nil, err
	}
	dec, err := zstd.NewReader(nil, zstd.WithDecoderMaxMemory(largestValue), zstd.WithDecoderConcurrency(0), zstd.WithDecoderLowmem(true))
	if err != nil {
		return nil, err
	}
	return &codec{enc, dec}, nil
}

func (c *codec) pack(b []byte) []byte { return c.enc.EncodeAll(b, nil) }

func (c *codec) unpack(b, into []byte) ([]byte, error) { return c.dec.DecodeAll(b, into) }

// packed is a marshalled value that waits for its key.
type packed struct {
	form byte
	data []byte
}

// marshal makes JSON of v and compresses it if it is large.
func (c *codec) marshal(v any) (packed, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return packed{}, err
	}
	if len(b) < compressFrom {
		return packed{formPlain, b}, nil
	}
	return packed{formZstd, c.pack(b)}, nil
}

// unmarshal reads what marshal made.
func (c *codec) unmarshal(bucket, key, value []byte, v any) error {
	form, b, err := unseal(bucket, key, value)
	if err != nil {
		return err
	}
	if form == formZstd {
		if b, err = c.unpack(b, nil); err != nil {
			return damaged(bucket, key, err.Error())
		}
	}
	if err := json.Unmarshal(b, v); err != nil {
		return damaged(bucket, key, err.Error())
	}
	return nil
}

// ErrDamaged is what every DamagedError is.
var ErrDamaged = errors.New("the database is damaged")

// DamagedError names a value that cannot be what was written.
type DamagedError struct {
	Bucket, Key string // "" where the damage is in the structure of the file
	Why         string
}

func (e *DamagedError) Error() string {
	if e.Bucket == "" {
		return fmt.Sprintf("%v: %s", ErrDamaged, e.Why)
	}
	return fmt.Sprintf("%v at %s/%s: %s", ErrDamaged, e.Bucket, e.Key, e.Why)
}

func (e *DamagedError) Unwrap() error { return ErrDamaged }

func damaged(bucket, key []byte, why string) error {
	return &DamagedError{string(bucket), printable(bucket, key), why}
}

// printable shows a key to people: numbers as such, the rest as text.
func printable(bucket, key []byte) string {
	switch string(bucket) {
	case string(bucketRecord), string(bucketWords), string(bucketPrints), string(bucketClues), string(bucketDropped), string(bucketDroppedPage), string(bucketAside):
		if len(key) == 8 {
			return strconv.FormatUint(numberOf(key), 10)
		}
	case string(bucketRevision), string(bucketPage), string(bucketCluster):
		if len(key) == 16 {
			return fmt.Sprintf("%d/%d", numberOf(key), numberOf(key[8:]))
		}
	case string(bucketInbox):
		if host, due, k, ok := splitInboxKey(key); ok {
			return fmt.Sprintf("%s/%d/%q", host, due, k)
		}
	}
	return fmt.Sprintf("%q", key)
}

// txn is one transaction with the means to read and write values in it.
type txn struct {
	*bolt.Tx
	*codec
	copies *copies // nil where nothing is placed
}

// filled gives a bucket whose keys come in order: its pages may be full, as nothing will come between them.
func (t txn) filled(bucket []byte) *bolt.Bucket {
	b := t.Bucket(bucket)
	b.FillPercent = 0.95
	return b
}

// get reads a JSON value into v; ok is false if there is none.
func (t txn) get(bucket, key []byte, v any) (ok bool, err error) {
	value := t.Bucket(bucket).Get(key)
	if value == nil {
		return false, nil
	}
	return true, t.unmarshal(bucket, key, value, v)
}

// put writes v as JSON.
func (t txn) put(bucket, key []byte, v any) error {
	p, err := t.marshal(v)
	if err != nil {
		return err
	}
	return t.putPacked(bucket, key, p)
}

func (t txn) putPacked(bucket, key []byte, p packed) error {
	return t.Bucket(bucket).Put(key, seal(key, p.form, p.data))
}

// number reads a value that is one number.
func (t txn) number(bucket, key []byte) (n uint64, ok bool, err error) {
	value := t.Bucket(bucket).Get(key)
	if value == nil {
		return 0, false, nil
	}
	_, b, err := unseal(bucket, key, value)
	if err != nil {
		return 0, false, err
	}
	if len(b) != 8 {
		return 0, false, damaged(bucket, key, "the value is not a number")
	}
	return numberOf(b), true, nil
}

func (t txn) putNumber(bucket, key []byte, n uint64) error {
	return t.Bucket(bucket).Put(key, seal(key, formPlain, numberKey(n)))
}
