package corpus

import (
	"context"
	"fmt"
	"io"
	"iter"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go"
	parquetzstd "github.com/parquet-go/parquet-go/compress/zstd"
)

// parquetForm is the version of the Parquet form, which the file's metadata tell as chapar.form. It rises when a column
// changes its name or type.
const parquetForm = "1"

// A row group is held in memory, compressed, until it is written.
const (
	parquetBatch      = 64       // rows that are handed over at once
	parquetGroupRows  = 20_000   // of a row group at most
	parquetGroupBytes = 16 << 20 // of text in a row group, after which the next begins
	parquetWindow     = 1 << 20  // of the compression, which sees a page at a time; most have a quarter of it
)

// row is a record as Parquet has it: the fields of the JSON form in its order. Times are microseconds since 1970; the
// library takes a time.Time only of the years 1678 to 2262.
type row struct {
	ID           string   `parquet:"id"`
	Number       int64    `parquet:"number"`
	URL          string   `parquet:"url"`
	CanonicalURL string   `parquet:"canonical_url"`
	Source       string   `parquet:"source,dict"`
	SourceName   string   `parquet:"source_name,dict"`
	AlsoIn       []string `parquet:"also_in,list"`
	Title        string   `parquet:"title"`
	Text         string   `parquet:"text"`
	Authors      []string `parquet:"authors,list"`
	Published    *int64   `parquet:"published,optional,timestamp(microsecond)"`
	Modified     *int64   `parquet:"modified,optional,timestamp(microsecond)"`
	DateFrom     string   `parquet:"date_from,dict"`
	FirstSeen    int64    `parquet:"first_seen,timestamp(microsecond)"`
	Fetched      int64    `parquet:"fetched,timestamp(microsecond)"`
	Language     string   `parquet:"language,dict"`
	Relevance    float64  `parquet:"relevance"`
	Topics       []string `parquet:"topics,list" parquet-element:",dict"`
	Places       []string `parquet:"places,list" parquet-element:",dict"`
	Reasons      []string `parquet:"reasons,list"`
	Cluster      string   `parquet:"cluster"`
	DuplicateOf  *string  `parquet:"duplicate_of,optional"`
	Overlap      float64  `parquet:"overlap"`
	Translation  *string  `parquet:"translation_of,optional"`
	Revision     int32    `parquet:"revision"`
	Cause        string   `parquet:"cause,dict"`
	TextFrom     string   `parquet:"text_from,dict"`
	SHA256       string   `parquet:"sha256"`
}

// set makes r the row of a record, with what the JSON form says: text is UTF-8, numbers are numbers, years have four
// digits.
func (w *row) set(r *Record) {
	*w = row{
		ID: asUTF8(r.ID), Number: int64(r.Number), URL: asUTF8(r.URL), CanonicalURL: asUTF8(r.CanonicalURL), Source: asUTF8(r.Source),
		SourceName: asUTF8(r.SourceName), AlsoIn: asUTF8List(r.AlsoIn), Title: asUTF8(r.Title), Text: asUTF8(r.Text), Authors: asUTF8List(r.Authors),
		Published: microMoment(r.Published), Modified: microMoment(r.Modified), DateFrom: asUTF8(r.DateFrom), FirstSeen: utc(r.FirstSeen).UnixMicro(), Fetched: utc(r.Fetched).UnixMicro(),
		Language: asUTF8(r.Language), Relevance: finite(r.Relevance), Topics: asUTF8List(r.Topics), Places: asUTF8List(r.Places),
		Reasons: asUTF8List(r.Reasons), Cluster: asUTF8(r.Cluster), DuplicateOf: asUTF8Optional(r.DuplicateOf), Overlap: finite(r.Overlap),
		Translation: asUTF8Optional(r.Translation), Revision: int32(r.Revision), Cause: asUTF8(r.Cause), TextFrom: asUTF8(r.TextFrom), SHA256: asUTF8(r.SHA256),
	}
}

func asUTF8List(list []string) []string {
	for i, s := range list {
		if w := asUTF8(s); w != s {
			list = append(append([]string{}, list[:i]...), list[i:]...) // the record's own stays as it is
			list[i] = w
		}
	}
	return list
}

func asUTF8Optional(s *string) *string {
	if s == nil {
		return nil
	}
	w := asUTF8(*s)
	return &w
}

func microMoment(t *time.Time) *int64 {
	u := utcMoment(t)
	if u == nil {
		return nil
	}
	micro := u.UnixMicro()
	return &micro
}

// pages compresses as the library's own codec does, with one encoder for all columns and a window that fits a page: its
// own has some of 16 MiB each.
type pages struct {
	parquetzstd.Codec
	encoder *zstd.Encoder
}

// Encode implements compress.Codec.
func (p *pages) Encode(dst, src []byte) ([]byte, error) {
	return p.encoder.EncodeAll(src, dst[:0]), nil
}

// writeParquet writes a Parquet file to w: pages in zstd, row groups of some ten megabytes.
func writeParquet(ctx context.Context, w io.Writer, records iter.Seq2[Record, error]) (sum Summary, err error) {
	encoder, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(parquetWindow), zstd.WithZeroFrames(true), zstd.WithEncoderCRC(false))
	if err != nil {
		return sum, cannotParquet(err)
	}
	defer encoder.Close()
	out := &counter{w: w}
	p := parquet.NewGenericWriter[row](out,
		parquet.Compression(&pages{encoder: encoder}),
		parquet.CreatedBy("chapar", parquetForm, ""),
		parquet.KeyValueMetadata("chapar.form", parquetForm),
		// The least and the greatest text help nobody and would stand there in full.
		parquet.SkipPageBounds("text"), parquet.SkipPageStatistics("text"),
	)
	rows := make([]row, 0, parquetBatch)
	groupRows, groupBytes := 0, 0
	flush := func() error {
		if _, err := p.Write(rows); err != nil {
			return err
		}
		rows = rows[:0]
		if groupRows < parquetGroupRows && groupBytes < parquetGroupBytes {
			return nil
		}
		groupRows, groupBytes = 0, 0
		return p.Flush()
	}
	for r, e := range records {
		if e == nil {
			e = ctx.Err()
		}
		if e != nil {
			return sum, e
		}
		rows = rows[:len(rows)+1]
		rows[len(rows)-1].set(&r)
		sum.Documents++
		groupRows++
		groupBytes += len(r.Title) + len(r.Text)
		if len(rows) == parquetBatch {
			if err := flush(); err != nil {
				return sum, cannotParquet(err)
			}
		}
	}
	if err = flush(); err == nil {
		err = p.Close()
	}
	sum.Bytes = out.n
	return sum, cannotParquet(err)
}

func cannotParquet(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("cannot write Parquet: %w", err)
}

// counter counts what is written.
type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	c.n += int64(n)
	return n, err
}
