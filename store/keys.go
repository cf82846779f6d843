package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"time"
)

var (
	bucketMeta        = []byte("meta")
	bucketState       = []byte("state")
	bucketEvent       = []byte("event")
	bucketHost        = []byte("host")
	bucketSeen        = []byte("seen")
	bucketInbox       = []byte("inbox")
	bucketRecord      = []byte("record")
	bucketRevision    = []byte("revision")
	bucketID          = []byte("id")
	bucketPrints      = []byte("prints")
	bucketClues       = []byte("clues")
	bucketCluster     = []byte("cluster")
	bucketWords       = []byte("words")
	bucketPage        = []byte("page")
	bucketDropped     = []byte("dropped")
	bucketDroppedPage = []byte("dropped-page")
	bucketAside       = []byte("aside")
)

var (
	keyFormat  = []byte("format")
	keyCreated = []byte("created")
	keyNext    = []byte("next")
	keySpent   = []byte("spent")

	robotsPrefix = []byte("robots:")
	yieldPrefix  = []byte("yield:")
)

// yieldKey is where it stands what the articles of a source came to.
func yieldKey(source string) []byte { return append(bytes.Clone(yieldPrefix), source...) }

// robotsKey is where the robots.txt of an origin stands.
func robotsKey(origin string) []byte { return append(bytes.Clone(robotsPrefix), origin...) }

// buckets are those without which a database is damaged. prints/ and clues/ are none of them: they are made of the others.
func buckets() [][]byte {
	return [][]byte{
		bucketMeta, bucketState, bucketEvent, bucketHost, bucketSeen, bucketInbox, bucketRecord, bucketRevision,
		bucketID, bucketCluster, bucketWords, bucketPage, bucketDropped, bucketDroppedPage, bucketAside,
	}
}

// numberKey is the key of a record, and of a place in dropped/ and aside/.
func numberKey(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

func numberOf(key []byte) uint64 { return binary.BigEndian.Uint64(key) }

// pairKey is the key of a revision or its page (number, revision) and of a copy (number of the first, number).
func pairKey(a, b uint64) []byte { return binary.BigEndian.AppendUint64(numberKey(a), b) }

// inboxKey sorts the jobs of a host by when they are due.
func inboxKey(host string, due uint64, key string) []byte {
	k := make([]byte, 0, len(host)+1+8+len(key))
	k = append(append(k, host...), 0)
	return append(binary.BigEndian.AppendUint64(k, due), key...)
}

// splitInboxKey takes an inboxKey apart; ok is false if it is none.
func splitInboxKey(k []byte) (host string, due uint64, key string, ok bool) {
	i := bytes.IndexByte(k, 0)
	if i < 0 || len(k) < i+9 {
		return "", 0, "", false
	}
	return string(k[:i]), binary.BigEndian.Uint64(k[i+1:]), string(k[i+9:]), true
}

// stamp is a time as part of a key. Times before 1970, the zero time among them, come first; those after 2262 last.
func stamp(t time.Time) uint64 {
	switch sec := t.Unix(); {
	case sec < 0:
		return 0
	case sec > 9_000_000_000:
		return 9_000_000_000_000_000_000
	}
	return uint64(t.UnixNano())
}

// longestKey is far below what bbolt takes and above any honest address.
const longestKey = 2 << 10

// shortened makes a key of any string.
func shortened(s string) string {
	if len(s) <= longestKey {
		return s
	}
	sum := sha256.Sum256([]byte(s))
	return s[:longestKey-2*len(sum)] + hex.EncodeToString(sum[:])
}

// idOf is the id of what is known by s: its canonical URL or its clean bytes.
func idOf(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:8])
}

// idPrefix begins the key of a record that has no URL.
const idPrefix = "id:"
