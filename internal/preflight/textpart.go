package preflight

import (
	"strings"
	"unicode/utf8"
)

// The share of words and links that the text part needs, in percent.
const (
	leastWords = 85
	leastLinks = 90
)

const whyText = "Some people read the text part: in programs without HTML, on watches, by ear. Filters compare the two parts as well."

// mostLinks is how many of a letter's links are looked for.
const mostLinks = 500

// TextPart compares what the text part says with what the HTML says.
func TextPart(l Letter) []Finding {
	words, all := said(l.HTML, l.Text)
	links, linked := linksOf(l.HTML), 0
	links = links[:min(len(links), mostLinks)]
	for _, href := range links {
		if strings.Contains(l.Text, href) || strings.HasPrefix(href, "mailto:") && strings.Contains(l.Text, strings.TrimPrefix(href, "mailto:")) {
			linked++
		}
	}
	if all == 0 {
		return nothingToRead(l)
	}
	one := Finding{Level: Pass, About: "text", Format: "The text part has %d%% of the words and %d of %d links.", Args: []any{words * 100 / all, linked, len(links)}, Because: whyText}
	if words*100 < leastWords*all || linked*100 < leastLinks*len(links) {
		one.Level = Warn
	}
	return append([]Finding{one}, fewWords(l, all)...)
}

// said counts the words of the HTML and those of them that the text has, too.
func said(html, text string) (found, all int) {
	in := map[string]bool{}
	for word := range strings.FieldsSeq(plainWords(text)) {
		in[word] = true
	}
	for word := range strings.FieldsSeq(plainWords(wordsOf(html))) {
		if utf8.RuneCountInString(word) < 3 {
			continue
		}
		all++
		if in[word] {
			found++
		}
	}
	return found, all
}

// fewest is how many words a letter with pictures should have besides its footer's.
const fewest = 30

func fewWords(l Letter, words int) []Finding {
	if words >= fewest || !strings.Contains(l.HTML, "<img") {
		return nil
	}
	return nothingToRead(l)
}

func nothingToRead(Letter) []Finding {
	return []Finding{{Level: Warn, About: "text", Format: "The letter is almost only pictures.",
		Because: "Where pictures are off there is next to nothing to read, and filters cannot tell what the letter is about. Write what matters as text."}}
}
