package normalize

import (
	"strings"
	"time"
	"unicode/utf8"
)

// monthNames are the names of the months, as stems that endings may follow; folded like the words that they meet.
// An "=" asks for the whole word.
var monthNames = [12]string{
	"january januar janvier =jan январ =янв yanvar ýanwar қаңтар qantar ocak januari styczn stycznia січн enero janeiro gennaio jänner үчтүн ianuar",
	"february februar février =feb феврал =фев =февр fevral fewral ақпан aqpan şubat lutego лют febrero fevereiro febbraio =fév feber бирдин baýdak",
	"march märz maerz =mar =mars март =мар mart наурыз nauryz naýryz наврўз marca березн marzo março nowruz",
	"april =apr avril апрел =апр aprel сәуір säuir sauir nisan kwietnia квітн abril aprile gurbansoltan",
	"=may =mai =май =мая =мае =маи =mayda =майда =майы =майда =майдын =maý =maja =maggio =mayo =maio мамыр mamyr mayıs травн magtymguly =mayi =maya",
	"june juni juin =jun июн =июн iyun iýun маусым mausym haziran czerwca червн junio junho giugno =oguz",
	"july juli juillet =jul июл iyul iýul шілде şilde shilde temmuz lipca липн julio julho luglio =gorkut",
	"august août =aug август =авг avgust awgust тамыз tamyz ağustos sierpnia серпн agosto avqust",
	"september septembre =sep =sept сентябр =сен =сент sentabr sentyabr sentýabr қыркүйек qyrküiek qyrkuiek eylül września вересн septiembre setiembre setembro settembre ruhnama",
	"october oktober octobre =oct =okt октябр =окт oktabr oktyabr oktýabr қазан qazan ekim października жовтн octubre outubro ottobre garaşsyzlyk",
	"november novembre =nov ноябр =ноя =нояб noyabr noýabr қараша qaraşa qarasha kasım listopada листопад noviembre novembro sanjar",
	"december dezember décembre =dec =dez =déc декабр =дек dekabr желтоқсан jeltoqsan zheltoksan aralık grudnia грудн diciembre dezembro dicembre bitaraplyk",
}

type stem struct {
	text  string
	month int
	whole bool
}

// stems are the month names by their first two bytes.
var stems = func() map[string][]stem {
	m := map[string][]stem{}
	for i, names := range monthNames {
		for n := range strings.FieldsSeq(names) {
			text, whole := strings.CutPrefix(n, "=")
			text = fold(text)
			if len(text) >= 2 {
				m[text[:2]] = append(m[text[:2]], stem{text, i + 1, whole})
			}
		}
	}
	return m
}()

// monthOf gives the number of the month that a folded word names, or 0.
func monthOf(w string) int {
	if len(w) < 3 {
		return 0
	}
	month, length := 0, 0
	for _, s := range stems[w[:2]] {
		if s.text == w {
			return s.month
		}
		if !s.whole && len(s.text) > length && strings.HasPrefix(w, s.text) && utf8.RuneCountInString(w[len(s.text):]) <= 4 {
			month, length = s.month, len(s.text)
		}
	}
	return month
}

// yearWord reports whether a folded word is "year" or its abbreviation, in a language that writes it into dates.
func yearWord(w string) bool {
	switch w {
	case "г", "год", "года", "гг", "р", "року", "ж", "жыл", "жылгы", "жылы", "жылдын", "j", "jylgy", "jyly", "zhyl", "yil", "yilgi", "йил", "йилги",
		"соли", "сол", "yyl", "yylyn", "y", "il":
		return true
	}
	return false
}

// zoneNames are the zones that dates name, in seconds ahead of UTC. Almaty is settled by date.
var zoneNames = map[string]int{
	"utc": 0, "gmt": 0, "ut": 0, "wet": 0,
	"msk": 3 * 3600, "мск": 3 * 3600, "москве": 3 * 3600, "московскому": 3 * 3600, "московское": 3 * 3600, "msd": 4 * 3600, "trt": 3 * 3600,
	"almt": 5 * 3600, "qyzt": 5 * 3600, "aqtt": 5 * 3600, "aqtb": 5 * 3600, "oralt": 5 * 3600, "uzt": 5 * 3600, "tjt": 5 * 3600, "tmt": 5 * 3600,
	"kgt": 6 * 3600, "pkt": 5 * 3600, "yekt": 5 * 3600, "omst": 6 * 3600, "novt": 7 * 3600, "krat": 7 * 3600, "samt": 4 * 3600,
	"azt": 4 * 3600, "amt": 4 * 3600, "get": 4 * 3600, "irst": 3*3600 + 1800, "aft": 4*3600 + 1800, "ist": 5*3600 + 1800,
	"cet": 3600, "mez": 3600, "cest": 2 * 3600, "mesz": 2 * 3600, "eet": 2 * 3600, "eest": 3 * 3600, "bst": 3600, "west": 3600,
	"est": -5 * 3600, "edt": -4 * 3600, "cst": -6 * 3600, "cdt": -5 * 3600, "mst": -7 * 3600, "mdt": -6 * 3600, "pst": -8 * 3600, "pdt": -7 * 3600,
	"hkt": 8 * 3600, "sgt": 8 * 3600, "jst": 9 * 3600, "kst": 9 * 3600, "aest": 10 * 3600, "aedt": 11 * 3600,
}

// nearDays are the words for today and the days before, folded.
var nearDays = map[string]int{
	"today": 0, "сегодня": 0, fold("бүгін"): 0, fold("бүгүн"): 0, "bugun": 0, "бугун": 0, fold("имрӯз"): 0, fold("şu gün"): 0, "сьогодні": 0, fold("сьогодні"): 0,
	"heute": 0, fold("bugün"): 0, "bugin": 0, "今天": 0,
	"yesterday": 1, "вчера": 1, fold("кеше"): 1, fold("кечээ"): 1, "kecha": 1, fold("кеча"): 1, fold("дирӯз"): 1, fold("düýn"): 1, "вчора": 1,
	"gestern": 1, fold("dün"): 1, "keshe": 1,
	"позавчера": 2,
}

// units are the units of "so long ago".
var units = func() map[string]time.Duration {
	m := map[string]time.Duration{}
	for d, list := range map[time.Duration]string{
		time.Minute:        "minute minutes min mins минуту минуты минут мин минута минут бұрын daqiqa дақиқа мүнөт dakika minuten",
		time.Hour:          "hour hours hr hrs час часа часов ч сағат саат soat соат saat stunden stunde",
		24 * time.Hour:     "day days день дня дней күн kun кун gün tage tagen рӯз",
		7 * 24 * time.Hour: "week weeks неделю недели недель апта жума hafta ҳафта wochen woche",
	} {
		for w := range strings.FieldsSeq(list) {
			m[fold(w)] = d
		}
	}
	return m
}()

var agoWords = map[string]bool{"ago": true, "назад": true, fold("бұрын"): true, fold("мурун"): true, "oldin": true, "олдин": true, "avval": true, "пеш": true, "тому": true, fold("önce"): true}
