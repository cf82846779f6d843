package normalize

import (
	"strings"
	"testing"
)

func TestEssence(t *testing.T) {
	base := opening + "\n\n" + closing
	want := Essence(headline, base)
	if len(want) != 32 || strings.Trim(want, "0123456789abcdef") != "" {
		t.Fatalf("not 16 bytes in hexadecimal: %q", want)
	}
	for _, line := range []string{
		"Views: 1234", "1,234 views", "Просмотров: 12", "12 просмотров", "Переглядів: 7", "Қаралды: 5", "Көрүлдү: 5", "Ko‘rildi: 5", "Кўрилди: 5", "Görüntülenme: 3", "Comments: 4", "3 comments", "4 комментария", "Комментарии (7)", "12 пікір", "Пікірлер: 12",
		"5 minutes ago", "an hour ago", "updated 3 hours ago", "Updated: 3 hours ago", "5 минут назад", "обновлено 2 часа назад", "5 минут бұрын", "3 сағат бұрын", "5 мүнөт мурун", "5 daqiqa oldin", "5 дақиқа олдин", "5 minut öň", "5 dakika önce", "vor 5 Minuten", "5 хвилин тому",
		"14:35", "21.11.2026, 14:35", "Monday, 21 November 2026 14:35", "5 minutes ago | Views: 12 | 3 comments", "1.2K views • 5 minutes ago",
	} {
		if !isNoise(line) && !isClock(line) {
			t.Errorf("%q is not known as noise", line)
		}
		if Essence(headline, line+"\n\n"+base) != want || Essence(headline, base+"\n\n"+line) != want {
			t.Errorf("%q makes a difference", line)
		}
	}
	for _, c := range []struct{ a, b string }{
		{"Anna Aqtash, 5 minutes ago", "Anna Aqtash, 2 hours ago"},
		{"Anna Aqtash | Views: 12", "Anna Aqtash | Views: 1 512"},
		{"Опубликовано 5 минут назад, Кумсай", "Опубликовано 3 часа назад, Кумсай"},
		{opening + " Views: 12", opening + " Views: 13"},
		{opening + " Просмотров: 12", opening + " Просмотров: 1 013"},
		{"“Go,” he said — and went…", "\"Go,\" he said - and went..."},
		{"It’s Qumsay–Aqtash", "It's Qumsay - Aqtash"},
		{"o‘zbek", "oʻzbek"},
		{"a\u00a0b   c", "a b c"},
		{"THE EXERCISE ENDED", "The exercise ended"},
		{"Учёные «Кумсая»", "УЧЕНЫЕ “Кумсая”"},
	} {
		if Essence(headline, base+"\n\n"+c.a) != Essence(headline, base+"\n\n"+c.b) {
			t.Errorf("%q and %q differ", c.a, c.b)
		}
	}
	for _, c := range []struct{ a, b string }{
		{"The attack killed 3 soldiers.", "The attack killed 4 soldiers."},
		{"При взрыве погибли 3 человека.", "При взрыве погибли 4 человека."},
		{"Жарылыстан 3 адам қаза тапты.", "Жарылыстан 4 адам қаза тапты."},
		{"The clip had 1200 views before it was removed, the ministry of the steppe republic said.", "The clip had 1300 views before it was removed, the ministry of the steppe republic said."},
		{"At night it is -5 degrees", "At night it is 5 degrees"},
		{"It cost 1.5 million", "It cost 15 million"},
		{"He was seen 5 years ago in the mountains with two others, the court heard.", "He was seen 6 years ago in the mountains with two others, the court heard."},
		{"The minister denied it.", "The minister confirmed it."},
		{"o‘n", "on"},
		{"3-5 May", "3-6 May"},
		{"Casualties: 3", "Casualties: 4"},
		{"Killed: 3, wounded: 12", "Killed: 4, wounded: 12"},
		{"Погибших: 3", "Погибших: 4"},
		{"They voted 12 to 3", "They voted 12 to 4"},
		{"Votes: 1234", "Votes: 1300"},
		{"Mine shares: 12", "Mine shares: 13"},
		{"Turnout was 34 per cent", "Turnout was 43 per cent"},
	} {
		if Essence(headline, base+"\n\n"+c.a) == Essence(headline, base+"\n\n"+c.b) {
			t.Errorf("%q and %q are taken for one", c.a, c.b)
		}
	}
	if Essence("a", "b") == Essence("b", "a") || Essence("a b", "") == Essence("a", "b") {
		t.Error("title and text are confused")
	}
	if Essence(headline, opening+"\n\n"+closing) != Essence(headline, opening+" "+closing) {
		t.Error("where a paragraph ends makes a difference")
	}
}
