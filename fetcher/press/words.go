package press

import (
	"fmt"
	"time"
)

// words is what the furniture of pages says in one language.
type words struct {
	Slogan, Home, News, Security, Society, Partners, About, Contacts, Search, Feeds string
	MostRead, Related, ReadAlso, Comments, LeaveComment, YourName, Send, LogIn      string
	Subscribe, SubscribeCall, YourMail, Share, Views, Ago, Tags, By, Print, Older   string
	Cookies, Accept, Rights, Caption, AuthorBox, Broken, Busy, Missing, Human, Menu string
	Bylines, Remarks, AboutText, ContactText, MenuItems, Months                     []string
	DateForm                                                                        string // of day, month, year and time
	Topics                                                                          map[string]string
}

// wordsOf gives the words of a language, those of English for one that the press does not speak.
func wordsOf(language string) *words {
	switch language {
	case "ru":
		return &russian
	case "kk":
		return &kazakh
	}
	return &english
}

var english = words{
	Slogan: "Sample news from an invented outlet", Home: "Home", News: "News", Security: "Security", Society: "Society",
	Partners: "From our partners", About: "About us", Contacts: "Contacts", Search: "Search", Feeds: "RSS feeds",
	MostRead: "Most read", Related: "Related stories", ReadAlso: "Read also", Comments: "Comments",
	LeaveComment: "Leave a comment. Your email address will not be published.", YourName: "Your name", Send: "Send", LogIn: "Log in to read on",
	Subscribe: "Subscribe", SubscribeCall: "Sign up for our newsletter and get the best stories every morning.", YourMail: "Your email",
	Share: "Share on social networks", Views: "Views", Ago: "%d minutes ago", Tags: "Tags", By: "By", Print: "Print version", Older: "Older stories",
	Cookies: "We use cookies to improve your experience. By continuing you agree to our policy.", Accept: "Accept all",
	Rights:  "All rights reserved. Reprinting is allowed only with a link to the source.",
	Caption: "Illustrative picture from the archive", AuthorBox: "writes for the newsroom about the region and answers letters on weekdays.",
	Broken: "Something went wrong. Please try again later.", Busy: "Too many requests. Please slow down.", Missing: "The page was not found.",
	Human: "Checking your browser before you go on. Please enable JavaScript and confirm that you are human.", Menu: "Sections",
	Bylines: []string{"Ada Specimen", "Nomad Ulgibek", "Tilda Sampleton"},
	Remarks: []string{"Thank you, this was interesting to read.", "I do not agree with the author at all.", "When will there be more on this?"},
	AboutText: []string{
		"This outlet does not exist. It was invented to show how a reader of news works, and all its stories are made from phrases by chance.",
		"The newsroom has never had an office, a telephone or a coffee machine, yet it publishes on every day of the year and corrects itself now and then.",
		"Whoever wants to write for us may do so by adding phrases to the bank. Letters are answered by the same machine that writes the stories."},
	ContactText: []string{"Newsroom: a desk in memory, second listener on the left.", "Telephone: none. Mail: newsroom at press dot test."},
	MenuItems:   []string{"Leadership", "Structure", "Documents", "Open data", "Tenders", "Vacancies", "Appeals of citizens", "Anti-corruption", "Photo archive", "Video archive", "Map of the site"},
	Months:      []string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
	DateForm:    "%[1]d %[2]s %[3]d, %[4]s",
	Topics: map[string]string{"border": "Border", "exercise": "Exercises", "customs": "Customs", "drugs": "Drugs", "extremism": "Extremism",
		"alliance": "Alliances", "sport": "Sport", "cooking": "Kitchen", "culture": "Culture", "weather": "Weather", "elsewhere": "World"},
}

var russian = words{
	Slogan: "Образцы новостей вымышленного издания", Home: "Главная", News: "Новости", Security: "Безопасность", Society: "Общество",
	Partners: "Материалы партнёров", About: "О нас", Contacts: "Контакты", Search: "Поиск", Feeds: "Ленты RSS",
	MostRead: "Самое читаемое", Related: "Материалы по теме", ReadAlso: "Читайте также", Comments: "Комментарии",
	LeaveComment: "Оставить комментарий. Ваш адрес не будет опубликован.", YourName: "Ваше имя", Send: "Отправить", LogIn: "Войдите, чтобы читать дальше",
	Subscribe: "Подписаться", SubscribeCall: "Подпишитесь на нашу рассылку и получайте лучшие материалы каждое утро.", YourMail: "Ваша почта",
	Share: "Поделиться в соцсетях", Views: "Просмотров", Ago: "%d минут назад", Tags: "Метки", By: "Автор:", Print: "Версия для печати", Older: "Более ранние материалы",
	Cookies: "Мы используем файлы cookie. Продолжая, вы соглашаетесь с нашей политикой.", Accept: "Принять все",
	Rights:  "Все права защищены. Перепечатка разрешена только со ссылкой на источник.",
	Caption: "Иллюстративное фото из архива", AuthorBox: "пишет для редакции о регионе и отвечает на письма по будням.",
	Broken: "Что-то пошло не так. Попробуйте позже.", Busy: "Слишком много запросов. Подождите немного.", Missing: "Страница не найдена.",
	Human: "Проверяем ваш браузер. Включите JavaScript и подтвердите, что вы не робот.", Menu: "Разделы",
	Bylines: []string{"Ада Примерова", "Шаблон Образцов", "Тильда Заготовкина"},
	Remarks: []string{"Спасибо, было интересно читать.", "С автором совсем не согласен.", "Когда будет продолжение?"},
	AboutText: []string{
		"Этого издания не существует. Его придумали, чтобы показать работу читателя новостей, а все тексты составлены случайно из заготовленных фраз.",
		"У редакции никогда не было ни комнаты, ни телефона, ни кофеварки, но она выходит каждый день и время от времени поправляет себя.",
		"Кто хочет писать для нас, может добавить свои фразы в запас. На письма отвечает та же машина, что сочиняет заметки."},
	ContactText: []string{"Редакция: стол в памяти, второй слева.", "Телефона нет. Почта: редакция на press точка test."},
	MenuItems:   []string{"Руководство", "Структура", "Документы", "Открытые данные", "Закупки", "Вакансии", "Обращения граждан", "Противодействие коррупции", "Фотоархив", "Видеоархив", "Карта сайта"},
	Months:      []string{"января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября", "ноября", "декабря"},
	DateForm:    "%[1]d %[2]s %[3]d, %[4]s",
	Topics: map[string]string{"border": "Граница", "exercise": "Учения", "customs": "Таможня", "drugs": "Наркотрафик", "extremism": "Экстремизм",
		"alliance": "Союзы", "sport": "Спорт", "cooking": "Кухня", "culture": "Культура", "weather": "Погода", "elsewhere": "Мир"},
}

var kazakh = words{
	Slogan: "Ойдан шығарылған басылымның үлгі жаңалықтары", Home: "Басты бет", News: "Жаңалықтар", Security: "Қауіпсіздік", Society: "Қоғам",
	Partners: "Серіктестер материалы", About: "Біз туралы", Contacts: "Байланыс", Search: "Іздеу", Feeds: "RSS таспалары",
	MostRead: "Көп оқылған", Related: "Тақырыптас жаңалықтар", ReadAlso: "Тағы оқыңыз", Comments: "Пікірлер",
	LeaveComment: "Пікір қалдыру. Сіздің поштаңыз жарияланбайды.", YourName: "Атыңыз", Send: "Жіберу", LogIn: "Оқу үшін жүйеге кіріңіз",
	Subscribe: "Жазылу", SubscribeCall: "Хат таратуымызға жазылып, таңдаулы жаңалықтарды күн сайын алыңыз.", YourMail: "Поштаңыз",
	Share: "Әлеуметтік желіде бөлісу", Views: "Қаралды", Ago: "%d минут бұрын", Tags: "Белгілер", By: "Авторы:", Print: "Басып шығару нұсқасы", Older: "Бұрынғы жаңалықтар",
	Cookies: "Біз cookie файлдарын қолданамыз. Жалғастырсаңыз, саясатымызға келісесіз.", Accept: "Бәрін қабылдау",
	Rights:  "Барлық құқық қорғалған. Көшіріп басу тек дереккөзге сілтемемен рұқсат етіледі.",
	Caption: "Мұрағаттағы көрнекі сурет", AuthorBox: "редакцияда өңір туралы жазады, хаттарға жұмыс күндері жауап береді.",
	Broken: "Бірдеңе дұрыс болмады. Кейінірек қайталап көріңіз.", Busy: "Сұрау тым көп. Сәл күтіңіз.", Missing: "Бет табылмады.",
	Human: "Браузеріңіз тексерілуде. JavaScript қосып, робот еместігіңізді растаңыз.", Menu: "Бөлімдер",
	Bylines: []string{"Үлгі Мысалбек", "Айна Мысалқызы", "Қалып Сынамаұлы"},
	Remarks: []string{"Рахмет, оқуға қызық болды.", "Автормен мүлде келіспеймін.", "Жалғасы қашан болады?"},
	AboutText: []string{
		"Мұндай басылым жоқ. Ол жаңалық оқырманының жұмысын көрсету үшін ойлап табылған, барлық мәтін дайын тіркестерден кездейсоқ құралған.",
		"Редакцияда бөлме де, телефон да, кофе қайнатқыш та болған емес, бірақ ол күн сайын шығады және ара-тұра өзін түзетеді.",
		"Бізге жазғысы келген адам тіркестер қорына өз сөйлемін қоса алады. Хаттарға мәтін құрайтын сол машина жауап береді."},
	ContactText: []string{"Редакция: жадтағы үстел, сол жақтан екінші.", "Телефон жоқ. Пошта: редакция, press нүкте test."},
	MenuItems:   []string{"Басшылық", "Құрылым", "Құжаттар", "Ашық деректер", "Сатып алу", "Бос орындар", "Азаматтар өтініші", "Сыбайлас жемқорлыққа қарсы", "Фотомұрағат", "Бейнемұрағат", "Сайт картасы"},
	Months:      []string{"қаңтар", "ақпан", "наурыз", "сәуір", "мамыр", "маусым", "шілде", "тамыз", "қыркүйек", "қазан", "қараша", "желтоқсан"},
	DateForm:    "%[3]d жылғы %[1]d %[2]s, %[4]s",
	Topics: map[string]string{"border": "Шекара", "exercise": "Жаттығу", "customs": "Кеден", "drugs": "Есірткі", "extremism": "Экстремизм",
		"alliance": "Одақтар", "sport": "Спорт", "cooking": "Ас үй", "culture": "Мәдениет", "weather": "Ауа райы", "elsewhere": "Әлем"},
}

// date writes a time as a page of the language does.
func (w *words) date(t time.Time) string {
	return fmt.Sprintf(w.DateForm, t.Day(), w.Months[t.Month()-1], t.Year(), t.Format("15:04"))
}
