package corpus

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// The CSV form is that of RFC 4180 in UTF-8: a line of names, then one row a record, with the fields of the JSON Lines
// record in its order; CR LF ends a row. Lists are JSON arrays, times are RFC 3339, a null is an empty cell.
//
// A cell of text that a spreadsheet would take for a formula gets an apostrophe before it. So does one that begins with
// an apostrophe, so that a reader who takes one leading apostrophe off each cell of text has what was there.

// csvHeader is the first line. It names the fields of the JSON form, in its order.
const csvHeader = "id,number,url,canonical_url,source,source_name,also_in,title,text,authors,published,modified,date_from,first_seen,fetched," +
	"language,relevance,topics,places,reasons,cluster,duplicate_of,overlap,translation_of,revision,cause,text_from,sha256\r\n"

// appendCSV appends the row of a record with the end of its line.
func appendCSV(dst []byte, r *Record) []byte {
	dst = append(appendCell(dst, r.ID), ',')
	dst = append(strconv.AppendInt(dst, int64(r.Number), 10), ',')
	for _, s := range [...]string{r.URL, r.CanonicalURL, r.Source, r.SourceName} {
		dst = append(appendCell(dst, s), ',')
	}
	dst = append(appendCellList(dst, r.AlsoIn), ',')
	dst = append(appendCell(dst, r.Title), ',')
	dst = append(appendCell(dst, r.Text), ',')
	dst = append(appendCellList(dst, r.Authors), ',')
	dst = append(appendCellMoment(dst, r.Published), ',')
	dst = append(appendCellMoment(dst, r.Modified), ',')
	dst = append(appendCell(dst, r.DateFrom), ',')
	dst = append(appendCellTime(dst, r.FirstSeen), ',')
	dst = append(appendCellTime(dst, r.Fetched), ',')
	dst = append(appendCell(dst, r.Language), ',')
	dst = append(appendFloat(dst, r.Relevance), ',')
	for _, list := range [...][]string{r.Topics, r.Places, r.Reasons} {
		dst = append(appendCellList(dst, list), ',')
	}
	dst = append(appendCell(dst, r.Cluster), ',')
	dst = append(appendCellOptional(dst, r.DuplicateOf), ',')
	dst = append(appendFloat(dst, r.Overlap), ',')
	dst = append(appendCellOptional(dst, r.Translation), ',')
	dst = append(strconv.AppendInt(dst, int64(r.Revision), 10), ',')
	dst = append(appendCell(dst, r.Cause), ',')
	dst = append(appendCell(dst, r.TextFrom), ',')
	return append(appendCell(dst, r.SHA256), '\r', '\n')
}

// appendCell appends text, guarded and quoted where that is needed.
func appendCell(dst []byte, s string) []byte {
	s = asUTF8(s)
	guard := formula(s)
	if !guard && !strings.ContainsAny(s, ",\"\r\n") && strings.Trim(s, " ") == s {
		return append(dst, s...)
	}
	dst = append(dst, '"')
	if guard {
		dst = append(dst, '\'')
	}
	for {
		before, after, found := strings.Cut(s, `"`)
		dst = append(dst, before...)
		if !found {
			return append(dst, '"')
		}
		dst = append(dst, `""`...)
		s = after
	}
}

// formula says whether a spreadsheet could take text for a formula, or its first sign for a guard. The wide signs are
// taken so by those that are set to Chinese, Japanese or Korean.
func formula(s string) bool {
	first, _ := utf8.DecodeRuneInString(s)
	return s != "" && strings.ContainsRune("=+-@\t\r\n'＝＋－＠", first)
}

func appendCellOptional(dst []byte, s *string) []byte {
	if s == nil {
		return dst
	}
	return appendCell(dst, *s)
}

// appendCellList appends a JSON array, in which each quotation mark is doubled.
func appendCellList(dst []byte, list []string) []byte {
	if len(list) == 0 {
		return append(dst, "[]"...)
	}
	return appendCell(dst, string(appendList(nil, list)))
}

func appendCellMoment(dst []byte, t *time.Time) []byte {
	if t == nil || !expressible(*t) {
		return dst
	}
	return appendCellTime(dst, *t)
}

func appendCellTime(dst []byte, t time.Time) []byte {
	if !expressible(t) {
		t = time.Time{}
	}
	return t.AppendFormat(dst, time.RFC3339Nano)
}

// asUTF8 gives UTF-8: each byte that is none becomes U+FFFD, as in the JSON form.
func asUTF8(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return string([]rune(s))
}
