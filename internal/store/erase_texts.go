package store

import (
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/pressly/goose/v3"
	"gorm.io/gorm"
)

// said are the texts of the shop's own in which a person may be named: what jobs were asked for and told, saved exports, segments.
var said = []struct {
	table, column string
	json          bool
	also          string // is set beside
}{
	{"jobs", "params", true, ""}, {"jobs", "result", true, ""}, {"jobs", "error", false, ""},
	{"saved_exports", "name", false, ""}, {"saved_exports", "export", true, ""},
	{"segments", "name", false, ""}, {"segments", "rule", true, ", version = version + 1"}, // who has it open must not save the person back
}

// eraseFromTexts takes the person out of them; they go on without.
func (s *Store) eraseFromTexts(tx *gorm.DB, addresses []string, name string) error {
	e := erasing(addresses, name)
	for _, text := range said {
		where, args := e.where(s.d.name, text.column)
		var rows []struct {
			ID   int64
			Text string
		}
		if err := tx.Raw(`SELECT id, `+text.column+` AS text FROM `+text.table+` WHERE `+where, args...).Scan(&rows).Error; err != nil {
			return fmt.Errorf("%s.%s: %w", text.table, text.column, err)
		}
		for _, r := range rows {
			now := e.everything.replace(r.Text)
			if text.json {
				now = e.json(r.Text)
			}
			if now == r.Text {
				continue
			}
			if err := tx.Exec(`UPDATE `+text.table+` SET `+text.column+` = ?`+text.also+` WHERE id = ?`, now, r.ID).Error; err != nil {
				return fmt.Errorf("%s.%s: %w", text.table, text.column, err)
			}
		}
	}
	return nil
}

// erased are the words that stand for a person who is erased. A name is whatever somebody typed into a form, and may be a
// word of any rule: it is looked for where names are typed alone, and only when it has two parts.
type erased struct {
	words      []string
	addresses  wholeWords
	everything wholeWords // addresses and the name
}

func erasing(addresses []string, name string) erased {
	e := erased{words: addresses, addresses: wordsOf(addresses)}
	if strings.Contains(name, " ") && utf8.RuneCountInString(name) > 4 {
		e.words = append(addresses[:len(addresses):len(addresses)], name)
	}
	e.everything = wordsOf(e.words)
	return e
}

// where asks for the texts that may hold one of the words: of all jobs there ever were, few do.
func (e erased) where(d goose.Dialect, column string) (sql string, args []any) {
	is, some := ` GLOB ?`, `*`
	if d == goose.DialectPostgres {
		is, some = ` ~ ?`, `.*`
	}
	parts := make([]string, len(e.words))
	for i, w := range e.words {
		var pattern strings.Builder
		for _, r := range w {
			pattern.WriteString(eitherCase(r, some))
		}
		parts[i] = column + is
		args = append(args, some+pattern.String()+some)
	}
	return strings.Join(parts, ` OR `), args
}

// eitherCase is a rune in a pattern, whatever its case; some stands for what JSON or patterns write otherwise.
func eitherCase(r rune, some string) string {
	if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune(" @._-+", r) {
		return some
	}
	class := string(r)
	for other := unicode.SimpleFold(r); other != r; other = unicode.SimpleFold(other) {
		class += string(other)
	}
	return `[` + class + `]`
}

// json replaces what strings say, never what they are called: a key that went would take its condition along.
func (e erased) json(text string) string {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var all any
	if err := d.Decode(&all); err != nil {
		return e.addresses.replace(text) // nobody can read it anyway
	}
	if _, err := d.Token(); err != io.EOF {
		return e.addresses.replace(text)
	}
	changed := false
	all = e.value("", all, &changed)
	if !changed {
		return text
	}
	return asJSON(all)
}

func (e erased) value(key string, v any, changed *bool) any {
	switch v := v.(type) {
	case map[string]any:
		for k, one := range v {
			v[k] = e.value(k, one, changed)
		}
	case []any:
		for i, one := range v {
			v[i] = e.value(key, one, changed)
		}
	case string:
		words := e.addresses
		if key == "search" {
			words = e.everything
		}
		now := words.replace(v)
		*changed = *changed || now != v
		return now
	}
	return v
}

// wholeWords find words in a text, in either case, where they are not part of longer ones.
type wholeWords struct{ *regexp.Regexp }

func wordsOf(words []string) wholeWords {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = regexp.QuoteMeta(w)
	}
	re := regexp.MustCompile(`(?i)` + strings.Join(quoted, "|"))
	re.Longest()
	return wholeWords{re}
}

func (w wholeWords) replace(text string) string {
	var out strings.Builder
	last := 0
	for _, at := range w.FindAllStringIndex(text, -1) {
		if within(text[:at[0]], text[at[1]:]) {
			continue
		}
		out.WriteString(text[last:at[0]] + "(erased)")
		last = at[1]
	}
	return out.String() + text[last:]
}

// within reports whether what stands before and behind makes a longer word or address.
func within(before, behind string) bool {
	b, _ := utf8.DecodeLastRuneInString(before)
	a, n := utf8.DecodeRuneInString(behind)
	if a == '.' { // the end of a sentence, or of another domain's name
		a, _ = utf8.DecodeRuneInString(behind[n:])
	}
	return wordly(b) || b == '.' || wordly(a)
}

func wordly(r rune) bool {
	return r != utf8.RuneError && (unicode.In(r, unicode.L, unicode.M, unicode.N) || strings.ContainsRune("_-+%", r))
}
