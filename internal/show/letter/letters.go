package main

import (
	"encoding/json"
	"fmt"
	"html"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"regexp"
	"slices"
	"strings"

	"keepsake/internal/show/stage"
)

// news is a composed letter: a heading, a first name and three tracked links in blocks of their own.
var news = json.RawMessage(`{"v":1,"lang":"bg","blocks":[
 {"id":"b1","type":"heading","level":1,"rich":{"type":"doc","content":[{"type":"paragraph","content":[{"type":"text","text":"Есенните чайове са тук"}]}]}},
 {"id":"b2","type":"text","rich":{"type":"doc","content":[
  {"type":"paragraph","content":[{"type":"text","text":"Здравейте, "},{"type":"chip","attrs":{"path":"subscriber.first_name","fallback":"приятелю"}},{"type":"text","text":"!"}]},
  {"type":"paragraph","content":[{"type":"text","text":"Вижте "},{"type":"text","text":"новите чайове","marks":[{"type":"link","attrs":{"href":"https://shop.test/new?season=autumn&from=letter"}}]},
   {"type":"text","text":" и "},{"type":"text","text":"как се пазят","marks":[{"type":"link","attrs":{"href":"https://shop.test/tips/storage"}}]},{"type":"text","text":"."}]}]}},
 {"id":"b3","type":"button","label":"Към магазина","action":"url","href":"https://shop.test/","variant":"solid"},
 {"id":"b4","type":"footer","why":"Получавате това писмо, защото сте се абонирали.","address":"` + stage.Address + `"}]}`)

const trackedLinks = 3

// newsSubject is longer than one encoded word; %s is the first name.
const newsSubject = "%s, есенните чайове от планината пристигнаха и Ви чакат в магазина"

// newsletterDraft is the composed campaign to a list.
func newsletterDraft(list int64) stage.Draft {
	subject := fmt.Sprintf(newsSubject, `{{ subscriber.first_name | default: "Приятели" }}`)
	return stage.Draft{Kind: "newsletter", Name: "Autumn teas", Lang: "bg", Trigger: stage.Now, Lists: []int64{list},
		Messages: []stage.Message{{Name: "news", Contents: []stage.Content{{Lang: "bg", Subject: subject, Document: news}}}}}
}

// letter is an arrived letter, taken apart.
type letter struct {
	to, subject, text, html string
	header                  mail.Header
}

func open(a arrival) (letter, error) {
	m, err := mail.ReadMessage(strings.NewReader(string(a.data)))
	if err != nil {
		return letter{}, err
	}
	l := letter{to: a.to, header: m.Header}
	if l.subject, err = new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject")); err != nil {
		return l, err
	}
	_, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		return l, err
	}
	parts := multipart.NewReader(m.Body, params["boundary"])
	for {
		part, err := parts.NextRawPart()
		if err == io.EOF {
			return l, nil
		}
		if err != nil {
			return l, err
		}
		body, err := io.ReadAll(quotedprintable.NewReader(part))
		if err != nil {
			return l, err
		}
		if strings.HasPrefix(part.Header.Get("Content-Type"), "text/html") {
			l.html = string(body)
		} else {
			l.text = string(body)
		}
	}
}

// opened are all letters of an inbox, taken apart.
func (in *inbox) opened() (all []letter, err error) {
	for _, a := range in.all() {
		l, err := open(a)
		if err != nil {
			return nil, fmt.Errorf("the letter to %s: %w", a.to, err)
		}
		all = append(all, l)
	}
	return all, nil
}

var (
	attribute = regexp.MustCompile(`(?:href|src|action|background)="([^"]+)"`)
	bareURL   = regexp.MustCompile(`https?://[^\s<>"')\]]+`)
)

// links are all addresses a gateway finds in a letter: in both parts and in its headers.
func (l letter) links() []string {
	var all []string
	for _, m := range attribute.FindAllStringSubmatch(l.html, -1) {
		all = append(all, html.UnescapeString(m[1]))
	}
	all = append(all, bareURL.FindAllString(l.text, -1)...)
	all = append(all, bareURL.FindAllString(l.header.Get("List-Unsubscribe"), -1)...)
	slices.Sort(all)
	return slices.Compact(all)
}

// link is the letter's address of that kind: "/r/" for its landing page.
func (l letter) link(prefix string) (string, error) {
	for _, link := range l.links() {
		if strings.HasPrefix(link, stage.Base+prefix) {
			return link, nil
		}
	}
	return "", fmt.Errorf("the letter to %s has no link %s", l.to, prefix)
}
