package inbound

import (
	"strings"
	"testing"
	"unicode/utf8"
)

const sample = "Received: from x\r\n by y\r\nReceived: from z\r\nSubject: =?UTF-8?B?0JfQtNGA0LDQstC10Lk=?= =?koi8-r?B?zcnS?=\r\nfrom: =?UTF-8?Q?=D0=90=D0=BD?= <ann@shop.test>\r\n" +
	"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\npreamble\r\n--m\r\nContent-Type: multipart/alternative; boundary=a\r\n\r\n" +
	"--a\r\nContent-Type: text/plain; charset=windows-1251\r\nContent-Transfer-Encoding: base64\r\n\r\nz/Do4uXyDQo=\r\n" +
	"--a\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n<p>=D0=90=\r\n</p>\r\n--a--\r\n" +
	"--m\r\nContent-Type: image/png; name=\"a.png\"\r\nContent-Disposition: inline\r\nContent-ID: <pic@x>\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw==\r\n" +
	"--m\r\nContent-Type: text/plain\r\nContent-Disposition: attachment; filename*=UTF-8''%D0%B0.txt\r\n\r\nfile\r\n--m--\r\n"

func TestParseTakesALetterApart(t *testing.T) {
	m, err := Parse([]byte(sample))
	if err != nil {
		t.Fatal(err)
	}
	want := []Header{{"Received", "from x by y"}, {"Received", "from z"}, {"Subject", "Здравеймир"}, {"from", "Ан <ann@shop.test>"}}
	for i, h := range want {
		if m.Headers[i] != h {
			t.Errorf("header %d: got %q, want %q", i, m.Headers[i], h)
		}
	}
	if m.Text != "Привет\n" || m.HTML != "<p>А</p>" || m.Header("FROM") == "" || m.Header("none") != "" {
		t.Errorf("text %q, html %q", m.Text, m.HTML)
	}
	if len(m.Attachments) != 2 || m.Attachments[0].Name != "a.png" || m.Attachments[0].ContentID != "pic@x" ||
		string(m.Attachments[0].Data) != "\x89PNG" || m.Attachments[1].Name != "а.txt" || string(m.Attachments[1].Data) != "file" {
		t.Errorf("attachments %+v", m.Attachments)
	}
}

func TestParseReadsWhatCanBeReadOfABrokenLetter(t *testing.T) {
	for name, c := range map[string]struct{ data, text, subject string }{
		"plain":            {"Subject: a\r\n\r\nbody", "body", "a"},
		"bare LF":          {"Subject: a\n\nbody\n", "body\n", "a"},
		"no header":        {"\r\nbody", "body", ""},
		"nonsense line":    {"Subject: a\r\nnonsense\r\nTo: b\r\n\r\nbody", "body", "a"},
		"only header":      {"Subject: a", "", "a"},
		"unknown charset":  {"Subject: =?x-none?B?YQ==?=\r\nContent-Type: text/plain; charset=x-none\r\n\r\nbody", "body", "=?x-none?B?YQ==?="},
		"unknown encoding": {"Subject: a\r\nContent-Transfer-Encoding: x-uu\r\n\r\nbody", "body", "a"},
		"broken base64":    {"Subject: a\r\nContent-Transfer-Encoding: base64\r\n\r\nYm9keQ==\r\n!!!", "body", "a"},
		"bad type":         {"Subject: a\r\nContent-Type: ;;;\r\n\r\nbody", "body", "a"},
		"cut off":          {"Subject: a\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\n\r\nbody", "body", "a"},
		"latin bytes":      {"Subject: a\xff\x00b\r\n\r\nbo\xffdy\x00", "bo�dy", "a�b"},
	} {
		m, _ := Parse([]byte(c.data))
		if m.Text != c.text || m.Header("Subject") != c.subject {
			t.Errorf("%s: text %q, subject %q; want %q, %q", name, m.Text, m.Header("Subject"), c.text, c.subject)
		}
	}
}

func TestParseIsBounded(t *testing.T) {
	deep := "Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\n"
	if _, err := Parse([]byte(strings.Repeat(deep, 50_000))); err == nil {
		t.Error("parts within parts without end were taken")
	}
	m, err := Parse([]byte(deep + strings.Repeat("Content-Type: image/png\r\n\r\nx\r\n--m\r\n", 5_000)))
	if err == nil || len(m.Attachments) > maxParts {
		t.Errorf("%d attachments, %v", len(m.Attachments), err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(sample))
	f.Add([]byte("Subject: a\nnonsense\n\n"))
	f.Add([]byte("Content-Type: message/rfc822\r\n\r\nSubject: x\r\n\r\ny"))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, _ := Parse(data)
		if !utf8.ValidString(m.Text) || !utf8.ValidString(m.HTML) || strings.ContainsRune(m.Text, 0) {
			t.Errorf("not fit to show: %q %q", m.Text, m.HTML)
		}
		for _, h := range m.Headers {
			if strings.ContainsAny(h.Name+h.Value, "\r\n") || !utf8.ValidString(h.Value) {
				t.Errorf("not fit to show: %q", h)
			}
		}
	})
}
