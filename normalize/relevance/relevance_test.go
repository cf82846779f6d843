package relevance

import (
	"math"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"
)

func newModel(t testing.TB, o Options) *Model {
	t.Helper()
	m, err := New(o)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	return m
}

// The sentences are invented for the tests; none tells of a real event.
func TestJudgements(t *testing.T) {
	m := newModel(t, Options{})
	for _, c := range []struct {
		name     string
		in       Input
		relevant bool
		topic    string // that must be among the topics
		place    string // that must be among the places
	}{
		// English
		{"en border", Input{Title: "New border post opens near Isfara", Text: "Guards took over the post on the Tajik-Kyrgyz border on Monday. Commanders from both sides inspected the line.", Language: "en"}, true, "border", "Isfara, TJ"},
		{"en exercise", Input{Title: "Military exercise ends in Osh region", Text: "Troops of three countries trained in the mountains for a week.", Language: "en"}, true, "exercise", "Osh, KG"},
		{"en csto", Input{Title: "CSTO ministers meet in Dushanbe", Text: "The defence ministers of the bloc discussed the Afghan border.", Language: "en"}, true, "alliance", "Dushanbe, TJ"},
		{"en drugs", Input{Title: "Police seize heroin in Khatlon", Text: "Officers found 40 kilograms of heroin in a lorry.", Language: "en"}, true, "drugs", "Khatlon, TJ"},
		{"en water", Input{Title: "Uzbekistan and Kyrgyzstan argue over water releases", Text: "A water dispute over the Toktogul reservoir went into its third month.", Language: "en"}, true, "water", "Uzbekistan, UZ"},
		{"en terrorism", Input{Title: "Kazakhstan detains members of banned group", Text: "The men are suspected of planning a terrorist attack in Aktobe.", Language: "en"}, true, "terrorism", "Kazakhstan, KZ"},
		{"en sanctions", Input{Title: "Kyrgyz bank faces sanctions over dual-use goods", Text: "Washington accuses the firm of re-export to Russia.", Language: "en"}, true, "sanctions", "Kyrgyzstan, KG"},
		{"en title only", Input{Title: "Turkmenistan strengthens border guards on the Afghan frontier", Language: "en"}, true, "border", "Turkmenistan, TM"},
		{"en no title", Input{Text: "Kazakhstan will host an air defence drill near Almaty in May.\n\nSoldiers from five states take part.", Language: "en"}, true, "exercise", "Kazakhstan, KZ"},
		{"en no language", Input{Title: "Military exercise ends in Osh region", Text: "Troops of three countries trained in the mountains."}, true, "exercise", "Osh, KG"},
		{"en foreign war", Input{Title: "Army shells town in eastern Ukraine", Text: "Ukrainian soldiers and Russian troops fought near Kharkiv. Two tanks were destroyed.", Language: "en"}, false, "", ""},
		{"en sport", Input{Title: "Kazakhstan beat Latvia in football qualifier", Text: "The striker attacked down the left and the defence of the guests broke. The coach praised his team.", Language: "en"}, false, "", ""},
		{"en Georgia", Input{Title: "Georgia National Guard sent to Atlanta", Text: "The governor of Georgia called up soldiers after a riot.", Language: "en"}, false, "", ""},
		{"en passing", Input{Title: "Airline adds routes", Text: "The carrier will fly to eleven cities. Rome and Paris come first. Tashkent may follow. Tickets are cheap. The fleet has six aircraft.", Language: "en"}, false, "", ""},
		{"en far away", Input{Title: "Soldiers train in the Alps", Text: "The military exercise near the village lasts two days.", Language: "en"}, false, "", ""},

		// Russian
		{"ru border", Input{Title: "На границе Таджикистана открыли новую заставу", Text: "Пограничники получили технику и казармы.", Language: "ru"}, true, "border", "Tajikistan, TJ"},
		{"ru exercise", Input{Title: "Учения ОДКБ начались под Бишкеком", Text: "Военнослужащие отработают оборону перевала.", Language: "ru"}, true, "exercise", "Bishkek, KG"},
		{"ru drugs", Input{Title: "В Хатлонской области изъяли 60 килограммов героина", Text: "Наркотики нашли в тайнике.", Language: "ru"}, true, "drugs", "Khatlon, TJ"},
		{"ru implied", Input{Title: "За квартал изъято 800 килограммов наркотиков", Text: "Об этом сообщили в ведомстве.", Language: "ru", Country: "TJ"}, true, "drugs", "Tajikistan, TJ"},
		{"ru water", Input{Title: "Дефицит воды: Казахстан и Узбекистан спорят о попусках", Text: "Водный спор идёт второй год.", Language: "ru"}, true, "water", "Kazakhstan, KZ"},
		{"ru terrorism", Input{Title: "В Узбекистане задержаны вербовщики террористов", Text: "Спецслужбы сообщили о ячейке экстремистов.", Language: "ru"}, true, "terrorism", "Uzbekistan, UZ"},
		{"ru sanctions", Input{Title: "Казахстан ужесточил контроль из-за санкций", Text: "Товары двойного назначения проверят на границе.", Language: "ru"}, true, "sanctions", "Kazakhstan, KZ"},
		{"ru graft", Input{Title: "ГКНБ задержал чиновника за взятку", Text: "Начальник отдела вымогал деньги, говорится в сообщении. Дело о коррупции ведёт следствие.", Language: "ru", Country: "KG"}, false, "", ""},
		{"ru venue", Input{Title: "Переговоры по Сирии пройдут в Астане", Text: "Стороны сирийского конфликта обсудят перемирие в Идлибе.", Language: "ru"}, false, "", ""},
		{"ru landfill", Input{Title: "Мусорный полигон под Алматы закроют", Text: "Полигон твёрдых бытовых отходов переполнен, свалка горела дважды.", Language: "ru"}, false, "", ""},
		{"ru mistake", Input{Title: "Ошибка в учебнике военной истории", Text: "Ошибки нашли студенты.", Language: "ru"}, false, "", ""},
		{"ru history", Input{Title: "Ветеран Великой Отечественной войны из Тараза отметил юбилей", Text: "Годовщина собрала родных и соседей.", Language: "ru"}, false, "", ""},
		{"ru foreign war", Input{Title: "Израиль нанёс удар по Ливану", Text: "Ракеты попали в пригород Бейрута, есть раненые.", Language: "ru", Country: "KZ"}, false, "", ""},

		// Kazakh
		{"kk exercise", Input{Title: "Отар полигонында әскери жаттығу өтті", Text: "Оған Қазақстан мен Өзбекстанның сарбаздары қатысты.", Language: "kk", Country: "KZ"}, true, "exercise", "Kazakhstan, KZ"},
		{"kk title only", Input{Title: "Түркістан облысының шекарасында есірткі тасымалына тосқауыл қойылды.", Language: "kk"}, true, "drugs", "Turkistan, KZ"},
		{"kk implied", Input{Title: "Шекарашылар заңсыз өткен адамдарды ұстады", Language: "kk", Country: "KZ"}, true, "border", "Kazakhstan, KZ"},
		{"kk csto", Input{Title: "Астанада ҰҚШҰ жиналысы өтті", Text: "Ұжымдық қауіпсіздік мәселесі талқыланды.", Language: "kk"}, true, "alliance", "Astana, KZ"},
		{"kk terror", Input{Title: "Ақтөбеде террорлық топ ұсталды", Text: "Күдіктілер жарылғыш зат дайындаған.", Language: "kk"}, true, "terrorism", "Aktobe, KZ"},
		{"kk Latn", Input{Title: "Otar polıgonynda áskerı jattyǵý ótti", Text: "Oǵan Qazaqstan men Ózbekstannyń sarbazdary qatysty.", Language: "kk-Latn"}, true, "exercise", "Kazakhstan, KZ"},
		{"kk Latn border", Input{Title: "Şekaraşylar Jambyl oblysynda esirtki tapty", Language: "kk-Latn"}, true, "border", "Zhambyl, KZ"},
		{"kk Latn school", Input{Title: "Almatyda jaña mektep aşyldy", Text: "Oquşylar köktemde qabyldanady.", Language: "kk-Latn"}, false, "", ""},
		{"kk exploration", Input{Title: "Компания мұнай кен орнын барлау жұмысын бастады", Text: "Барлау жұмыстары Атырау облысында екі жылға созылады.", Language: "kk", Country: "KZ"}, false, "", ""},
		{"kk sport", Input{Title: "Дзюдошылар Бішкекте екі медаль алды", Text: "Чемпионатқа он ел қатысты.", Language: "kk", Country: "KZ"}, false, "", ""},

		// Kyrgyz
		{"ky border", Input{Title: "Баткенде чек арачылар жаңы бекет ачты", Text: "Чек ара кызматы жаңы техника алды.", Language: "ky"}, true, "border", "Batken, KG"},
		{"ky exercise", Input{Title: "Балыкчыда аскердик машыгуу башталды", Text: "Ага жоокерлер катышууда.", Language: "ky", Country: "KG"}, true, "exercise", "Balykchy, KG"},
		{"ky drugs", Input{Title: "Ошто 20 килограмм баңгизат табылды", Language: "ky"}, true, "drugs", "Osh, KG"},
		{"ky graft", Input{Title: "УКМК кызматкери пара алуу менен кармалды", Text: "Ага коррупция боюнча айып тагылды.", Language: "ky", Country: "KG"}, false, "", ""},
		{"ky health", Input{Title: "Ош шаарында балдарга эмдөө башталды", Text: "Дарыгерлер жугуштуу оорудан сактанууга чакырды.", Language: "ky", Country: "KG"}, false, "", ""},

		// Uzbek, both scripts
		{"uz drugs", Input{Title: "Surxondaryoda 30 kilogramm geroin musodara qilindi", Text: "Giyohvandlik moddalari yuk mashinasidan topildi.", Language: "uz"}, true, "drugs", "Surkhandarya, UZ"},
		{"uz exercise", Input{Title: "Termizda qoʻshma harbiy mashgʻulot boshlandi", Text: "Oʻzbekiston va Tojikiston askarlari qatnashmoqda.", Language: "uz"}, true, "exercise", "Termez, UZ"},
		{"uz border", Input{Title: "Qirgʻiziston va Oʻzbekiston chegarachilari uchrashdi", Language: "uz"}, true, "border", "Kyrgyzstan, KG"},
		{"uz cyrl", Input{Title: "Фарғонада террорчи гуруҳ қўлга олинди", Text: "Экстремистик ташкилот аъзолари Сурияга кетмоқчи бўлган.", Language: "uz-Cyrl"}, true, "terrorism", "Fergana, UZ"},
		{"uz school", Input{Title: "Toshkentda yangi maktab ochildi", Text: "Bolalar darsliklar bilan taʼminlandi.", Language: "uz"}, false, "", ""},

		// Tajik
		{"tg border", Input{Title: "Дар сарҳади Тоҷикистон бо Афғонистон тирпарронӣ шуд", Text: "Марзбонон се қочоқбарро боздошт карданд.", Language: "tg"}, true, "border", "Tajikistan, TJ"},
		{"tg exercise", Input{Title: "Дар Душанбе машқҳои ҳарбӣ оғоз шуд", Text: "Сарбозон дар майдони тирандозӣ тамрин мекунанд.", Language: "tg"}, true, "exercise", "Dushanbe, TJ"},
		{"tg drugs", Input{Title: "Дар Хатлон маводи мухаддир мусодира шуд", Language: "tg"}, true, "drugs", "Khatlon, TJ"},
		{"tg weather", Input{Title: "Дар Душанбе борони сахт борид", Text: "Роҳҳо баста шуданд.", Language: "tg"}, false, "", ""},

		// Turkmen
		{"tk border", Input{Title: "Türkmen-owgan serhedinde täze post açyldy", Text: "Serhetçiler tehnika aldy.", Language: "tk"}, true, "border", "Turkmenistan, TM"},
		{"tk exercise", Input{Title: "Maryda harby türgenleşik geçirildi", Text: "Türkmenistanyň esgerleri gatnaşdy.", Language: "tk"}, true, "exercise", "Turkmenistan, TM"},
		{"tk culture", Input{Title: "Aşgabatda konsert boldy", Text: "Festiwala köp myhman geldi.", Language: "tk"}, false, "", ""},

		// Further languages of the outlets that write about the region
		{"zh", Input{Title: "塔吉克斯坦与乌兹别克斯坦举行联合军演", Text: "两国士兵在边境训练。", Language: "zh"}, true, "exercise", "Tajikistan, TJ"},
		{"fa", Input{Title: "رزمایش نظامی در تاجیکستان برگزار شد", Text: "سربازان در مرز افغانستان تمرین کردند.", Language: "fa"}, true, "exercise", "Tajikistan, TJ"},
		{"tr", Input{Title: "Kırgızistan sınırında çatışma", Text: "Sınır muhafızları Batken'de ateş açtı.", Language: "tr"}, true, "border", "Kyrgyzstan, KG"},
		{"de", Input{Title: "Manöver in Kasachstan", Text: "Soldaten übten nahe Almaty.", Language: "de"}, true, "exercise", "Kazakhstan, KZ"},
		{"fr", Input{Title: "Le Tadjikistan renforce l'armée à la frontière", Text: "Des soldats sont arrivés.", Language: "fr"}, true, "border", "Tajikistan, TJ"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := m.Score(c.in)
			if got := r.Score >= 0.5; got != c.relevant {
				t.Errorf("score %.3f, want relevant = %v\n%s", r.Score, c.relevant, strings.Join(r.Reasons, "\n"))
			}
			if c.topic != "" && !slices.Contains(r.Topics, c.topic) {
				t.Errorf("topics %q lack %q", r.Topics, c.topic)
			}
			if c.place != "" && !slices.Contains(r.Places, c.place) {
				t.Errorf("places %q lack %q", r.Places, c.place)
			}
			if len(r.Reasons) == 0 {
				t.Error("no reasons")
			}
		})
	}
}

func TestListsAreNeverNil(t *testing.T) {
	m := newModel(t, Options{Exclude: []string{"horoscope"}})
	for _, in := range []Input{{}, {Title: " \n"}, {Text: "…"}, {Title: "\xff\xfe"}, {Title: "Horoscope"}, {Title: "Rain"}} {
		r := m.Score(in)
		if r.Topics == nil || r.Places == nil || len(r.Reasons) == 0 {
			t.Errorf("%q: %+v", in.Title+in.Text, r)
		}
		if r.Score < 0 || r.Score >= 0.5 || math.IsNaN(r.Score) {
			t.Errorf("%q: score %g", in.Title+in.Text, r.Score)
		}
	}
}

func TestReasonsOfRejected(t *testing.T) {
	m := newModel(t, Options{})
	for _, c := range []struct {
		in   Input
		want string
	}{
		{Input{Title: "Army drill in Latvia", Language: "en"}, "(elsewhere: Latvia)"},
		{Input{Title: "Army drill in the woods", Language: "en"}, "no place or name of Central Asia"},
		{Input{Title: "Bishkek opens a new school", Language: "en"}, "no word of a security topic"},
		{Input{Title: "Football: Kazakhstan army club wins the tournament", Language: "en"}, `title: "Football" (sport) -`},
		{Input{}, "the text has no words"},
	} {
		r := m.Score(c.in)
		if r.Score >= 0.5 || !strings.Contains(strings.Join(r.Reasons, "\n"), c.want) {
			t.Errorf("%q: score %.3f, reasons %q lack %q", c.in.Title, r.Score, r.Reasons, c.want)
		}
	}
}

func TestReasonsShowTheWordAsWritten(t *testing.T) {
	m := newModel(t, Options{})
	r := m.Score(Input{Title: "CSTO troops leave Almaty", Language: "en"})
	for _, want := range []string{`title: "CSTO" (organisation) +`, `title: "Almaty" (place: Almaty, KZ) +`} {
		if !slices.ContainsFunc(r.Reasons, func(s string) bool { return strings.HasPrefix(s, want) }) {
			t.Errorf("reasons %q lack %q", r.Reasons, want)
		}
	}
}

// What the words brought and what the features brought are the same sum.
func TestExplanationAddsUp(t *testing.T) {
	m := newModel(t, Options{Exclude: []string{"horoscope"}})
	for _, in := range []Input{
		{Title: "CSTO troops leave Almaty", Text: "The soldiers handed over the airport.\n\nA clash followed. The army of Kazakhstan took their place. Police in Latvia said nothing.", Language: "en"},
		{Title: "За квартал изъято 800 килограммов наркотиков", Text: "Об этом сообщили в ведомстве.", Language: "ru", Country: "TJ"},
		{Title: "ГКНБ задержал чиновника за взятку", Text: "Дело о коррупции ведёт следствие.", Language: "ru", Country: "KG"},
		{Title: "A quiet day", Text: "Troops marched. Nothing else was told. Soldiers of Uzbekistan came later. The army left.", Language: "en"},
		{Title: "Army drill in Latvia", Language: "en"},
		{},
	} {
		e := m.Explain(in)
		words, figures := e.Base, e.Base
		for _, c := range e.Contributions {
			words += c.Points
		}
		for _, f := range e.Figures {
			figures += f.Points
			if f.Value < 0 || f.Value > 1.0001 {
				t.Errorf("%q: %s is %g", in.Title, f.Name, f.Value)
			}
		}
		if math.Abs(words-e.Sum) > 1e-6 || math.Abs(figures-e.Sum) > 1e-6 {
			t.Errorf("%q: the words make %.4f, the features %.4f of %.4f\n%+v", in.Title, words, figures, e.Sum, e.Contributions)
		}
		if r := m.Score(in); !reflect.DeepEqual(r, e.Result) {
			t.Errorf("%q: %+v, scored %+v", in.Title, e.Result, r)
		}
	}
	if e := m.Explain(Input{Title: "Horoscope"}); len(e.Reasons) != 1 || e.Contributions == nil || e.Figures == nil {
		t.Errorf("excluded: %+v", e)
	}
}

func TestSameAnswerAlways(t *testing.T) {
	in := Input{
		Title: "Kazakh, Uzbek and Tajik border guards seize heroin, opium and weapons",
		Text: "Officers in Osh, Batken, Khujand and Termez reported clashes with smugglers. CSTO troops and the SCO sent observers. " +
			"Russia, China, Iran and Turkey were told. A football match was called off.\n\nThe army, the police and the spies of five states took part in the exercise.",
		Language: "en",
	}
	want := newModel(t, Options{}).Score(in)
	m := newModel(t, Options{})
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 50 {
				if got := m.Score(in); !reflect.DeepEqual(got, want) {
					t.Errorf("got %+v, want %+v", got, want)
					return
				}
			}
		})
	}
	group.Wait()
}

func TestLongTextIsBounded(t *testing.T) {
	m := newModel(t, Options{})
	for name, unit := range map[string]string{
		"news": "Пограничники Таджикистана и Кыргызстана провели учения в Баткене. ", "one word": "Кыргызстан", "han": "吉尔吉斯斯坦边境冲突",
		"no space": "a.b.c!", "names": "Ош ", "short name": "Ош" + strings.Repeat("о", 1<<20), "apostrophes": "l'l'l'",
	} {
		text := strings.Repeat(unit, 1+1<<20/len(unit))
		start := time.Now()
		m.Score(Input{Title: text, Text: text})
		if d := time.Since(start); d > time.Second {
			t.Errorf("%s: 1 MB took %v", name, d)
		}
	}
}

func TestTerms(t *testing.T) {
	in := Input{Title: "Zulfistan opens a grelk depot", Text: "The grelk was delivered to Zulfistan on Monday.", Language: "en"}
	if r := newModel(t, Options{}).Score(in); r.Score >= 0.5 {
		t.Fatalf("without terms: %.3f", r.Score)
	}
	with := Options{Terms: []Term{{Text: "Zulfistan", Kind: "place", Country: "KZ"}, {Text: "grelk", Kind: "topic", Topic: "arms", Weight: 3}}}
	r := newModel(t, with).Score(in)
	if r.Score < 0.5 || !slices.Contains(r.Topics, "arms") || !slices.Contains(r.Places, "Zulfistan, KZ") {
		t.Errorf("with terms: %+v", r)
	}
	organisation := Options{Terms: []Term{{Text: "grelk depot", Kind: "organisation", Country: "KZ"}}}
	if r := newModel(t, organisation).Score(in); r.Score < 0.5 || !strings.Contains(strings.Join(r.Reasons, "\n"), `"grelk depot" (organisation) +`) {
		t.Errorf("with an organisation: %+v", r)
	}
	other := with
	other.Terms = append(slices.Clone(with.Terms), Term{Text: "depot", Kind: "topic", Topic: "arms", Weight: -3})
	if low := newModel(t, other).Score(in); low.Score >= r.Score {
		t.Errorf("a weight below 0 does not lower the score: %.3f, was %.3f", low.Score, r.Score)
	}
	foreign := Options{Terms: []Term{{Text: "Kazakhstan", Kind: "place", Weight: -1}}}
	if r := newModel(t, foreign).Score(Input{Title: "Army drill in Kazakhstan", Language: "en"}); r.Score >= 0.5 {
		t.Errorf("an own term does not stand above the tables: %+v", r)
	}
	russian := Options{Terms: []Term{{Text: "grelk", Kind: "topic", Topic: "arms", Weight: 3, Language: "ru"}}}
	if r := newModel(t, russian).Score(Input{Title: "Grelk in Kazakhstan", Language: "en"}); len(r.Topics) != 0 {
		t.Errorf("a Russian term is found in an English text: %+v", r)
	}
}

func TestTermsMatchAcrossScripts(t *testing.T) {
	for _, c := range [][]string{
		{"Zulmakhstan", "Зулмахстан", "Zulmaxston", "Zulmahstan"},
		{"Шағырлы", "Shagyrly", "Şağyrly", "Шагырлы"},
		{"Жалғызтөбе", "Jalgyztobe", "Zhalgyztobe", "Джалгызтобе"},
		{"Чопондак сай", "Chopondak sai", "Chopondak say"},
		{"Қарғалыкент", "Kargalykent", "Qargʻalikent", "Каргалыкент"},
	} {
		for _, term := range c {
			m := newModel(t, Options{Terms: []Term{{Text: term, Kind: "place", Country: "KZ"}}})
			for _, written := range c {
				r := m.Score(Input{Title: "Army drill near " + written, Language: "en"})
				if !slices.Contains(r.Places, term+", KZ") {
					t.Errorf("%q is not found in %q: %q", term, written, r.Places)
				}
			}
		}
	}
	m := newModel(t, Options{Terms: []Term{{Text: "Ошкай", Kind: "place", Country: "KG"}, {Text: "Kazakhstan", Kind: "place", Weight: -1}, {Text: "ДҚБК", Kind: "organisation"}}})
	if r := m.Score(Input{Title: "Oshko and DQBK"}); len(r.Places) != 0 {
		t.Errorf("a short term is found in another word: %q", r.Places)
	}
	if r := m.Score(Input{Title: "Учения в Казахстане", Language: "ru"}); r.Score >= 0.5 || len(r.Places) != 0 {
		t.Errorf("the term does not stand above the tables: %+v", r)
	}
	m = newModel(t, Options{Terms: []Term{{Text: "Zulmakhstan", Kind: "place", Country: "UZ"}, {Text: "grelkomat", Kind: "topic", Topic: "arms"}}})
	for _, text := range []string{"", "ʼʼ ьъ", "军演 Зулмахстан", "塔吉克斯坦"} {
		m.Score(Input{Title: text, Text: text})
	}
	if r := m.Score(Input{Title: "Грелкоматы доставлены в Зулмахстан", Language: "ru"}); !slices.Contains(r.Topics, "arms") || r.Score < 0.5 {
		t.Errorf("%+v", r)
	}
}

func TestExclude(t *testing.T) {
	in := Input{Title: "Military exercise in Kazakhstan", Text: "Read our Horoscope too.", Language: "en"}
	m := newModel(t, Options{Exclude: []string{"horoscope", "press digest"}})
	if r := m.Score(in); r.Score != 0 || !slices.Equal(r.Reasons, []string{`lead: "Horoscope" (excluded)`}) {
		t.Errorf("%+v", r)
	}
	if r := m.Score(Input{Title: "Press digest: military exercise in Kazakhstan"}); r.Score != 0 {
		t.Errorf("%+v", r)
	}
	if r := m.Score(Input{Title: "Military exercise in Kazakhstan in the press"}); r.Score < 0.5 {
		t.Errorf("%+v", r)
	}
	m = newModel(t, Options{Exclude: []string{"art", "treaty"}})
	if r := m.Score(Input{Title: "Military exercise in Kazakhstan: the article"}); r.Score < 0.5 {
		t.Errorf("a short word is found in a longer one: %+v", r)
	}
	if r := m.Score(Input{Title: "Collective Security Treaty Organization meets in Kazakhstan"}); r.Score != 0 {
		t.Errorf("a word is not found in a phrase of the tables: %+v", r)
	}
}

func TestOptionErrors(t *testing.T) {
	for _, c := range []struct {
		o    Options
		want string
	}{
		{Options{Terms: []Term{{Text: " ", Kind: "place"}}}, "term 1: the text is empty"},
		{Options{Terms: []Term{{Text: "a", Kind: "place"}, {Text: "x", Kind: "city"}}}, `term 2: "x": unknown kind "city" (known: place organisation topic)`},
		{Options{Terms: []Term{{Text: "x", Kind: "topic", Topic: "sports"}}}, `unknown topic "sports" (known: military exercise base`},
		{Options{Terms: []Term{{Text: "x", Kind: "topic"}}}, "needs a topic (known: military"},
		{Options{Terms: []Term{{Text: "x", Kind: "place", Country: "Kazakhstan"}}}, `country "Kazakhstan"`},
		{Options{Terms: []Term{{Text: "x", Kind: "place", Language: "xx"}}}, `unknown language "xx"`},
		{Options{Terms: []Term{{Text: "x", Kind: "place", Weight: math.Inf(1)}}}, "weight +Inf"},
		{Options{Terms: []Term{{Text: "...", Kind: "place"}}}, "has no letters"},
		{Options{Exclude: []string{"a", ""}}, "exclude 2: the text is empty"},
	} {
		if _, err := New(c.o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: error %v, want %q", c.o, err, c.want)
		}
	}
}

func BenchmarkScore(b *testing.B) {
	m := newModel(b, Options{})
	in := Input{Title: "Учения ОДКБ начались под Бишкеком", Language: "ru", Country: "KG"}
	for len([]rune(in.Text)) < 2000 {
		in.Text += "Военнослужащие пяти стран отработают оборону горного перевала, сообщили в штабе. Погода стоит хорошая, жители соседнего села привезли хлеб и воду.\n\n"
	}
	b.ReportAllocs()
	for b.Loop() {
		m.Score(in)
	}
}

func BenchmarkNew(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		newModel(b, Options{})
	}
}

// What is written in other letters than usual, in two languages at once or in one that is not known is judged by what can
// be read of it.
func TestUnusualWriting(t *testing.T) {
	m := newModel(t, Options{})
	for _, c := range []struct {
		name     string
		in       Input
		relevant bool
		place    string
	}{
		{"Russian in Latin letters", Input{Title: "Pogranichniki Tadzhikistana obstrelyali kolonnu", Text: "V rezultate raneny voennosluzhashchie.", Language: "und"}, true, "Tajikistan, TJ"},
		{"a recipe in Latin letters", Input{Title: "Plov iz Tadzhikistana", Text: "Promojte ris i narezhte morkov.", Language: "und"}, false, "Tajikistan, TJ"},
		{"Kyrgyz with another letter", Input{Title: "Коопсуздук кеӊеши Баткендеги чек араны талкуулады", Language: "ky"}, true, "Batken, KG"},
		{"Latin letters within Cyrillic words", Input{Title: "Қазақстан шекарасi күшейтiлдi, әскери қызметшiлер жiберiлдi", Language: "kk-Cyrl"}, true, "Kazakhstan, KZ"},
		{"capitals", Input{Title: "ПЕРЕСТРЕЛКА НА ГРАНИЦЕ КЫРГЫЗСТАНА, РАНЕНЫ ПОГРАНИЧНИКИ", Language: "ru"}, true, "Kyrgyzstan, KG"},
		{"Kyrgyz and Russian", Input{Title: "Баткенде чек арада атышуу болду", Text: "Ранены двое военнослужащих пограничной службы.\n\nТараптар ок атууну токтотту.", Language: "ky"}, true, "Batken, KG"},
		{"Ukrainian with a word that means a bribe in Kyrgyz", Input{Title: "Таджикистан: двоє поранені", Language: "uk"}, false, "Tajikistan, TJ"},
		{"one word", Input{Title: "Кыргызстан", Language: "ru"}, false, "Kyrgyzstan, KG"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := m.Score(c.in)
			if (r.Score >= 0.5) != c.relevant || !slices.Contains(r.Places, c.place) {
				t.Errorf("score %.3f, places %q, reasons %q", r.Score, r.Places, r.Reasons)
			}
			if slices.ContainsFunc(r.Reasons, func(s string) bool { return strings.Contains(s, "(graft)") }) {
				t.Errorf("reasons %q", r.Reasons)
			}
		})
	}
}

func FuzzScore(f *testing.F) {
	for _, s := range []string{"", "CSTO troops leave Almaty", "Чек арада ок атышуу", "قرغيزستان", "吉尔吉斯斯坦边境冲突", "Pogranichniki shchch", "ОДКБ\x00\xff", "l'Asie d’Och", "ıİӊə"} {
		f.Add(s, s, "und", "KG")
		f.Add(s, "", "kk-Latn", "")
	}
	m := newModel(f, Options{Terms: []Term{{Text: "Бадахшан", Kind: "place", Country: "TJ"}, {Text: "гонка", Kind: "topic", Topic: "arms", Weight: -1}}})
	f.Fuzz(func(t *testing.T, title, text, language, country string) {
		e := m.Explain(Input{Title: title, Text: text, Language: language, Country: country})
		if !(e.Score >= 0 && e.Score < 1) || e.Topics == nil || e.Places == nil || len(e.Reasons) == 0 {
			t.Fatalf("judged as %+v", e.Result)
		}
		sum := e.Base
		for _, c := range e.Contributions {
			sum += c.Points
			if !utf8.ValidString(c.String()) {
				t.Fatalf("a reason that cannot be shown: %q", c.String())
			}
		}
		if math.Abs(sum-e.Sum) > 1e-6 {
			t.Fatalf("the words make %g of %g: %+v", sum, e.Sum, e.Contributions)
		}
	})
}
