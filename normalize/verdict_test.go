package normalize

import (
	"errors"
	"strings"
	"testing"
)

func TestVerdict(t *testing.T) {
	n := newNormalizer(t)
	const menu = `<ul><li><a href="/1">Home</a></li><li><a href="/2">Politics</a></li><li><a href="/3">Society</a></li></ul>`
	is := func(url, page string, want error) {
		t.Helper()
		x, err := n.Extract(Raw{URL: "https://example.org" + url, Body: []byte(page), Hint: Hint{Seen: firstSeen, Zone: almaty}})
		if err != nil {
			t.Errorf("%s: %v", url, err)
		}
		if !errors.Is(x.Verdict, want) || want == nil && x.Verdict != nil {
			t.Errorf("%s %.60q: verdict %v, want %v", url, x.Title, x.Verdict, want)
		}
	}
	page := func(title string, rest ...string) string {
		return "<!DOCTYPE html><html><head><meta charset=utf-8><title>" + title + "</title></head><body>" + menu + strings.Join(rest, "\n") + "</body></html>"
	}
	text := func(s string) string { return "<p>" + s + "</p>" }

	// Short articles, and such as speak of what other pages say.
	is("/n/1", page("Climber not found after a week", "<h1>Climber not found after a week</h1><div>2 March 2026</div>",
		text("A climber from Orlut has not been found a week after he left the stone hut below the pass, the river guard said on Monday. The search goes on.")), nil)
	is("/n/2", page("Пропавший турист не найден", "<h1>Пропавший турист не найден</h1><div>02.03.2026</div>",
		text("Туриста, который неделю назад ушёл из каменной хижины под перевалом, до сих пор не нашли, сообщила речная стража. Поиски продолжаются.")), nil)
	is("/n/3", page("Доступ к сайту «Керуен» ограничен в Орлуте", "<h1>Доступ к сайту «Керуен» ограничен в Орлуте</h1><div>02.03.2026</div>",
		text("Жители Орлута со вторника не могут открыть сайт «Керуен»: доступ к ресурсу заблокирован по решению суда. Редакция намерена обжаловать решение в области.")), nil)
	is("/n/4", page("Жоғалған жылқылар табылмады", "<h1>Жоғалған жылқылар табылмады</h1><div>2 наурыз 2026</div>",
		text("Өткен аптада жоғалған он екі жылқы әлі табылмады, деп хабарлады өзен күзеті. Іздеу жұмыстары жалғасып жатыр, малшылар көрші алқаптан көмек сұрады.")), nil)
	is("/about-the-bridge", page("About the bridge and its toll", "<h1>About the bridge and its toll</h1><div>2 March 2026, 10:00</div>",
		text("The toll on the bridge over the Ilmen is two zar for a cart and half a zar for a mule, the council of the valley said on Monday. Children go free until the autumn.")), nil)

	// Missing pages.
	is("/x", page("404", "<h1>404</h1>", text("Nothing is here.")), ErrUnavailable)
	is("/x", page("Page not found – Courier", "<h1>Oops!</h1>", text("The page you are looking for could not be found. Try the search or go back to the front page.")), ErrUnavailable)
	is("/x", page("Керуен", "<h1>Бет табылмады</h1>", text("Кешіріңіз, сіз іздеген бет табылмады немесе өшірілген. Басты бетке оралыңыз.")), ErrUnavailable)
	is("/x", page("Topilmadi", "<h1>Sahifa topilmadi</h1>", text("Siz qidirgan sahifa topilmadi.")), ErrUnavailable)

	// Challenges and walls.
	is("/x", page("Attention Required! | Cloudflare", "<h1>Sorry, you have been blocked</h1>", text("You are unable to access example.org. Why have I been blocked? This website is using a security service.")), ErrChallenge)
	is("/x", page("Вы не робот?", "<h1>Подтвердите, что вы не робот</h1>", text("Введите символы с картинки, чтобы продолжить.")), ErrChallenge)
	is("/x", page("Сіз робот емессіз бе?", text("Робот емессіз бе, соны растаңыз.")), ErrChallenge)
	is("/x", page("Access Denied", "<h1>Access Denied</h1>", text("You do not have permission to see this page on this server.")), ErrChallenge)
	is("/x", page("Курьер", text("Чтобы прочитать статью, войдите, чтобы продолжить чтение.")), ErrChallenge)
	is("/x", page("Керуен", text("Сайт жұмыс істеуі үшін JavaScript қосыңыз.")), ErrChallenge)
	is("/x", page("Courier", text("We use cookies. Before you continue, please accept all cookies or change the settings of your consent.")), ErrChallenge)

	// A banner on a page with other content is no wall.
	const front = `<div>Сайт cookie файлдарын пайдаланады. Сайтты қарауды жалғастыра отырып, сіз бұған келісесіз. <a href="#">Қабылдау</a></div><ul><li><a href="/n/1">Орлұттағы көпір қайта ашылды</a></li>` +
		`<li><a href="/n/2">Ілмен өзеніндегі мұз еріді</a></li><li><a href="/n/3">Паром жаңа кестеге көшті</a></li></ul>`
	is("/", page("Керуен", front), ErrNotArticle)

	// The site's own pages.
	is("/biz-turaly", page("Біз туралы", "<h1>Біз туралы</h1>", text("«Керуен» 2009 жылдан бері шығады және Ілменнің жоғарғы ағысындағы өмір туралы жазады. Редакцияда алты адам жұмыс істейді, тілшілер Орлұтта және асу маңында бар.")), ErrNotArticle)
	is("/reklama", page("Реклама на сайте", "<h1>Реклама на сайте</h1>", text("Размещение баннера на главной странице стоит двести заров в неделю. Скидка постоянным заказчикам десять процентов. Макеты принимаются до среды."), text("Телефон отдела рекламы 22-33-44.")), ErrNotArticle)
	is("/privacy-policy", page("Privacy policy", "<h1>Privacy policy</h1>", text("This policy tells which data the Courier keeps of its readers and for how long. We keep the address of your computer for ten days, and nothing else."), text("You may ask for what is kept about you by writing to the editor.")), ErrNotArticle)
}

// TestUnavailable holds apart what is no article and what is one that is not to be had at the moment.
func TestUnavailable(t *testing.T) {
	n := newNormalizer(t)
	is := func(headline, page string, want error) {
		t.Helper()
		x, err := n.Extract(Raw{URL: "https://courier.example/news/17-story", Body: []byte(page), ContentType: "text/html; charset=utf-8", Hint: Hint{Title: headline, Seen: firstSeen}})
		if err == nil {
			err = x.Verdict
		}
		if !errors.Is(err, want) || want == nil && err != nil {
			t.Errorf("%.60s: %v, want %v", page, err, want)
		}
	}
	const headline = "Ferry guild counts the boats of the upper river"
	is(headline, `<title>Error</title><h1>Database error</h1><p>Error establishing a database connection</p>`, ErrUnavailable)
	is(headline, `<title>Maintenance</title><h1>Site under maintenance</h1><p>We are updating our servers. Please come back in a few minutes, we apologise for the trouble. Our team works hard to bring the site back as soon as it can.</p>`, ErrUnavailable)
	is(headline, `<title>Долина</title><h1>Технические работы</h1><p>На сервере меняют диски. Зайдите, пожалуйста, через полчаса, мы всё вернём на место и расскажем, что случилось.</p>`, ErrUnavailable)
	is(headline, `<title>Courier</title><h1>Hello from the new machine</h1><p>21.02.2026</p><p>If you can read this page, the server was set up and waits for its first site to be put here by whoever keeps it, which may take until tomorrow.</p>`, ErrUnavailable)
	is(headline, `<title>Courier</title><p>Soon.</p>`, ErrEmpty)
	is(headline, `<title>Ferry guild counts the boats</title><h1>Ferry guild counts the boats</h1><p>21.02.2026</p><p>The guild of the ferrymen counted its boats on Friday and found nine, two of them in need of a new keel before the spring flood comes down the valley.</p>`, nil)
}
