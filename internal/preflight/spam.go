package preflight

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"keepsake/campaigns/audience"
)

// loud are words that advertising nobody asked for is full of, each with its weight. The
// lists are short on purpose: a word that shops need ("sale", "free delivery") is none.
// A stem stands for all its endings.
var loud = map[string]map[string]int{
	"en": {"act now": 2, "100% free": 2, "risk-free": 2, "no obligation": 1, "click here": 1, "buy now": 1, "limited time": 1, "earn money": 3, "make money": 3,
		"extra income": 3, "easy money": 3, "get rich": 3, "winner": 1, "you have won": 3, "congratulations": 1, "cash bonus": 3, "miracle": 2, "guaranteed": 1,
		"no strings attached": 2, "urgent": 1, "last chance": 1, "double your": 2, "lose weight": 2, "casino": 3, "viagra": 4, "crypto": 1, "credit card required": 2, "this is not spam": 4},
	"bg": {"действай сега": 2, "действайте сега": 2, "100% безплатно": 2, "без риск": 2, "без ангажимент": 1, "кликни тук": 1, "кликнете тук": 1, "купи сега": 1, "купете сега": 1,
		"ограничено време": 1, "печелете пари": 3, "спечелете пари": 3, "лесни пари": 3, "допълнителен доход": 3, "вие спечелихте": 3, "поздравления": 1, "чудодей": 2, "гарантиран": 1,
		"спешно": 1, "последен шанс": 1, "отслабн": 2, "казино": 3, "виагра": 4, "бърз кредит": 3, "това не е спам": 4},
	"ru": {"действуйте сейчас": 2, "100% бесплатно": 2, "без риска": 2, "без обязательств": 1, "нажмите здесь": 1, "жми": 1, "купи сейчас": 1, "купите сейчас": 1,
		"ограниченное время": 1, "заработ": 2, "лёгкие деньги": 3, "легкие деньги": 3, "дополнительный доход": 3, "вы выиграли": 3, "поздравля": 1, "чудодейств": 2, "гарантирован": 1,
		"срочно": 1, "последний шанс": 1, "похуде": 2, "казино": 3, "виагра": 4, "кредит без": 3, "это не спам": 4},
}

// spamWarn is the sum of weights from which a letter sounds like what nobody asked for. A word of
// the subject weighs double.
const spamWarn = 4

const (
	whySpam  = "Filters go by who sends and how readers react, hardly by single words: no word alone is forbidden. Many loud ones together make a letter look like what nobody asked for, to readers first."
	whyShout = "Capitals and rows of exclamation marks read as shouting, and are typical of what filters sort out."
)

var address = regexp.MustCompile(`https?://\S+`)

// Spam looks for loud words, capitals and exclamation marks.
func Spam(l Letter) []Finding {
	words, sum := loudWords(l)
	var all []Finding
	if sum >= spamWarn {
		all = append(all, Finding{Level: Warn, About: "words", Format: "The letter sounds like advertising: %s.", Args: []any{strings.Join(words, ", ")}, Because: whySpam})
	}
	if shouts(l.Subject) {
		all = append(all, Finding{Level: Warn, About: "words", Format: "The subject is written in capitals.", Because: whyShout, Field: "subject"})
	}
	if strings.Count(l.Subject, "!") > 1 || strings.Contains(l.Text, "!!") {
		one := Finding{Level: Warn, About: "words", Format: "One exclamation mark is enough.", Because: whyShout}
		if strings.Count(l.Subject, "!") > 1 {
			one.Field = "subject"
		}
		all = append(all, one)
	}
	if len(all) == 0 {
		return pass("words", "The words are calm.")
	}
	return all
}

// loudWords are the loud words of the letter, the heaviest first, and their weights together.
func loudWords(l Letter) (words []string, sum int) {
	subject := " " + plainWords(l.Subject) + " "
	text := " " + plainWords(l.Preheader+" "+address.ReplaceAllString(l.Text, "")) + " "
	weights := map[string]int{}
	for word, weight := range loud[audience.Language(l.Lang)] {
		if strings.Contains(subject, " "+word) {
			weights[word] += 2 * weight
		}
		if strings.Contains(text, " "+word) {
			weights[word] += weight
		}
		if weights[word] > 0 {
			words, sum = append(words, word), sum+weights[word]
		}
	}
	slices.SortFunc(words, func(a, b string) int {
		if weights[a] != weights[b] {
			return weights[b] - weights[a]
		}
		return strings.Compare(a, b)
	})
	return words[:min(6, len(words))], sum
}

// plainWords are the words in small letters with single spaces between them.
func plainWords(s string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(s), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '%' && r != '-' && r != '\''
	}), " ")
}

// shouts reports whether most of a line of some length is in capitals.
func shouts(s string) bool {
	upper, letters := 0, 0
	for _, word := range strings.Fields(s) {
		if utf8.RuneCountInString(word) < 3 {
			continue
		}
		for _, r := range word {
			if unicode.IsLetter(r) {
				letters++
				if unicode.IsUpper(r) {
					upper++
				}
			}
		}
	}
	return letters >= 8 && upper*10 > letters*8
}
