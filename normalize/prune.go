package normalize

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/html/atom"
)

// What sites write over the things that follow an article, in the languages of the region and of its wires. They are
// met only by short lines, so a sentence that begins alike is safe.
var (
	commentMark = opens(`(?:submitted |user |reader |facebook |all |view |show |latest |post |add (?:your |a )?|leave (?:a |your )?|write a |your )*(?:comments?|reply|replies)\b|join the (?:conversation|discussion|debate)|have your say|what do you think|responses? to |` +
		`discuss(?:ion)?$|log ?in to comment|you must be logged in|no comments|kommentare?\b|kommentieren|commentaires?|comentarios?|yorum(?:lar|unuzu| yap)?|` +
		`(?:ваш |ваши |все |добавить |оставить |написать |новый |последние |свежие )*комментар(?:ий|ии|иев|ия)(?:$|[^\pL])|прокомментировать|обсуждени[ея]|обсудить|оставьте (?:свой )?(?:комментарий|отзыв)|мнения читателей|отзывы|ответить$|` +
		`коментар(?:і|ів|ь)|пікір(?:лер|іңіз|\s|$|[^\pL])|пікір қалдыр|комментарий(?:лер|лар)|пикир(?:лер|иңиз|$)|изоҳ(?:лар| қолдир|$)|izoh(?:lar| qoldir|$)|fikr(?:lar|ingiz| bildir)|шарҳ(?:ҳо|$)|назар(?:ҳо|и шумо)|teswir(?:ler|$)`)
	relatedMark = opens(`related\b|read (?:also|more|next|this)|also read|see also|more (?:on|from|stories|news|in|about|like)\b|also (?:on|in)\b|you (?:may|might) (?:also )?(?:like|be interested)|recommended\b|don'?t miss|` +
		`latest (?:news|stories|from|posts|articles)|top (?:stories|news)|most (?:read|popular|viewed|commented)|trending\b|popular (?:now|posts|news|stories)|other (?:news|stories|articles)|similar (?:news|articles|posts)|recent (?:posts|news|articles)|further reading|` +
		`what to read next|up next|in other news|editor'?s? (?:picks?|choice)|from around the web|around the web|sponsored|promoted|previous (?:article|post)|next (?:article|post)|` +
		`(?:что )?(?:читай(?:те)?|читать|смотрите|смотри|см\.?|прочтите|почитать) (?:также|так же|ещ[её]|далее|по теме|дальше|ранее|другие)|(?:материалы|новости|статьи|ещ[её]|публикации|ссылки|вс[её]|подробнее|также) (?:по|на)(?: этой| эту)? тем[еу]|по теме(?:$|[^\pL])|в тему$|похожие |другие (?:новости|материалы|статьи)|` +
		`(?:последние|свежие|главные|популярные|важные|топ|все) (?:новости|материалы|статьи|публикации|темы)|новости (?:партн[её]ров|дня|сми|раздела|рубрики|по теме)|самое (?:читаемое|популярное|интересное|важное|обсуждаемое)|популярное|рекомендуем|вам (?:также |может |будет |это )*(?:может |будет )?(?:понравит|интересн)|это (?:может быть )?интересно|ещ[её] (?:новости|материалы|по теме|на тему)|лента новостей|предыдущ(?:ая|ий) (?:статья|новость|материал)|следующ(?:ая|ий) (?:статья|новость|материал)|` +
		`(?:ұқсас|басқа|соңғы|өзге|танымал|маңызды|ең көп) (?:жаңалық|мақала|материал|оқыл)|тағы (?:да )?оқы|(?:осы )?тақырып(?:қа|тағы)? (?:бойынша|қатысты|орай)|сондай-ақ,? оқы|оқи отырыңыз|қызықты материал|ұсынамыз|` +
		`(?:окшош|башка|соңку|акыркы|тектеш) (?:жаңылык|макала|кабар)|дагы окуңуз|тема боюнча|ошондой эле окуңуз|` +
		`(?:o['‘’ʻ]xshash|boshqa|so['‘’ʻ]nggi|mashhur|mavzuga oid|eng ko['‘’ʻ]p) (?:yangilik|maqola|xabar|o['‘’ʻ]qil)|shuningdek o['‘’ʻ]qi|mavzu bo['‘’ʻ]yicha|(?:ўхшаш|бошқа|сўнгги|мавзуга оид) (?:янгилик|мақола|хабар)|(?:хабарҳои|матолиби) (?:дигар|монанд|охирин)|` +
		`mehr zum thema|lesen sie auch|das könnte sie|weitere (?:artikel|nachrichten)|auch interessant|à lire aussi|lire aussi|sur le même sujet|lea también|te puede interesar|ilgili haberler|benzer haberler|читайте також|також читайте|схожі|相关(?:阅读|新闻)|延伸阅读`)
	joinMark = opens(`subscribe\b|sign up\b|newsletter\b|get (?:our|the) (?:newsletter|app|latest)|follow (?:us|@|our)|join (?:us|our)|like us|share (?:this|on|via|the|article|your)|share\s*:?$|share\s*:\s|tags?\s*:|tagged\b|filed under|topics?\s*:|keywords?\s*:|categor(?:y|ies)\s*:|posted in|print(?: this)?(?: article)?$|email this|send to a friend|` +
		`подпи(?:шитесь|сывайтесь|саться|ска)|присоединяйтесь|следите за|поделиться|поделитесь|расскажите друзьям|теги\s*:|метки\s*:|тэги\s*:|рубрик[аи]\s*:|ключевые слова\s*:|версия для печати|распечатать|печать$|отправить (?:другу|ссылку|по)|нашли ошибку|заметили (?:ошибку|опечатку)|если вы (?:нашли|заметили|обнаружили)|выделите|нравится$|понравил(?:ась|ся)|оцените|рейтинг|просмотр(?:ов|ы)|` +
		`жазыл(?:ыңыз|ыныз)|жазылу(?:$|[^\pL])|бөлісу|бөлісіңіз|достарыңызбен бөліс|тегтер\s*:|тақырыптар\s*:|каналымызға|бізге жазыл|бөлүшүү|бөлүш|катталыңыз|obuna bo|обуна бўл|ulashish|teglar\s*:|улашиш|паҳн кун|мубодила|paýlaş`)
	// joinAfter is such a call with the name of what to join before it, in the languages that put it there.
	joinAfter = regexp.MustCompile(`(?i)^[^\pL]*\S+(?:(?:ға|ге|қа|ке|на|га|го) жазыл(?:ыңыз|ыныз)|(?:ga|га) (?:obuna bo|обуна бўл))`)
	// contactMark is what an imprint holds: an office with its address or numbers.
	contactMark = regexp.MustCompile(`(?i)(?:^|[^\pL])(?:(?:главный |бас |бош )?(?:редактор|редакция|редакторы|муҳаррир|учредитель)|издатель|адрес|мекенжай|манзил|тел(?:ефон|\.)|телефакс|editor|publisher|address|phone|tel\.?)(?: \S+)?\s*[:(].*(?:@|\d[\d ()-]{4,}\d)`)
	// footMark are calls to the reader that are whole sentences. They are met only in the second half of a text.
	footMark = opens(`если вы (?:заметили|нашли|обнаружили|увидели|хотите)|(?:заметили|нашли|увидели) (?:ошибку|опечатку)|подпи(?:шитесь|сывайтесь|сывайся) на|читайте нас|следи(?:те)? за на|присоединяйтесь к на|хотите (?:узнавать|быть в курсе)|больше новостей|оставайтесь с нами|наш(?:и)? (?:telegram|телеграм|канал|страниц)|` +
		`follow (?:us|the|our|deputy|\S+ \S+) .{0,40}\bon (?:facebook|twitter|instagram|telegram|x\b)|sign up (?:for|to)|subscribe to|get more from|download (?:the|our) app|this (?:document|article|story) is (?:subject to copyright|part of|copyright)|copyright \d{4}|more information:|citation:|journal information:|for more (?:news|stories|information)|do you have (?:a|any) (?:story|tip)|have a (?:tip|story)|` +
		`арнамызға жазыл|телеграм.{0,20}жазыл|telegram.{0,20}жазыл|жаңалықтарды .{0,40}оқы|қате (?:тапсаңыз|байқасаңыз)|мәтіннен қате|бизге жазыл|каналыбызга|telegram.{0,20}obuna|kanalimizga`)
	// adMark is the label of a place for advertising.
	adMark = opens(`(?:advertis(?:e?ment|ing)|реклама|жарнама|reklama|anzeige|werbung|publicit[eé]|publicidad|sponsored content|(?:article|story) continues (?:below|after)(?: (?:this )?(?:ad|advertisement))?|scroll to continue|continue reading|read more|подробнее|читать (?:далее|полностью|дальше)|толығырақ|батафсил|loading)[^\pL\pN]*(?:· scroll to continue)?$`)
	// rightsMark is the line of rights and imprint at the foot of a page.
	rightsMark = opens(`©|\(c\)\s|copyright\b|all rights reserved|все права (?:защищены|сохранены)|(?:при )?(?:полном |частичном |любом )*(?:использовани[еи]|перепечатк[аеи]|копировани[еи]|цитировани[еи])(?: и \S+)?(?: (?:всех|любых|данных|наших|текстовых))* (?:материал|информаци|текст|возможн|разрешен|допуск|без|только)|барлық (?:авторлық )?құқық|(?:сайт )?материалдар(?:ын|ды) (?:пайдалан|көшір)|көшіріп бас|бардык (?:автордук )?укук|barcha (?:mualliflik )?huquq|барча (?:муаллифлик )?ҳуқуқ|ҳамаи ҳуқуқ|reproduction |reprint(?:ing|ed)? |republication |ähli hukuk|усі права (?:захищ|застереж)|tüm hakları|alle rechte vorbehalten|tous droits réservés|todos los derechos`)
)

var (
	joinAfterStarts = startsOf(`жазыл|obuna|обуна`)
	contactStarts   = startsOf(`главн|бас |бош |редак|муҳар|учред|издат|адрес|мекен|манзил|тел|editor|publi|addre|phone|tel`)
)

// disclosureMark is what a notice says of the money that links earn the site.
var disclosureMark = regexp.MustCompile(`(?i)\baffiliate (?:links?|commissions?|partners?|programs?|advertising)|\bearn (?:a |an |some |us )*(?:small |affiliate |referral )?commission|` +
	`\b(?:independently|editorially) (?:selected|chosen|reviewed|researched|curated|picked)\b|\bwe (?:may |might |can )?(?:receive|get|earn) (?:a )?(?:portion|share|cut|payments?|compensation|commission)\b`)

// discloses tells the notice that the links of an article earn money, with its rules of independence.
func discloses(b *block) bool {
	const most = 600 // runes
	if b.runes > most {
		return false
	}
	for _, w := range [...]string{"affiliate", "commission", "compensation", "payment", "independently", "editorially"} {
		if strings.Contains(b.text, w) {
			return disclosureMark.MatchString(b.text)
		}
	}
	return false
}

// callsToJoin tells the call to join or to follow something.
func callsToJoin(text string) bool {
	return joinMark.MatchString(text) || joinAfterStarts.among(text) && joinAfter.MatchString(text)
}

// claimsRights tells the line of rights, also with the name of the site or the years before it.
func claimsRights(text string) bool {
	if rightsMark.MatchString(text) {
		return true
	}
	const most = 8 // words before it
	first, rest, ok := cutPart(text)
	for ok && first == "" {
		first, rest, ok = cutPart(rest)
	}
	if !ok || wordCount(first) > most || !strings.Contains(rest, "(") && !strings.Contains(rest, "©") && !rightsMark.starts.among(rest) {
		return false
	}
	for ok && rest != "" {
		if first, rest, ok = cutPart(rest); first != "" {
			return rightsMark.MatchString(first)
		}
	}
	return false
}

// called are the classes of residue that stand between the paragraphs of a text too, and are never a part of it.
var called = wordSet("channel share print cookie")

// boxOf gives the largest small box that a block opens: one that holds nothing of what was before it.
func boxOf(b *block, before []*block) *elem {
	var box *elem
	for e := b.el; e != nil && e.to-e.from <= 8 && e.good < 300; e = e.parent {
		if len(before) > 0 && before[len(before)-1].el.inside(func(p *elem) bool { return p == e }) {
			break
		}
		box = e
	}
	return box
}

// single drops what stands among the chosen blocks twice, as copies for printers and small screens do, lines
// without a letter, lone addresses, and labels of lists that were left out. all are the blocks of the page.
func single(all []block, bs []*block) []*block {
	known := map[string]bool{}
	times := map[string]int{}
	for i := range all {
		if b := &all[i]; b.runes >= 10 && b.runes < 400 {
			times[b.text]++
		}
	}
	var out []*block
	done, at := 0.0, 0
	for i, b := range bs {
		for &all[at] != b { // the chosen stand in the order of the page
			at++
		}
		q := ""
		if b.runes >= 60 {
			q = b.squash()
		}
		var n *block
		if at+1 < len(all) {
			n = &all[at+1]
		}
		switch {
		case q != "" && known[q]:
			continue
		case isCaption(b):
			continue
		case b.good < 10 && !hasLetter(b.text), (strings.HasPrefix(b.text, "http") || strings.HasPrefix(b.text, "www.")) && loneAddress.MatchString(b.text):
			continue
		case b.runes <= 40 && b.good < 5 && !b.ends && n != nil && n.share() > 0.8 && n.runes >= 15:
			continue
		case times[b.text] >= 3 && done >= 100:
			// A line that comes again and again is the frame of comments or teasers.
			if b.good >= 30 && frames(bs[i:]) >= 2 {
				return out
			}
			if !b.ends {
				continue
			}
		}
		known[q] = true
		done += b.good
		out = append(out, b)
	}
	return out
}

// isCaption tells the line under a picture that no element sets apart: by the credit that it ends or begins with.
func isCaption(b *block) bool {
	switch {
	case b.runes > 700 || b.heading():
		return false
	case b.picture && (strings.ContainsAny(b.text, "([/|:") || strings.Contains(b.text, "©")) && pictureStarts.among(b.text) && creditMark.MatchString(b.text):
		return true
	}
	return b.runes < 100 && creditStarts.of(strings.TrimLeft(b.text, "([")) && creditHead.MatchString(b.text)
}

// pictures are the words for one in a credit that ends a line.
const pictures = `photo|file photo|picture|image|photograph|фото|фотография|сурет|foto|суроту|сүрөт|расм|акс`

// credits begin the line that names who made a picture.
const credits = `photo|picture|image|photo credit|credit|фото|фотография|фото и видео|иллюстрация|скриншот|сурет|скрин|foto|сүрөт|расм|surat`

var (
	creditStarts  = startsOf(credits)
	pictureStarts = startsOf(pictures)

	creditMark = regexp.MustCompile(`(?i)[(\[/|] ?(?:` + pictures + `)[^()\[\]]{0,60}[)\]]?\.?$|(?:^|[^\pL])(?:photo|picture|image|фото|сурет|foto)(?: by| credit)?\s*[:©]\s*[^.]{2,60}\.?$`)
	creditHead = regexp.MustCompile(`(?i)^[(\[]?(?:` + credits + `)(?: by| credits?| courtesy(?: of)?| из| с| -)?\s*[:©/]`)
)

var loneAddress = regexp.MustCompile(`^(?:https?://|www\.)\S+$`)

// frames counts the different sentences that some blocks hold three times or more.
func frames(bs []*block) int {
	times := map[string]int{}
	n := 0
	for _, b := range bs {
		if b.good >= 30 {
			if times[b.text]++; times[b.text] == 3 {
				n++
			}
		}
	}
	return n
}

// attached drops blocks that stand outside of the box which holds most of the text and are parted from it by links,
// by what was taken out or by a call to the reader: widgets beside and below a short article.
func attached(all []block, title int, bs []*block) []*block {
	weight := map[*elem]float64{}
	total := 0.0
	for _, b := range bs {
		weight[homeOf(b)] += b.good
		total += b.good
	}
	var main *elem
	for _, b := range bs {
		if h := homeOf(b); main == nil || weight[h] > weight[main] {
			main = h
		}
	}
	if main == nil || weight[main] < 0.5*total {
		return bs
	}
	inside := func(b *block) bool { return b.el.inside(func(e *elem) bool { return e == main }) }
	chosen := map[*block]bool{}
	for _, b := range bs {
		chosen[b] = true
	}
	first, last := -1, -1
	for i := range all {
		if chosen[&all[i]] && inside(&all[i]) {
			if first < 0 {
				first = i
			}
			last = i
		}
	}
	drop := map[*block]bool{}
	walk := func(from, to, step int) {
		var found []*block
		linked, good := 0, 0.0
		parted, ended := false, false
		for i := from; i != to; i += step {
			b := &all[i]
			if chosen[b] {
				if parted && !inside(b) {
					found = append(found, b)
					good += b.good
				}
				continue
			}
			linked += b.linked
			short := b.runes <= 90
			ended = ended || short && step > 0 && commentMark.MatchString(b.text)
			parted = parted || ended || linked > 30 || b.teaser || b.out && b.runes > 40 ||
				short && (relatedMark.MatchString(b.text) || callsToJoin(b.text))
		}
		// What is parted and large is another section of the article.
		if ended || good <= 0.3*weight[main] {
			for _, b := range found {
				drop[b] = true
			}
		}
	}
	walk(last+1, len(all), 1)
	if title >= 0 && title < first {
		walk(title-1, -1, -1)
	}
	return slices.DeleteFunc(bs, func(b *block) bool { return drop[b] })
}

// homeOf gives the box in which a paragraph stands beside others.
func homeOf(b *block) *elem {
	switch b.el.tag() {
	case atom.P, atom.Li, atom.H2, atom.H3, atom.H4, atom.Blockquote:
		if b.el.parent != nil {
			return b.el.parent
		}
	}
	return b.el
}

// stamped cuts the comments that nothing announces: each has a line with the time at which it was written.
func stamped(bs []*block) []*block {
	first, n := -1, 0
	done := 0.0
	for i, b := range bs {
		if b.runes <= 60 && done >= 100 && clocked(b.text) {
			if m, ok := ParseDate(b.text, nil, time.Time{}); ok && m.Clock {
				if n++; first < 0 {
					first = i
				}
			}
		}
		done += b.good
	}
	if n < 2 {
		return bs
	}
	if prev := bs[first-1]; prev.runes <= 40 && !prev.ends {
		first--
	}
	return bs[:first]
}

// clocked reports whether a text has what can be a time of day: two figures behind a colon or a point, one before it.
func clocked(text string) bool {
	figure := func(c byte) bool { return c >= '0' && c <= '9' }
	for i := 1; i+2 < len(text); i++ {
		if (text[i] == ':' || text[i] == '.') && figure(text[i-1]) && figure(text[i+1]) && figure(text[i+2]) {
			return true
		}
	}
	return false
}

// sweep drops from the chosen blocks what a line announces as comments, related articles or calls to the reader,
// together with the line. Comments end the article; a list of related articles may stand in the middle of it.
func sweep(bs []*block) []*block {
	total := 0.0
	for _, b := range bs {
		total += b.good
	}
	var out []*block
	done := 0.0
	for i := 0; i < len(bs); i++ {
		b := bs[i]
		if b.runes <= 90 && (!b.ends || b.runes <= 50) {
			t := strings.TrimSpace(b.text)
			switch {
			case commentMark.MatchString(t) && done >= 40 && (b.heading() || done >= 0.25*total || i > 2):
				return out
			case relatedMark.MatchString(t):
				rest := i + 1
				for rest < len(bs) && !(bs[rest].runes <= 60 && commentMark.MatchString(bs[rest].text)) && (bs[rest].good < 60 || bs[rest].share() > 0.3 || bs[rest].tag == b.tag && bs[rest].el.parent == b.el.parent && bs[rest].runes < 120) {
					rest++
				}
				after := 0.0
				for _, c := range bs[rest:] {
					after += c.good
				}
				if done >= 0.6*total || done >= 200 && b.heading() && after < 0.35*total {
					return out
				}
				i = rest - 1
				continue
			case callsToJoin(t):
				// What stands in one box with the call belongs to it.
				if end := boxOf(b, bs[:i]); end != nil {
					for i+1 < len(bs) && bs[i+1].el.inside(func(e *elem) bool { return e == end }) {
						i++
					}
				}
				continue
			}
		}
		// Where no prose follows they are left to tidy, which knows by them what stands beside them.
		if b.runes <= 160 && !b.heading() && i+1 < len(bs) && bs[i+1].good >= 60 && called[b.kind().class] {
			continue
		}
		if b.runes <= 300 && done >= 0.5*total && footMark.MatchString(b.text) || b.runes <= 60 && adMark.MatchString(b.text) {
			continue
		}
		if b.runes <= 400 && (done >= 0.8*total || b.good < 60) && (strings.Contains(b.text, "©") || claimsRights(b.text)) {
			continue
		}
		done += b.good
		out = append(out, b)
	}
	return out
}
