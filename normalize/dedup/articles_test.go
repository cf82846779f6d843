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

func rates(day int, dollar, euro string) Article {
	return Article{
		Title: fmt.Sprintf("Exchange rates on %d March", day), Language: "en", Source: "bank", Published: date(day),
		Text: fmt.Sprintf("The national bank has set the official rates for %d March. One dollar costs %s, one euro %s, and the rouble stays at 5.1. The press service of the bank said that trade on the exchange was quiet and that the next rates follow tomorrow at noon.", day, dollar, euro),
	}
}

func date(day int) time.Time { return time.Date(2024, 3, day, 9, 0, 0, 0, time.UTC) }

// made gives a text that is like no other: sentences of made-up words, as frequent as words are.
func made(r *rand.Rand, words int) string {
	const syllables = "ka ra to le bi sa mu en do shi ta no ri ve lan gor kul bek mir zan"
	parts := strings.Fields(syllables)
	var b strings.Builder
	for i := range words {
		n := int(r.ExpFloat64() * 400)
		word := parts[n%20] + parts[n/20%20] + parts[n/400%20]
		if i%11 == 0 {
			if i > 0 {
				b.WriteString(". ")
			}
			word = strings.ToUpper(word[:1]) + word[1:]
		} else {
			b.WriteByte(' ')
		}
		if i%23 == 7 {
			word = fmt.Sprint(r.IntN(4000))
		}
		b.WriteString(word)
	}
	return b.String() + "."
}
