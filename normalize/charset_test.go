package normalize

import (
	"strings"
	"testing"

	"golang.org/x/net/html/charset"
)

func TestDecode(t *testing.T) {
	const ru = "<p>В долине открылся новый пост речной стражи, дорогу размыло месяц назад.</p>"
	const kk = "<p>Алқапта өзен күзетінің жаңа бекеті ашылды, ауыл тұрғындары оны ұзақ күткен еді. Әкім мұны растады.</p>"
	const en = "<p>The café in the valley reopened – at last.</p>"
	encode := func(name, s string) []byte {
		t.Helper()
		enc, _ := charset.Lookup(name)
		b, err := enc.NewEncoder().Bytes([]byte(s))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	meta := func(cs string) string { return `<meta charset="` + cs + `">` }
	is := func(what string, body []byte, contentType, want string) {
		t.Helper()
		got, name := decode(body, contentType)
		if !strings.Contains(got, want) {
			t.Errorf("%s: read as %s: %.90q", what, name, got)
		}
	}
	for _, cs := range []string{"windows-1251", "koi8-r", "ibm866", "iso-8859-5", "x-mac-cyrillic"} {
		raw := encode(cs, ru)
		is(cs+" undeclared", raw, "", ru)
		is(cs+" in the header", raw, "text/html; charset="+cs, ru)
		is(cs+" in the document", append([]byte(meta(cs)), raw...), "text/html", ru)
		is(cs+" called latin", raw, "text/html; charset=iso-8859-1", ru)
		is(cs+" called utf-8", raw, "text/html; charset=utf-8", ru)
	}
	is("koi8-r called windows-1251", encode("koi8-r", ru), "text/html; charset=windows-1251", ru)
	is("utf-8 called windows-1251", []byte(meta("windows-1251")+ru), "text/html; charset=windows-1251", ru)
	is("utf-8 with a mark", []byte("\ufeff"+ru), "", ru)
	is("utf-8 with a stray byte", []byte(ru+ru+"\xff"), "", ru)
	is("utf-8 cut in a letter", []byte(ru + "д")[:len(ru)+1], "", ru)
	is("utf-16le with a mark", encode("utf-16le", "\ufeff"+ru), "", ru)
	is("utf-16be with a mark", encode("utf-16be", "\ufeff"+ru), "text/html; charset=utf-8", ru)
	is("utf-16le bare", encode("utf-16le", "<html><head><title>Post</title></head><body>"+ru), "", ru)
	is("windows-1252 undeclared", encode("windows-1252", en), "", en)
	is("windows-1252 called iso-8859-1", encode("windows-1252", en), "text/html; charset=ISO-8859-1", en)
	is("unknown label", encode("windows-1251", ru), "text/html; charset=x-klingon", ru)
	is("gb18030 undeclared", encode("gb18030", "<p>河谷新哨所星期一启用,一个月前洪水冲毁了道路。</p>"), "", "河谷新哨所")

	kz := []byte(encode("windows-1251", strings.NewReplacer("Қ", "Ќ", "қ", "ќ", "Ұ", "Ў", "ұ", "ў", "Ә", "Ј", "Ө", "Ґ", "ө", "ґ", "Ғ", "Є", "ғ", "є",
		"Ү", "Ї", "ү", "ї", "ә", "ј", "Ң", "Ѕ", "ң", "ѕ").Replace(kk)))
	is("kz-1048 declared", kz, "text/html; charset=kz-1048", kk)
	is("kz-1048 called windows-1251", kz, "text/html; charset=windows-1251", kk)
}
