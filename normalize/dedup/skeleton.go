package dedup

import "strings"

// A skeleton is what stays of a word when it is written in another language or script: its consonants in order, in
// eight classes of sounds that are taken for each other. It is packed with three bits a consonant behind a leading 1.
const (
	soundP = iota // b p
	soundT        // d t th
	soundK        // g h k q x
	soundS        // c s z and all that hisses
	soundF        // f v w
	soundR        // l r
	soundM
	soundN
	silent
)

// mostConsonants of a word are looked at.
const mostConsonants = 8

// latinSounds are the classes of the letters a to z; a blank is silent.
const latinSounds = " 031 422 32567 02531 442 3"

// soundOf gives the class of a letter in lower case.
func soundOf(c rune) uint8 {
	switch {
	case c < 'a':
		return silent
	case c <= 'z':
		return class(latinSounds[c-'a'])
	case 'а' <= c && c <= 'я':
		return cyrillicSound(c)
	}
	switch c {
	case 'þ', 'ð', 'đ', 'ţ', 'ț', 'ť', 'ď', 'タ', 'テ', 'ト', 'ダ', 'デ', 'ド':
		return soundT
	case 'қ', 'ғ', 'һ', 'ґ', 'ҳ', 'ҡ', 'ğ', 'ģ', 'ķ', 'カ', 'キ', 'ク', 'ケ', 'コ', 'ガ', 'ギ', 'グ', 'ゲ', 'ゴ', 'ハ', 'ヒ', 'ヘ', 'ホ':
		return soundK
	case 'џ', 'ş', 'ś', 'ș', 'š', 'ź', 'ż', 'ž', 'ç', 'ć', 'č', 'ҷ', 'ß', 'ђ', 'ћ',
		'サ', 'シ', 'ス', 'セ', 'ソ', 'ザ', 'ジ', 'ズ', 'ゼ', 'ゾ', 'チ', 'ツ', 'ヂ', 'ヅ':
		return soundS
	case 'ў', 'フ', 'ヴ':
		return soundF
	case 'ł', 'ľ', 'ĺ', 'ř', 'ŕ', 'ļ', 'ラ', 'リ', 'ル', 'レ', 'ロ':
		return soundR
	case 'マ', 'ミ', 'ム', 'メ', 'モ':
		return soundM
	case 'ң', 'ñ', 'ń', 'ň', 'ņ', 'ナ', 'ニ', 'ヌ', 'ネ', 'ノ', 'ン':
		return soundN
	case 'バ', 'ビ', 'ブ', 'ベ', 'ボ', 'パ', 'ピ', 'プ', 'ペ', 'ポ':
		return soundP
	}
	return silent
}

func class(c byte) uint8 {
	if c == ' ' {
		return silent
	}
	return c - '0'
}

func cyrillicSound(c rune) uint8 {
	switch c {
	case 'б', 'п':
		return soundP
	case 'д', 'т':
		return soundT
	case 'г', 'к', 'х':
		return soundK
	case 'ж', 'з', 'с', 'ц', 'ч', 'ш', 'щ':
		return soundS
	case 'в', 'ф':
		return soundF
	case 'л', 'р':
		return soundR
	case 'м':
		return soundM
	case 'н':
		return soundN
	}
	return silent
}

// skeleton gives the skeleton of a word in lower case, and how many consonants it has.
func skeleton(word string) (bones uint32, n int) {
	word = stem(word)
	bones = 1
	last := uint8(silent)
	var before rune
	for i, c := range word {
		s, second := soundOf(c), uint8(silent)
		switch {
		case s == silent:
			last, before = silent, c
			continue
		case c == 'h' && before != 0 && strings.IndexByte("tkgpscdrwz", byte(min(before, 127))) >= 0:
			if s = last; before == 'p' && n > 0 {
				bones, s, last = bones&^7|soundF, soundF, soundF
			}
		case c == 'c' && !softens(word[i+1:]):
			s = soundK
		case c == 'x':
			second = soundS
		case c == 'ж' && before == 'д' && n > 0:
			bones, last = bones&^7|soundS, soundS
		}
		if s != last && n < mostConsonants {
			bones = bones<<3 | uint32(s)
			n++
		}
		if last = s; second != silent {
			if last = second; n < mostConsonants {
				bones = bones<<3 | uint32(second)
				n++
			}
		}
		before = c
	}
	return bones, n
}

// softens says whether a c before the letters is spoken as an s, or they make one sound with it.
func softens(rest string) bool { return rest != "" && strings.IndexByte("eihyczs", rest[0]) >= 0 }

// stem takes an ending that changes with the case off a Russian word, or one of its neighbours.
func stem(word string) string {
	if len(word) <= 10 || word[0] < 0xD0 || word[0] > 0xD3 {
		return word
	}
	for _, e := range [...]string{
		"ского", "скому", "скими", "ский", "ская", "ской", "ских", "ским", "ами", "ями", "ого", "его", "ому", "ему",
		"ыми", "ими", "ом", "ем", "ым", "им", "ам", "ям", "ах", "ях", "ых", "их",
	} {
		if rest, ok := strings.CutSuffix(word, e); ok {
			return rest
		}
	}
	return word
}
