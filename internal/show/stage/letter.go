package stage

import (
	"bytes"
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
)

// Letter is an arrived letter, taken apart.
type Letter struct {
	To, Subject, Text, HTML string
	Header                  mail.Header
}

// Open takes the bytes of a letter apart.
func Open(to string, data []byte) (Letter, error) {
	m, err := mail.ReadMessage(bytes.NewReader(data))
	if err != nil {
		return Letter{}, err
	}
	l := Letter{To: to, Header: m.Header}
	if l.Subject, err = new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject")); err != nil {
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
			l.HTML = string(body)
		} else {
			l.Text = string(body)
		}
	}
}

var (
	attribute = regexp.MustCompile(`(?:href|src|action|background)="([^"]+)"`)
	bareURL   = regexp.MustCompile(`https?://[^\s<>"')\]]+`)
)

// Links are all addresses a gateway finds in a letter: in both parts and in its headers.
func (l Letter) Links() []string {
	var all []string
	for _, m := range attribute.FindAllStringSubmatch(l.HTML, -1) {
		all = append(all, html.UnescapeString(m[1]))
	}
	all = append(all, bareURL.FindAllString(l.Text, -1)...)
	all = append(all, bareURL.FindAllString(l.Header.Get("List-Unsubscribe"), -1)...)
	slices.Sort(all)
	return slices.Compact(all)
}

// Link is the letter's address of that kind: "/r/" for its landing page.
func (l Letter) Link(prefix string) (string, error) {
	for _, link := range l.Links() {
		if strings.HasPrefix(link, Base+prefix) {
			return link, nil
		}
	}
	return "", fmt.Errorf("the letter to %s has no link %s", l.To, prefix)
}
