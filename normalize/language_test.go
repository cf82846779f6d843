package normalize

import (
	"bufio"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"chapar/normalize/internal/gram"
)

// These lines were written for this test.
var spoken = map[string]string{
	"en":      "The garrison of the town held an exercise on Tuesday, and the roads over the pass were closed until evening.",
	"ru":      "Гарнизон города провёл во вторник учения, и дороги через перевал были закрыты до самого вечера.",
	"uk":      "Гарнізон міста провів у вівторок навчання, і дороги через перевал були зачинені до самого вечора.",
	"kk-Cyrl": "Қала гарнизоны сейсенбі күні жаттығу өткізді, ал асу арқылы өтетін жолдар кешке дейін жабық болды.",
	"kk-Latn": "Qala garnızony seısenbi kúni jattyǵý ótkizdi, al asý arqyly ótetin joldar keshke deıin jabyq boldy.",
	"ky":      "Шаардын гарнизону шейшемби күнү машыгуу өткөрдү, ашуу аркылуу өткөн жолдор кечке чейин жабык болду.",
	"uz-Latn": "Shahar garnizoni seshanba kuni mashg‘ulot o‘tkazdi, dovon orqali o‘tadigan yo‘llar kechgacha yopiq bo‘ldi.",
	"uz-Cyrl": "Шаҳар гарнизони сешанба куни машғулот ўтказди, довон орқали ўтадиган йўллар кечгача ёпиқ бўлди.",
	"tg":      "Гарнизони шаҳр рӯзи сешанбе машқ гузаронид ва роҳҳои ағба то бегоҳ баста буданд.",
	"tk":      "Şäheriň garnizony sişenbe güni türgenleşik geçirdi, geçelgäniň üstünden geçýän ýollar agşama çenli ýapyk boldy.",
	"tr":      "Kentin garnizonu salı günü tatbikat yaptı ve geçitten geçen yollar akşama kadar kapalı kaldı.",
	"az":      "Şəhərin qarnizonu çərşənbə axşamı təlim keçirdi və aşırımdan keçən yollar axşama qədər bağlı qaldı.",
	"de":      "Die Garnison der Stadt hielt am Dienstag eine Übung ab, und die Straßen über den Pass blieben bis zum Abend gesperrt.",
	"fa":      "پادگان شهر روز سه\u200cشنبه رزمایش برگزار کرد و راه\u200cهای گردنه تا شب بسته بود.",
	"zh":      "该市驻军周二举行演习，山口道路一直关闭到晚上。",
	"ja":      "町の守備隊は火曜日に演習を行い、峠の道路は夕方まで閉鎖された。",
	"ko":      "도시의 수비대는 화요일에 훈련을 했고 고갯길은 저녁까지 폐쇄되었다.",
	"ka":      "ქალაქის გარნიზონმა სამშაბათს წვრთნა ჩაატარა.",
}

func TestLanguage(t *testing.T) {
	for want, text := range spoken {
		if got, sure := Language(text); got != want || sure < 0.9 || sure > 1 {
			t.Errorf("%s: %s (%.2f)", want, got, sure)
		}
		if got, _ := Language(strings.Repeat(text+"\n\n", 200)); got != want {
			t.Errorf("%s, long: %s", want, got)
		}
	}
	for _, text := range []string{"", " \n", "12.01.2022 14:30", "— 7 %", "a", "ok", "ᏣᎳᎩ ᎦᏬᏂᎯᏍᏗ ᎠᏂᏣᎳᎩ", "\xff\xfe"} {
		if got, sure := Language(text); got != "und" || sure != 0 {
			t.Errorf("%q: %s (%.2f)", text, got, sure)
		}
	}
	// A language that is not in the table is not taken for its neighbour.
	for _, text := range []string{
		"Kaupungin varuskunta piti tiistaina harjoituksen, ja solan yli kulkevat tiet olivat suljettuina iltaan saakka, kertoi ministeriö tiedotteessaan. Kukaan ei loukkaantunut, ja liikenne alkaa jälleen aamulla, kun lumi on aurattu tieltä.",
		"A város helyőrsége kedden gyakorlatot tartott, és a hágón átvezető utakat estig lezárták, közölte a minisztérium a közleményében.",
		"Ilipofika jioni, barabara za mlimani zilikuwa bado zimefungwa kwa sababu ya mazoezi ya kikosi cha jeshi la mji huo. Wizara ilisema kwamba hakuna mtu aliyejeruhiwa, na kwamba safari za magari zitaanza tena asubuhi.",
	} {
		if got, sure := Language(text); got != "und" {
			t.Errorf("%q: %s (%.2f)", text, got, sure)
		}
	}
}

// The shipped table knows the texts that it was made from; a figure below these means a table that does not fit the code.
func TestLanguageTable(t *testing.T) {
	f, err := os.Open(shared(t, "langid/dev.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	right, all, lost := make(map[int]int), make(map[int]int), 0
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var r struct {
			Lang, Text string
			Len        int
		}
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		tag, _ := Language(r.Text)
		if code, _, _ := strings.Cut(tag, "-"); code == r.Lang {
			right[r.Len]++
		} else if tag == "und" {
			lost++
		}
		all[r.Len]++
	}
	for n, least := range map[int]float64{20: 0.93, 50: 0.99, 100: 0.995, 500: 0.999} {
		share := float64(right[n]) / float64(all[n])
		t.Logf("%3d characters: %.4f of %d", n, share, all[n])
		if share < least {
			t.Errorf("%d characters: %.4f right, want %.4f", n, share, least)
		}
	}
	t.Logf("%d taken for no language", lost)
}

func TestLanguageTableIsWhole(t *testing.T) {
	if len(languageTable) > 512<<10 {
		t.Errorf("%d bytes", len(languageTable))
	}
	for _, data := range [][]byte{nil, languageTable[:len(languageTable)-1], append([]byte("x"), languageTable...)} {
		if _, err := gram.Read(data); err == nil {
			t.Errorf("a table of %d bytes that is none was read", len(data))
		}
	}
}

func BenchmarkLanguage(b *testing.B) {
	for _, c := range []struct {
		name string
		text string
	}{
		{"line", spoken["ky"]},
		{"article", strings.Repeat(spoken["uz-Cyrl"]+" "+spoken["ru"]+"\n\n", 40)},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				Language(c.text)
			}
		})
	}
}

// A page in two languages is taken for one of them, and a text of any length takes no longer than a long one.
func TestLanguageOfMixed(t *testing.T) {
	for _, pair := range [][2]string{{"ru", "ky"}, {"uz-Latn", "ru"}, {"tg", "ru"}, {"en", "kk-Cyrl"}, {"zh", "en"}} {
		for _, text := range []string{spoken[pair[0]] + "\n\n" + spoken[pair[1]], strings.Repeat(spoken[pair[0]]+"\n\n"+spoken[pair[1]]+"\n\n", 300)} {
			if got, _ := Language(text); got != pair[0] && got != pair[1] {
				t.Errorf("%s and %s: %s", pair[0], pair[1], got)
			}
		}
	}
}

func FuzzLanguage(f *testing.F) {
	for _, text := range spoken {
		f.Add(text)
	}
	f.Add("\xff\xfe ‘’ʻ")
	f.Fuzz(func(t *testing.T, text string) {
		tag, sure := Language(text)
		if tag == "" || !(sure >= 0 && sure <= 1) || (tag == undetermined) != (sure == 0) {
			t.Fatalf("%s (%g)", tag, sure)
		}
	})
}
