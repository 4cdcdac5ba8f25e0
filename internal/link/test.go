package link

import "strings"

// testMark stands in the tokens of letters that were sent to try them, before the language.
const testMark = "test "

// Test is what the links of a test letter or a preview say: they are nobody's, so following
// them changes and counts nothing.
func Test(lang string) Claims { return Claims{Extra: testMark + lang} }

// Test reports whether the claims are a test letter's, and its language.
func (c Claims) Test() (lang string, is bool) {
	lang, is = strings.CutPrefix(c.Extra, testMark)
	return lang, is && c.Delivery == 0 && c.Subscriber == 0
}
