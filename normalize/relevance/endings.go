package relevance

import "strings"

// endings are the case, number and possessive endings that may follow a short name, and the beginnings of the longer
// derived ones, of the Slavic, Turkic and Iranian languages and of English. Several may stand in a row.
func endings() map[string]bool {
	set := map[string]bool{}
	for _, line := range []string{
		// Russian: cases, adjective, inhabitants
		"а у е и ы ой ою ом ем я ю ь ию ии ия ией ов ам ах ами ск ский ская ское ские ского ской скую ским ском скому ских скими скими ско ец ца цу цев цы цам цами",
		// Kazakh and Kyrgyz: plural, genitive, accusative, dative, locative, ablative, instrumental, adjective
		"лар лер лор лөр дар дер дор дөр тар тер тор төр",
		"ның нің дың дің тың тің нын нин нун нүн дын дин дун дүн тын тин тун түн",
		"ны ні ды ді ты ті ни ну нү ди ду дү ти ту тү н",
		"ға ге қа ке га го гө ка ко кө на не",
		"да де та те до дө то тө дан ден тан тен нан нен дон дөн тон төн",
		"мен бен пен дағы дегі тағы тегі дагы деги догу дөгү тагы теги тогу төгү лық лік дық дік тық тік лык лик лук лүк дык дик дук дүк тык тик тук түк луу лүү дуу дүү туу түү",
		"сы сі си су сү ы і и ү",
		// Uzbek, both scripts, and Turkmen, Turkish
		"нинг ни га ка қа да дан даги лик ликлар лар",
		"ning ni ga ka qa da dan dagi lik liklar lar ler dir",
		"yň iň uň üň nyň niň nuň nüň y i u ü ny ni ge a e da de dan den daky däki ly li",
		"nın nin nun nün ın in un ün yı yi ya ye ta te tan ten daki deki taki teki lı",
		// Tajik and Persian
		"ӣ и ро ҳо он иён ҳои ҷӣ ҳоро ву ро",
		"ها های ی را ان",
		// English, German, French
		"s i is n ns er ers en",
	} {
		for _, e := range strings.Fields(line) {
			set[e] = true
		}
	}
	return set
}

// longestEnding is how many bytes several endings may have together.
const longestEnding = 40

// isEnding reports whether rest is made of up to three endings. An empty one is.
func isEnding(set map[string]bool, rest string, depth int) bool {
	if rest == "" || set[rest] {
		return true
	}
	if depth == 1 || len(rest) > longestEnding {
		return false
	}
	for i := range rest {
		if i > 0 && set[rest[:i]] && isEnding(set, rest[i:], depth-1) {
			return true
		}
	}
	return false
}
