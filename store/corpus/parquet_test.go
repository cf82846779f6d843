package corpus

import (
	"bytes"
	"reflect"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"
)

// TestParquet holds that Parquet says what JSON Lines say, times to the microsecond, and that the same records give the
// same bytes.
func TestParquet(t *testing.T) {
	records := append(randomRecords(2, 3000), sample(3)...)
	var b, again bytes.Buffer
	sum, err := Stream(t.Context(), &b, Parquet, all(records))
	if err != nil {
		t.Fatal(err)
	}
	if sum.Documents != len(records) || int(sum.Bytes) != b.Len() {
		t.Errorf("summary %+v of %d records in %d bytes", sum, len(records), b.Len())
	}
	if _, err := Stream(t.Context(), &again, Parquet, all(records)); err != nil || !bytes.Equal(b.Bytes(), again.Bytes()) {
		t.Errorf("two files of the same records differ (%v)", err)
	}
	file, err := parquet.OpenFile(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	if form, ok := file.Lookup("chapar.form"); !ok || form != parquetForm {
		t.Errorf("the file is of form %q", form)
	}
	rows, err := parquet.Read[row](bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != len(records) {
		t.Fatalf("%d rows of %d records", len(rows), len(records))
	}
	for i := range rows {
		read, err := parseLine(AppendJSON(nil, &records[i]))
		if err != nil {
			t.Fatal(err)
		}
		read.fill()
		got, want := reflect.ValueOf(rows[i].record()), reflect.ValueOf(micro(read))
		for f := range got.NumField() {
			if !reflect.DeepEqual(got.Field(f).Interface(), want.Field(f).Interface()) {
				t.Fatalf("row %d: %s reads as %.500q, want %.500q", i, got.Type().Field(f).Name, got.Field(f).Interface(), want.Field(f).Interface())
			}
		}
	}
}

// record is the record of a row as a reader has it.
func (w *row) record() Record {
	r := Record{ID: w.ID, Number: int(w.Number), URL: w.URL, CanonicalURL: w.CanonicalURL, Source: w.Source, SourceName: w.SourceName, AlsoIn: w.AlsoIn,
		Title: w.Title, Text: w.Text, Authors: w.Authors, DateFrom: w.DateFrom, FirstSeen: time.UnixMicro(w.FirstSeen), Fetched: time.UnixMicro(w.Fetched), Language: w.Language, Relevance: w.Relevance, Topics: w.Topics, Places: w.Places, Reasons: w.Reasons, Cluster: w.Cluster,
		DuplicateOf: w.DuplicateOf, Overlap: w.Overlap, Translation: w.Translation, Revision: int(w.Revision), Cause: w.Cause, TextFrom: w.TextFrom, SHA256: w.SHA256}
	for from, to := range map[*int64]**time.Time{w.Published: &r.Published, w.Modified: &r.Modified} {
		if from != nil {
			at := time.UnixMicro(*from)
			*to = &at
		}
	}
	r.fill()
	return micro(r)
}

// micro gives a record with its times in UTC and in whole microseconds.
func micro(r Record) Record {
	for _, t := range []*time.Time{&r.FirstSeen, &r.Fetched} {
		*t = time.UnixMicro(t.UnixMicro()).UTC()
	}
	for _, t := range []**time.Time{&r.Published, &r.Modified} {
		if *t != nil {
			whole := time.UnixMicro((*t).UnixMicro()).UTC()
			*t = &whole
		}
	}
	return r
}

// TestParquetGroups: no row group holds much more text than it may, and none of the groups is lost.
func TestParquetGroups(t *testing.T) {
	const n = 6000
	var b bytes.Buffer
	if _, err := Stream(t.Context(), &b, Parquet, benchmarkRecords(n)); err != nil {
		t.Fatal(err)
	}
	file, err := parquet.OpenFile(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	rows := int64(0)
	for _, g := range file.RowGroups() {
		rows += g.NumRows()
	}
	if groups := len(file.RowGroups()); rows != n || groups != 2 {
		t.Errorf("%d rows in %d groups, want %d in 2", rows, groups, n)
	}
}
