package dedup

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// The articles of the tests. They are made up.

const bridge = `The border guards of Karasai and Tolebi met on Tuesday at the bridge over the Aksu and agreed on joint patrols for the winter months. Colonel Marat Sultanov said that 140 men with 12 vehicles would watch the 86 kilometres between Kyzylagash and the lake. Smugglers had used the frozen river as a road since November, he added, and two of them drowned last week near the old ferry.

The agreement runs until 15 April. Traders in the market of Tolebi complained that lorries now wait for up to nine hours, and asked the governor Aigul Bekova to open the second crossing, which was closed after the flood of 2019. A spokeswoman of the customs service answered that 3,450 lorries passed in January, more than ever before, and that new scanners will arrive by the end of the month.

Talks go on in Shymkala on Friday, when the ministers of both sides want to sign a paper on shared radio channels. The last such meeting ended without a result because the maps that were used did not agree on the course of the river.`

const bridgeRussian = `Пограничники Карасая и Толеби встретились во вторник на мосту через Аксу и договорились о совместных дозорах в зимние месяцы. Полковник Марат Султанов сказал, что 140 человек на 12 машинах будут следить за 86 километрами между Кызылагашем и озером. Контрабандисты с ноября пользовались замёрзшей рекой как дорогой, добавил он, и двое из них утонули на прошлой неделе у старого парома.

Соглашение действует до 15 апреля. Торговцы рынка в Толеби жалуются, что грузовики ждут теперь до девяти часов, и просят губернатора Айгуль Бекову открыть второй переход, закрытый после наводнения 2019 года. Представительница таможенной службы ответила, что в январе прошли 3450 грузовиков, больше чем когда-либо, и что новые сканеры прибудут до конца месяца.

Переговоры продолжатся в Шымкале в пятницу, когда министры обеих сторон хотят подписать документ об общих радиоканалах. Последняя такая встреча кончилась ничем, потому что карты, которыми пользовались стороны, расходились в течении реки.`

const dam = `Engineers have begun to lower the water behind the Sarydala dam after a crack of four metres was found in its northern wing. The reservoir, which feeds the fields of three districts, is to fall by 22 metres until the snow melts. Farmers were told to sow barley in place of cotton. The builder of the dam, a company that no longer exists, had used cement from a works at Ushtas that failed a test in 1987, a report of the academy says.

Nurlan Abenov, who heads the water board, told reporters that nobody is in danger. Even so, 600 families of the lower valley will spend the spring in the barracks of Zhanatas. Repairs cost 41 million and will last until October, if the money comes.`

// Two articles that are made of the same phrases and tell of different things.

const cementLorry = `A refrigerated truck with hidden compartments was opened near Isfara on Friday, and the state security committee of Tajikistan took over the case. The garrison prepared 27 places under the civil defence plan, though officials reported no wounded. Analysts in Tajikistan see the news as part of a bargain with Kazakhstan, where the army is debating its own plans.

Officers listed 806 radio sets under cement bags declared as household goods. The consignment was on its way to Kazakhstan and, by the waybill, belonged to a company that had changed its name. Our correspondent counted 11 helicopters beside the canal at first light, twice as many as a week before.

Two forwarders were detained, while the owner fled. The security service suspects that the network recruited drivers in the farms around Isfara and moved goods over the border along dry canals. Investigators follow payments to 16 firms, and arrests in Kazakhstan are being prepared.

A new weighbridge has worked since December and flags double floors in under a minute. The governor's office in Isfara called on drivers to carry papers for 17 days.

Controlled electronics of this kind fall under sanctions, and Tajikistan has pledged to report re-exports of them. In December alone the customs post scanned 745 lorries and drew up 95 cases of false declaration. Residents of Isfara said that lorries with soldiers had passed at first light, and the bazaar opened an hour late.`

const carpetLorry = `A lorry with forged seals was opened near Khujand early on Saturday, and the state security committee of Tajikistan opened a smuggling case. Reporters saw 16 helicopters beside the canal shortly before noon, more than in November.

A working group of 17 officers flew to Khujand at the weekend and is to report within 65 days. The consignment was bound for Uzbekistan and, by the waybill, belonged to a trading house that had changed its name.

Controlled electronics of this kind fall under export controls, and Tajikistan has promised to report re-exports of them. In June alone the customs post checked 435 containers and opened 66 cases of false declaration. Investigators follow payments to 6 addresses, and searches in Uzbekistan are being prepared.

Inspectors counted 708 rifle scopes under a load of carpets shown on paper as household goods. Two forwarders were detained, while the broker fled.

The security service suspects that the network paid drivers in the farms around Khujand and moved goods over the border by night. A new weighbridge has been in use since May and finds hidden loads in under a minute.

In the words of the security council, spending on border security will rise by 7 per cent next year, above all for drones. Uzbekistan confirmed the report, while a consul spoke of a misunderstanding.`

func rates(day int, dollar, euro string) Article {
	return Article{
		Title: fmt.Sprintf("Exchange rates on %d March", day), Language: "en", Source: "bank", Published: date(day),
		Text: fmt.Sprintf("The national bank has set the official rates for %d March. One dollar costs %s, one euro %s, and the rouble stays at 5.1. The press service of the bank said that trade on the exchange was quiet and that the next rates follow tomorrow at noon.", day, dollar, euro),
	}
}

func date(day int) time.Time { return time.Date(2024, 3, day, 9, 0, 0, 0, time.UTC) }

// The vocabulary of made texts: words of three syllables, and behind them numbers.
const (
	madeWords   = 20 * 20 * 20
	madeNumbers = 4000
)

// spelled gives a word of the vocabulary.
func spelled(word int) string {
	const syllables = "ka ra to le bi sa mu en do shi ta no ri ve lan gor kul bek mir zan"
	if word >= madeWords {
		return fmt.Sprint(word - madeWords)
	}
	parts := strings.Fields(syllables)
	return parts[word%20] + parts[word/20%20] + parts[word/400]
}

// drawn gives the words of a text that is like no other, as frequent as words are.
func drawn(r *rand.Rand, words int) []int {
	all := make([]int, words)
	for i := range all {
		all[i] = int(r.ExpFloat64()*400) % madeWords
		if i%23 == 7 {
			all[i] = madeWords + r.IntN(madeNumbers)
		}
	}
	return all
}

// made gives a text that is like no other.
func made(r *rand.Rand, words int) string { return written(drawn(r, words)) }

// written gives the text of these words, in sentences.
func written(words []int) string {
	var b strings.Builder
	for i, word := range words {
		s := spelled(word)
		switch {
		case i%11 > 0:
			b.WriteByte(' ')
		case i > 0:
			b.WriteString(". ")
			fallthrough
		default:
			s = strings.ToUpper(s[:1]) + s[1:]
		}
		b.WriteString(s)
	}
	return b.String() + "."
}
