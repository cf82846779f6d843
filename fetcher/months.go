package fetcher

import (
	"strings"
	"unicode/utf8"
)

// monthOf gives the number of a month by its lower-case name in one of the languages of [monthNames], 0 for another
// word. Endings that a language hangs on its months ("қарашада", "ноябри") do not matter.
func monthOf(word string) int {
	if m, ok := monthNames[word]; ok {
		return m
	}
	const stem, ending = 5, 4 // letters
	n := utf8.RuneCountInString(word)
	if n <= stem {
		return 0
	}
	for cut := 1; cut <= ending && n-cut >= stem; cut++ {
		_, size := utf8.DecodeLastRuneInString(word)
		word = word[:len(word)-size]
		if m, ok := monthNames[word]; ok {
			return m
		}
	}
	return 0
}

// monthNames holds the months by every name that feeds and pages give them.
var monthNames = func() map[string]int {
	names := make(map[string]int, 500)
	for _, line := range monthWords {
		m := 0
		for month := range strings.SplitSeq(line, ";") {
			m++
			for name := range strings.FieldsSeq(month) {
				names[name] = m
			}
		}
	}
	return names
}()

// monthWords has one line for each language or script; twelve months, their forms parted by blanks. Of names in
// two words the first is enough.
var monthWords = []string{
	"january jan;february feb;march mar;april apr;may;june jun;july jul;august aug;september sep sept;october oct;november nov;december dec",
	"январь января янв;февраль февраля фев февр;март марта мар;апрель апреля апр;май мая;июнь июня июн;июль июля июл;август августа авг;сентябрь сентября сен сент;октябрь октября окт;ноябрь ноября ноя нояб;декабрь декабря дек",
	"қаңтар қаң қаңт;ақпан ақп;наурыз нау;сәуір сәу;мамыр мам;маусым мау;шілде шіл;тамыз там;қыркүйек қыр қырк;қазан қаз;қараша қар;желтоқсан жел желт",
	"qańtar qantar qañtar;aqpan;nauryz naýryz;sáýir säuir sauir;mamyr;maýsym mausym;shilde şilde;tamyz;qyrkúıek qyrküiek qyrkuiek;qazan;qarasha qaraşa;jeltoqsan",
	"үчтүн;бирдин;жалган;чын;бугу;кулжа;теке;баш;аяк;тогуздун;жетинин;бештин",
	"yanvar yanvarı yan;fevral fev;mart;aprel;may;iyun;iyul;avgust avqust;sentabr sentyabr;oktabr oktyabr;noyabr;dekabr",
	"январ январи;феврал феврали;марти;апрел апрели;майи;июни;июли;августи;сентябр сентябри;октябр октябри;ноябр ноябри;декабр декабри",
	"ýanwar türkmenbaşy;fewral baýdak;mart nowruz;aprel gurbansoltan;maý magtymguly;iýun oguz;iýul gorkut;awgust alp;sentýabr ruhnama;oktýabr garaşsyzlyk;noýabr sanjar;dekabr bitaraplyk",
	"січень січня січ;лютий лютого лют;березень березня бер;квітень квітня кві квіт;травень травня тра трав;червень червня чер черв;липень липня лип;серпень серпня сер серп;вересень вересня вер;жовтень жовтня жов;листопад листопада лис;грудень грудня гру",
	"januar jänner jän;februar feber;märz maerz mär mrz;april;mai;juni;juli;august;september;oktober okt;november;dezember dez",
	"janvier janv;février fevrier févr fév;mars;avril avr;mai;juin;juillet juil;août aout;septembre;octobre;novembre;décembre decembre déc",
	"ocak oca;şubat şub;mart;nisan nis;mayıs;haziran haz;temmuz tem;ağustos ağu;eylül eyl;ekim eki;kasım kas;aralık ara",
	"enero ene;febrero;marzo;abril abr;mayo;junio;julio;agosto ago;septiembre setiembre set;octubre;noviembre;diciembre dic",
	"gennaio gen;febbraio;marzo;aprile;maggio mag;giugno giu;luglio lug;agosto;settembre;ottobre ott;novembre;dicembre",
	"janeiro;fevereiro;março;abril;maio;junho;julho;agosto;setembro;outubro out;novembro;dezembro",
	"stycznia;lutego;marca;kwietnia;maja;czerwca;lipca;sierpnia;września;października;listopada;grudnia",
}
