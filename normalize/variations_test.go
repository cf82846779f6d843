package normalize

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// tongue is an invented article in a language, and what the furniture of pages says in it.
type tongue struct {
	lang, title, site, name, date, clock                                     string
	paras                                                                    [4]string
	short, sub, quote                                                        string
	items                                                                    [2]string
	home, news, tags, share, also, telegram, print, most, photo, cookie      string
	next, prev, comments, rights, views, ago, language, weather, author, add string
	others                                                                   [4]string
	lead                                                                     string // of another article
}

var tongues = []tongue{
	{
		lang: "en", title: "Ferry across the Ilmen runs again after the ice", site: "Reed Shore Post", name: "Ada Specimen",
		date: "17 February 2026", clock: "09:40",
		paras: [4]string{
			"The ferry between the two shores of the Ilmen has run again since Monday morning, the harbour office of Reed Shore said.",
			"For six weeks the ice had been too thick for the boat and too thin for carts, and letters went the long way round by the mill.",
			"The first passengers were two carpenters, a teacher and a goat that belonged to nobody on board, the ferryman wrote in his book.",
			"The harbour office expects that the boat will go four times a day until the reeds are cut in autumn, weather permitting."},
		short: "The ferry between the two shores of the Ilmen has run again since Monday morning. The harbour office of Reed Shore said that the first boat carried nine passengers and the mail of six weeks.",
		sub:   "A winter of letters", quote: "“We have missed the sound of its bell more than the bread,” said the keeper of the mill.",
		items: [2]string{"Four crossings a day, the first at seven in the morning", "A halved fare for whoever brings a letter for the other shore"},
		home:  "Home", news: "News", tags: "Tags", share: "Share", also: "Read also", telegram: "Subscribe to our Telegram channel", print: "Print version",
		most: "Most read", photo: "Photo: Tilda Sampleton", cookie: "We use cookies to improve our site. By continuing you accept our policy.",
		next: "Next article", prev: "Previous article", comments: "Comments", rights: "All rights reserved", views: "Views", ago: "22 minutes ago",
		language: "English", weather: "Reed Shore -4°C", author: "Author", add: "Send to a friend",
		others: [4]string{"Mill at Reed Shore grinds its last sack before the repair", "Carpenters build a bridge nobody asked for in Upper Ilmen", "Goat without an owner elected to the harbour choir", "Bells of the lower town to be tuned in spring"},
		lead:   "The wheel of the mill at Reed Shore will stand still until the smith has mended its axle, the council of millers said.",
	},
	{
		lang: "ru", title: "Паром через Ильмену снова ходит после ледостава", site: "Камышовый берег", name: "Ада Образцова",
		date: "17 февраля 2026", clock: "09:40",
		paras: [4]string{
			"Паром между двумя берегами Ильмены снова ходит с утра понедельника, сообщила контора гавани Камышового берега.",
			"Шесть недель лёд был слишком толстым для лодки и слишком тонким для телег, и письма везли в обход через мельницу.",
			"Первыми пассажирами стали два плотника, учитель и коза, которая никому на борту не принадлежала, записал паромщик.",
			"Контора гавани ожидает, что лодка будет ходить четыре раза в день до осенней косьбы камыша, если позволит погода."},
		short: "Паром между двумя берегами Ильмены снова ходит с утра понедельника. Контора гавани Камышового берега сообщила, что первая лодка перевезла девять пассажиров и почту за шесть недель ожидания на обоих берегах.",
		sub:   "Зима писем", quote: "«Нам не хватало звука его колокола больше, чем хлеба», — сказал сторож мельницы.",
		items: [2]string{"Четыре рейса в день, первый в семь часов утра", "Половинная плата для тех, кто везёт письмо на другой берег"},
		home:  "Главная", news: "Новости", tags: "Теги", share: "Поделиться", also: "Читайте также", telegram: "Подписывайтесь на наш канал в Telegram", print: "Версия для печати",
		most: "Самое читаемое", photo: "Фото: Тильда Пробная", cookie: "Мы используем файлы cookie. Продолжая, вы соглашаетесь с правилами сайта.",
		next: "Следующая статья", prev: "Предыдущая статья", comments: "Комментарии", rights: "Все права защищены", views: "Просмотров", ago: "22 минуты назад",
		language: "Русский", weather: "Камышовый берег -4°C", author: "Автор", add: "Отправить другу",
		others: [4]string{"Мельница у Камышового берега смолола последний мешок перед ремонтом", "Плотники строят в Верхней Ильмене мост, о котором никто не просил", "Козу без хозяина выбрали в хор гавани", "Колокола нижнего города настроят весной"},
		lead:   "Колесо мельницы у Камышового берега будет стоять, пока кузнец не починит ось, сообщил совет мельников.",
	},
	{
		lang: "kk", title: "Ілмен өткелінде сал мұз кеткен соң қайта жүрді", site: "Қамыс Жағасы", name: "Айна Мысалқызы",
		date: "2026 жылғы 17 ақпан", clock: "09:40",
		paras: [4]string{
			"Ілмен өзенінің екі жағасын қосатын сал дүйсенбі таңынан бері қайта жүре бастады, деп хабарлады Қамыс Жағасының айлақ кеңсесі.",
			"Алты апта бойы мұз қайыққа тым қалың, арбаға тым жұқа болып, хаттар диірмен арқылы айналма жолмен жеткізілді.",
			"Алғашқы жолаушылар екі балташы, бір мұғалім және ешкімге тиесілі емес ешкі болды, деп жазды салшы өз кітабына.",
			"Айлақ кеңсесі ауа райы көтерсе, сал күзде қамыс орылғанға дейін күніне төрт рет жүреді деп күтеді."},
		short: "Ілмен өзенінің екі жағасын қосатын сал дүйсенбі таңынан бері қайта жүре бастады. Қамыс Жағасының айлақ кеңсесі алғашқы сал тоғыз жолаушы мен алты аптаның поштасын өткізгенін хабарлады.",
		sub:   "Хаттар қысы", quote: "«Бізге нанынан гөрі оның қоңырауының үні жетпеді», — деді диірмен күзетшісі.",
		items: [2]string{"Күніне төрт рет, алғашқысы таңғы сағат жетіде", "Арғы жағаға хат апаратындарға жол ақысы екі есе арзан"},
		home:  "Басты бет", news: "Жаңалықтар", tags: "Тегтер", share: "Бөлісу", also: "Тағы оқыңыз", telegram: "Біздің Telegram арнамызға жазылыңыз", print: "Басып шығару нұсқасы",
		most: "Ең көп оқылған", photo: "Сурет: Тілда Сынамаұлы", cookie: "Біз cookie файлдарын қолданамыз. Жалғастыра отырып, сіз ережемізбен келісесіз.",
		next: "Келесі мақала", prev: "Алдыңғы мақала", comments: "Пікірлер", rights: "Барлық құқықтар қорғалған", views: "Қаралды", ago: "22 минут бұрын",
		language: "Қазақша", weather: "Қамыс Жағасы -4°C", author: "Авторы", add: "Досыңа жібер",
		others: [4]string{"Қамыс Жағасындағы диірмен жөндеу алдында соңғы қабын тартты", "Балташылар Жоғарғы Ілменде ешкім сұрамаған көпір салуда", "Иесіз ешкі айлақ хорына сайланды", "Төменгі қаланың қоңыраулары көктемде күйге келтіріледі"},
		lead:   "Қамыс Жағасындағы диірменнің доңғалағы ұста білігін жөндегенше тоқтап тұрады, деп хабарлады диірменшілер кеңесі.",
	},
	{
		lang: "ky", title: "Илмен өткөөлүндө сал муз кеткенден кийин кайра жүрдү", site: "Камыш Жээк", name: "Айна Үлгүлүева",
		date: "17-февраль 2026", clock: "09:40",
		paras: [4]string{
			"Илмен суусунун эки жээгин бириктирген сал дүйшөмбү таңынан бери кайра жүрө баштады, деп билдирди Камыш Жээктин кеме кеңсеси.",
			"Алты жума бою муз кайыкка өтө калың, арабага өтө жука болуп, каттар тегирмен аркылуу айланма жол менен жеткирилди.",
			"Алгачкы жүргүнчүлөр эки жыгач уста, бир мугалим жана эч кимге таандык эмес эчки болду, деп жазды салчы өз китебине.",
			"Кеме кеңсеси аба ырайы көтөрсө, сал күзүндө камыш орулганга чейин күнүнө төрт жолу жүрөт деп күтөт."},
		short: "Илмен суусунун эки жээгин бириктирген сал дүйшөмбү таңынан бери кайра жүрө баштады. Камыш Жээктин кеме кеңсеси алгачкы сал тогуз жүргүнчү менен алты жуманын почтасын өткөргөнүн билдирди.",
		sub:   "Каттар кышы", quote: "«Бизге нандан көрө анын коңгуроосунун үнү жетпеди», — деди тегирмендин кароолчусу.",
		items: [2]string{"Күнүнө төрт жолу, биринчиси эртең мененки саат жетиде", "Аркы жээкке кат алып баргандарга жол акы эки эсе арзан"},
		home:  "Башкы бет", news: "Жаңылыктар", tags: "Тегдер", share: "Бөлүшүү", also: "Дагы окуңуз", telegram: "Биздин Telegram каналга жазылыңыз", print: "Басып чыгаруу",
		most: "Эң көп окулган", photo: "Сүрөт: Тилда Үлгүлүева", cookie: "Биз cookie файлдарын колдонобуз. Улантуу менен сиз эрежеге макул болосуз.",
		next: "Кийинки макала", prev: "Мурунку макала", comments: "Пикирлер", rights: "Бардык укуктар корголгон", views: "Көрүүлөр", ago: "22 мүнөт мурун",
		language: "Кыргызча", weather: "Камыш Жээк -4°C", author: "Автору", add: "Досуңа жөнөт",
		others: [4]string{"Камыш Жээктеги тегирмен оңдоо алдында акыркы кабын тартты", "Жыгач усталар Жогорку Илменде эч ким сурабаган көпүрө курууда", "Ээсиз эчки кеме хоруна шайланды", "Төмөнкү шаардын коңгуроолору жазында күүлөнөт"},
		lead:   "Камыш Жээктеги тегирмендин дөңгөлөгү темир уста огун оңдогончо токтоп турат, деп билдирди тегирменчилер кеңеши.",
	},
	{
		lang: "uz", title: "Ilmen kechuvida sol muz ketgach yana qatnay boshladi", site: "Qamish Sohil", name: "Oyna Namunova",
		date: "17-fevral 2026", clock: "09:40",
		paras: [4]string{
			"Ilmen daryosining ikki sohilini bog‘laydigan sol dushanba tongidan yana qatnay boshladi, deb xabar berdi Qamish Sohil bandargohi idorasi.",
			"Olti hafta davomida muz qayiq uchun juda qalin, arava uchun esa juda yupqa bo‘lib, xatlar tegirmon orqali aylanma yo‘l bilan keltirildi.",
			"Birinchi yo‘lovchilar ikki duradgor, bir o‘qituvchi va hech kimga tegishli bo‘lmagan echki bo‘ldi, deb yozdi solchi o‘z kitobiga.",
			"Bandargoh idorasi ob-havo imkon bersa, sol kuzda qamish o‘rilguncha kuniga to‘rt marta qatnaydi deb kutmoqda."},
		short: "Ilmen daryosining ikki sohilini bog‘laydigan sol dushanba tongidan yana qatnay boshladi. Qamish Sohil bandargohi idorasi birinchi sol to‘qqiz yo‘lovchi va olti haftalik pochtani o‘tkazganini xabar qildi.",
		sub:   "Xatlar qishi", quote: "«Bizga nondan ko‘ra uning qo‘ng‘irog‘i ovozi yetishmadi», — dedi tegirmon qorovuli.",
		items: [2]string{"Kuniga to‘rt marta, birinchisi ertalab soat yettida", "Narigi sohilga xat olib boradiganlarga yo‘l haqi ikki baravar arzon"},
		home:  "Bosh sahifa", news: "Yangiliklar", tags: "Teglar", share: "Ulashish", also: "Shuningdek o‘qing", telegram: "Telegram kanalimizga obuna bo‘ling", print: "Chop etish",
		most: "Eng ko‘p o‘qilgan", photo: "Surat: Tilda Namunova", cookie: "Biz cookie fayllaridan foydalanamiz. Davom etib, siz qoidalarga rozilik bildirasiz.",
		next: "Keyingi maqola", prev: "Oldingi maqola", comments: "Izohlar", rights: "Barcha huquqlar himoyalangan", views: "Ko‘rishlar", ago: "22 daqiqa oldin",
		language: "O‘zbekcha", weather: "Qamish Sohil -4°C", author: "Muallif", add: "Do‘stga yuborish",
		others: [4]string{"Qamish Sohildagi tegirmon ta’mirdan oldin so‘nggi qopini tortdi", "Duradgorlar Yuqori Ilmenda hech kim so‘ramagan ko‘prik qurmoqda", "Egasiz echki bandargoh xoriga saylandi", "Quyi shahar qo‘ng‘iroqlari bahorda sozlanadi"},
		lead:   "Qamish Sohildagi tegirmonning charxi temirchi o‘qini tuzatguncha to‘xtab turadi, deb xabar berdi tegirmonchilar kengashi.",
	},
}

// variation is a way to lay out a page. It gives the page and the paragraphs that must come out.
type variation func(w tongue) (page string, want []string)

func wrap(w tongue, title, body string) string {
	return fmt.Sprintf("<!DOCTYPE html><html><head><title>%s</title></head><body>%s</body></html>", title, body)
}

func ps(texts ...string) string { return "<p>" + strings.Join(texts, "</p>\n<p>") + "</p>\n" }

func (w tongue) links(n int, sep string) string {
	var out []string
	for i, t := range w.others[:n] {
		out = append(out, fmt.Sprintf(`<a href="/n/%d.html">%s</a>`, 300+i, t))
	}
	return strings.Join(out, sep)
}

func (w tongue) nav(sep string) string {
	return fmt.Sprintf(`<a href="/">%s</a>%s<a href="/news">%s</a>`, w.home, sep, w.news)
}

var variations = map[string]variation{
	"date and byline after the text": func(w tongue) (string, []string) {
		return wrap(w, w.title+" — "+w.site, `<div>`+w.nav(" | ")+`</div><h1>`+w.title+`</h1><div>`+ps(w.paras[:]...)+
			`</div><div>`+w.date+`, `+w.clock+`</div><div>`+w.author+`: `+w.name+`</div><div>`+w.views+`: 1 204</div><div>© 2026 `+w.site+`. `+w.rights+`.</div>`), w.paras[:]
	},
	"byline and tags as the last paragraphs": func(w tongue) (string, []string) {
		return wrap(w, w.site+" | "+w.title, `<p>`+w.nav(" / ")+`</p><h1>`+w.title+`</h1><p>`+w.date+`</p>`+ps(w.paras[:]...)+
			`<p>`+w.name+`</p><p>`+w.tags+`: <a href="/t/1">ilmen</a>, <a href="/t/2">reed</a></p><p>`+w.share+`: <a href="#">Facebook</a> <a href="#">Telegram</a> <a href="#">X</a></p>`+
			`<p>`+w.site+`, 2026. `+w.rights+`.</p>`), w.paras[:]
	},
	"boxes in the middle": func(w tongue) (string, []string) {
		return wrap(w, w.title+" | "+w.site, `<div class="x1">`+w.nav(" ")+`</div><div class="x2"><h1>`+w.title+`</h1><span>`+w.date+` `+w.clock+`</span>`+
			ps(w.paras[0], w.paras[1])+`<div><b>`+w.also+`:</b> <a href="/n/300.html">`+w.others[0]+`</a></div><p>`+w.telegram+`</p>`+
			ps(w.paras[2], w.paras[3])+`<p>`+w.telegram+`!</p></div>`), w.paras[:]
	},
	"comments and neighbours": func(w tongue) (string, []string) {
		return wrap(w, w.title, `<h1>`+w.title+`</h1><p>`+w.name+` | `+w.date+` | `+w.clock+`</p>`+ps(w.paras[:]...)+
			`<p><a href="/n/1.html">`+w.prev+`: `+w.others[0]+`</a> <a href="/n/2.html">`+w.next+`: `+w.others[1]+`</a></p><h3>`+w.comments+` (2)</h3>`+
			`<ul><li><b>`+w.name+`</b> `+w.date+`, 10:01<br>`+w.lead+`</li><li><b>Guest</b> `+w.date+`, 11:15<br>`+w.short+`</li></ul>`), w.paras[:]
	},
	"most read before the text": func(w tongue) (string, []string) {
		return wrap(w, w.site+": "+w.title, `<div><b>`+w.most+`</b><ul><li>`+w.links(4, `</li><li>`)+`</li></ul></div><div>`+w.weather+` | USD 99.50</div><div>`+w.language+` | English</div>`+
			`<div><a href="/">`+w.home+`</a> / <a href="/news">`+w.news+`</a> / `+w.title+`</div><h1>`+w.title+`</h1><div>`+w.date+`, `+w.clock+` | `+w.views+`: 55</div>`+
			`<div>`+ps(w.paras[:]...)+`</div><div><a href="/print">`+w.print+`</a> | <a href="/send">`+w.add+`</a></div>`), w.paras[:]
	},
	"cookies and two first headings": func(w tongue) (string, []string) {
		return wrap(w, w.title+" - "+w.site, `<div>`+w.cookie+`</div><h1><a href="/">`+w.site+`</a></h1><h1>`+w.title+`</h1><p>`+w.date+`, `+w.clock+`. `+w.ago+`</p>`+
			`<div><img src="/a.jpg"><div>`+w.photo+`</div></div>`+ps(w.paras[:]...)+`<p>`+w.photo+`</p>`), w.paras[:]
	},
	"no headings": func(w tongue) (string, []string) {
		return wrap(w, w.site+" » "+w.title, `<table><tr><td>`+w.nav("<br>")+`</td><td><b>`+w.title+`</b><br>`+w.date+` `+w.clock+`<br><br>`+
			strings.Join(w.paras[:], "<br><br>")+`<br><br>`+w.author+`: `+w.name+`</td><td><b>`+w.most+`</b><br>`+w.links(3, "<br>")+`</td></tr></table><p>© `+w.site+`</p>`), w.paras[:]
	},
	"one paragraph": func(w tongue) (string, []string) {
		return wrap(w, w.title+" :: "+w.site, `<p>`+w.nav(" | ")+`</p><h1>`+w.title+`</h1><p>`+w.date+`, `+w.clock+`</p><p>`+w.short+`</p><p>`+w.share+`</p>`+
			`<h3>`+w.also+`</h3><ul><li>`+w.links(4, `</li><li>`)+`</li></ul>`), []string{w.short}
	},
	"list, quote and subheading": func(w tongue) (string, []string) {
		return wrap(w, w.title, `<header>`+w.nav(" ")+`</header><article><h1>`+w.title+`</h1><time datetime="2026-02-17T09:40:00+05:00">`+w.date+`</time>`+ps(w.paras[0])+
			`<ul><li>`+w.items[0]+`</li><li>`+w.items[1]+`</li></ul>`+ps(w.paras[1])+`<h2>`+w.sub+`</h2>`+ps(w.paras[2])+`<blockquote>`+w.quote+`</blockquote>`+ps(w.paras[3])+
			`</article><aside>`+w.links(3, " ")+`</aside>`), []string{w.paras[0], w.items[0] + "; " + w.items[1], w.paras[1], w.sub, w.paras[2], w.quote, w.paras[3]}
	},
	"the next article below": func(w tongue) (string, []string) {
		next := strings.Repeat(`<p>`+w.lead+` `+w.quote+`</p>`+ps(w.others[:]...), 3)
		return wrap(w, w.title+" — "+w.site, `<nav>`+w.nav(" ")+`</nav><article><h1>`+w.title+`</h1><p>`+w.date+`, `+w.clock+`</p>`+ps(w.paras[:]...)+
			`</article><article><h1><a href="/n/9">`+w.others[0]+`</a></h1>`+next+`</article><article><h1>`+w.others[1]+`</h1>`+next+`</article>`), w.paras[:]
	},
	"teasers with leads below": func(w tongue) (string, []string) {
		return wrap(w, w.title, `<div><div><h1>`+w.title+`</h1><div>`+w.name+`</div><div>`+w.date+`, `+w.clock+`</div><div>`+ps(w.paras[:]...)+`</div>`+
			`<div><div>`+w.also+`</div><div><a href="/n/1.html">`+w.others[0]+`</a><p>`+w.lead+`</p></div></div></div><div><div>`+w.telegram+`</div><div>`+w.site+`. `+w.rights+`</div></div></div>`), w.paras[:]
	},
}

// TestVariations reads pages as different sites lay them out and wants the paragraphs, the title and the day, no more.
func TestVariations(t *testing.T) {
	n := newNormalizer(t)
	for name, of := range variations {
		for _, w := range tongues {
			t.Run(name+"/"+w.lang, func(t *testing.T) {
				page, want := of(w)
				x, err := n.Extract(Raw{URL: "https://shore.example/news/2318.html", Body: []byte(page), Hint: Hint{Zone: almaty, Seen: time.Date(2026, 3, 10, 0, 0, 0, 0, time.UTC)}})
				if err != nil || x.Verdict != nil {
					t.Errorf("error %v, verdict %v", err, x.Verdict)
				}
				if x.Title != w.title {
					t.Errorf("title %q, want %q", x.Title, w.title)
				}
				got := strings.Split(x.Text, "\n\n")
				for _, p := range got {
					if !slices.Contains(want, p) {
						t.Errorf("too much: %s", p)
					}
				}
				for _, p := range want {
					if !slices.Contains(got, p) {
						t.Errorf("lost: %s", p)
					}
				}
				if got := x.Published.Time.In(almaty).Format(time.DateOnly); got != "2026-02-17" {
					t.Errorf("published %s (%s)", got, x.Published.Origin)
				}
			})
		}
	}
}
