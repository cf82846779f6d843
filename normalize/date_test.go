package normalize

import (
	"testing"
	"time"
)

func TestParseDate(t *testing.T) {
	seen := time.Date(2026, 3, 10, 8, 0, 0, 0, time.UTC)
	read := func(in, want string, zoned bool) {
		t.Helper()
		m, ok := ParseDate(in, almaty, seen)
		got := "none"
		if ok {
			got = m.Time.UTC().Format("2006-01-02 15:04:05")
		}
		if got != want || m.Zoned != zoned {
			t.Errorf("ParseDate(%q) = %s zoned %v, want %s %v", in, got, m.Zoned, want, zoned)
		}
	}
	const zoned, local = true, false

	read("2026-03-02T09:30:00+05:00", "2026-03-02 04:30:00", zoned)
	read("2026-03-02T09:30:00.123Z", "2026-03-02 09:30:00", zoned)
	read("2026-03-02T09:30:00.123456+0600", "2026-03-02 03:30:00", zoned)
	read("2026-03-02T09:30", "2026-03-02 04:30:00", local)
	read("2026-03-02 09:30:15", "2026-03-02 04:30:15", local)
	read("2026-03-02 09:30:15 +0300", "2026-03-02 06:30:15", zoned)
	read("2026-03-02", "2026-03-01 19:00:00", local)
	read("20260302", "2026-03-01 19:00:00", local)
	read("20260302T093000Z", "2026-03-02 09:30:00", zoned)
	read("20260302093000", "2026-03-02 04:30:00", local)
	read("2026/03/02 09:30", "2026-03-02 04:30:00", local)
	read("1772443800", "2026-03-02 09:30:00", zoned)
	read("1772443800000", "2026-03-02 09:30:00", zoned)
	read("Mon, 02 Mar 2026 09:30:00 GMT", "2026-03-02 09:30:00", zoned)
	read("Mon, 02 Mar 2026 09:30:00 +0500", "2026-03-02 04:30:00", zoned)
	read("Mon, 2 Mar 26 09:30 EST", "2026-03-02 14:30:00", zoned)
	read("Mon Mar  2 09:30:00 MSK 2026", "2026-03-02 06:30:00", zoned)
	read("Mon Mar  2 09:30:00 2026", "2026-03-02 04:30:00", local)
	read("02.03.2026 09:30", "2026-03-02 04:30:00", local)
	read("02.03.2026, 09:30 (МСК)", "2026-03-02 06:30:00", zoned)
	read("02.03.26", "2026-03-01 19:00:00", local)
	read("2/3/2026", "2026-03-01 19:00:00", local)
	read("3/25/2026 2:15 PM", "2026-03-25 09:15:00", local)
	read("3/2/2026 2:15 PM", "2026-03-02 09:15:00", local)
	read("09:30 02.03.2026", "2026-03-02 04:30:00", local)
	read("09:30, 2 марта 2026", "2026-03-02 04:30:00", local)
	read("2 марта 2026 г., 09:30", "2026-03-02 04:30:00", local)
	read("Опубликовано: 2 марта 2026 года в 09:30 по Москве", "2026-03-02 06:30:00", zoned)
	read("понедельник, 2 марта", "2026-03-01 19:00:00", local)
	read("12 декабря, 18:05", "2025-12-12 13:05:00", local)
	read("2 мар 2026", "2026-03-01 19:00:00", local)
	read("1 мая 2025", "2025-04-30 19:00:00", local)
	read("2026 жылғы 2 наурыз, 09:30", "2026-03-02 04:30:00", local)
	read("2 Наурыз 2026, 09:30", "2026-03-02 04:30:00", local)
	read("02 Қаңтар, 2026 09:30", "2026-01-02 04:30:00", local)
	read("2 naýryz 2026", "2026-03-01 19:00:00", local)
	read("2-март, 2026-жыл 09:30", "2026-03-02 04:30:00", local)
	read("2026-жылдын 2-марты", "2026-03-01 19:00:00", local)
	read("2026-yil 2-mart, 09:30", "2026-03-02 04:30:00", local)
	read("2-mart 2026", "2026-03-01 19:00:00", local)
	read("2 сентябр 2025", "2025-09-01 19:00:00", local)
	read("2 сентябри соли 2025", "2025-09-01 19:00:00", local)
	read("2 ýanwar 2026", "2026-01-01 19:00:00", local)
	read("2 березня 2026, 09:30", "2026-03-02 04:30:00", local)
	read("2 Mart 2026 09:30", "2026-03-02 04:30:00", local)
	read("2. März 2026, 9.30 Uhr", "2026-03-02 04:30:00", local)
	read("2 août 2025 à 9h30", "2025-08-02 04:30:00", local)
	read("2 de marzo de 2026", "2026-03-01 19:00:00", local)
	read("March 2, 2026 9:30 p.m. EST", "2026-03-03 02:30:00", zoned)
	read("Updated March 2nd, 2026", "2026-03-01 19:00:00", local)
	read("2nd of March 2026", "2026-03-01 19:00:00", local)
	read("2026年3月2日 09:30", "2026-03-02 04:30:00", local)
	read("2 March 2026, 09:30 UTC+6", "2026-03-02 03:30:00", zoned)
	read("2 March 2026, 09:30 ALMT", "2026-03-02 04:30:00", zoned)
	read("2 March 2023, 09:30 ALMT", "2023-03-02 03:30:00", zoned)
	read("2 March 2026 09:30 UZT", "2026-03-02 04:30:00", zoned)
	read("сегодня, 09:30", "2026-03-10 04:30:00", local)
	read("Вчера в 23:15", "2026-03-09 18:15:00", local)
	read("Бүгін, 09:30", "2026-03-10 04:30:00", local)
	read("Кеше 23:15", "2026-03-09 18:15:00", local)
	read("yesterday at 11:15 pm", "2026-03-09 18:15:00", local)
	read("2 hours ago", "2026-03-10 06:00:00", zoned)
	read("5 минут назад", "2026-03-10 07:55:00", zoned)

	for _, none := range []string{"", "no date here", "12:30", "31.02.2026", "99.99.2026", "2026", "tel. 8 727 250 10 10", "Просмотров: 1245", "2026-13-40", "192.168.10.20"} {
		read(none, "none", local)
	}
}

func TestParseDateWithoutSeen(t *testing.T) {
	for _, s := range []string{"today, 09:30", "2 марта", "5 minutes ago"} {
		if m, ok := ParseDate(s, nil, time.Time{}); ok {
			t.Errorf("ParseDate(%q) without a time of sight = %v, want none", s, m.Time)
		}
	}
}

func FuzzDate(f *testing.F) {
	for _, s := range []string{"2026-03-02T09:30:00+05:00", "Mon, 02 Mar 2026 09:30:00 GMT", "2 наурыз 2026, 09:30", "Вчера в 23:15", "2026年3月2日", "3/25/26 2:15 PM", "1772443800"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		m, ok := ParseDate(s, almaty, time.Date(2026, 3, 10, 8, 0, 0, 0, time.UTC))
		if ok && (m.Time.Year() < 1899 || m.Time.Year() > 2201) {
			t.Fatalf("ParseDate(%q) = %v: out of bounds", s, m.Time)
		}
	})
}
