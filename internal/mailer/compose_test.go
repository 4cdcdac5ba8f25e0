package mailer

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"mime/quotedprintable"
	"net/mail"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func full() Letter {
	return Letter{
		From: Address{"Магазин „Спомен“", "shop@Пример.бг"}, ReplyTo: Address{"Help, please", "help@shop.test"},
		To: Address{`Ann "The" O'Neil`, "ann@shop.test"}, Subject: strings.Repeat("Щастие", 10),
		HTML: "<p>Здравей, Ан</p>\n<p>" + strings.Repeat("дълъг ред ", 200) + "</p>\n.\n", Text: "Здравей, Ан\n\n.\n..\nFrom here\n",
		MessageID: "k.1.abc@shop.test", Date: time.Date(2026, 5, 4, 3, 2, 1, 0, time.FixedZone("", 3*3600)),
		Headers: []Header{
			{"List-Unsubscribe", "<https://shop.test/u/" + strings.Repeat("x", 60) + ">, <mailto:unsub+1@shop.test>"},
			{"List-Unsubscribe-Post", "List-Unsubscribe=One-Click"}, {"List-ID", "Клуб на приятелите <club.shop.test>"},
			{"Feedback-ID", "12:keepsake:gift:shop1"}, {"Auto-Submitted", "auto-generated"},
		},
	}
}

// keepsForm asks what every composed message must keep (RFC 5322 §2, RFC 2045 §2.7).
func keepsForm(t interface{ Errorf(string, ...any) }, b []byte) {
	if bytes.Contains(bytes.ReplaceAll(b, []byte("\r\n"), nil), []byte("\n")) || bytes.Contains(bytes.ReplaceAll(b, []byte("\r\n"), nil), []byte("\r")) {
		t.Errorf("a bare CR or LF")
	}
	head, _, _ := bytes.Cut(b, []byte("\r\n\r\n"))
	for line := range strings.SplitSeq(string(head), "\r\n") {
		if strings.TrimSpace(line) == "" {
			t.Errorf("an empty header line")
		}
		if len(line) > 78 && strings.Contains(strings.TrimSpace(line), " ") && !strings.HasPrefix(line, "List-Unsubscribe:") {
			t.Errorf("a line of %d: %q", len(line), line)
		}
		if len(line) > 76 && strings.Contains(line, "=?UTF-8?") { // RFC 2047 §2
			t.Errorf("a line of %d with an encoded word: %q", len(line), line)
		}
	}
	for line := range strings.SplitSeq(string(b), "\r\n") {
		if strings.HasPrefix(line, ".") {
			t.Errorf("a line that begins with a dot: %q", line)
		}
		if len(line) > 998 {
			t.Errorf("a line of %d", len(line))
		}
	}
}

func TestComposedLetterKeepsTheForm(t *testing.T) {
	b, err := Compose(full())
	if err != nil {
		t.Fatal(err)
	}
	keepsForm(t, b)
	for _, secret := range []string{"go-mail", "User-Agent", "X-Mailer"} {
		if bytes.Contains(b, []byte(secret)) {
			t.Errorf("the letter says %s", secret)
		}
	}
	if host, _ := os.Hostname(); bytes.Contains(b, []byte("@"+host)) {
		t.Error("the letter names the machine")
	}
	if !ascii(string(b)) {
		t.Error("the letter is not 7 bit")
	}
}

func TestPythonReadsTheLetterAsWritten(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("python3 is not installed")
	}
	l := full()
	b, err := Compose(l)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(python, "testdata/parse.py")
	cmd.Stdin = bytes.NewReader(b)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s\n%s", err, out, b)
	}
	var got struct {
		Headers map[string][]string
		Types   []string
		Text    string
		HTML    string
		Defects []string
	}
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for name, want := range map[string]string{
		"Subject": l.Subject, "From": `"` + l.From.Name + `" <shop@xn--e1afmkfd.xn--90ae>`,
		"To": `"Ann \"The\" O'Neil" <ann@shop.test>`, "Reply-To": `"Help, please" <help@shop.test>`,
		"Message-ID": "<k.1.abc@shop.test>", "Date": "Mon, 04 May 2026 03:02:01 +0300", "MIME-Version": "1.0",
		"List-Unsubscribe": l.Headers[0].Value, "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
		"List-ID": l.Headers[2].Value, "Feedback-ID": l.Headers[3].Value, "Auto-Submitted": "auto-generated",
	} {
		if v := got.Headers[name]; len(v) != 1 || v[0] != want && v[0] != strings.ReplaceAll(want, `"`+l.From.Name+`"`, l.From.Name) {
			t.Errorf("%s: got %q, want %q", name, v, want)
		}
	}
	if s := strings.Join(got.Types, " "); s != "multipart/alternative text/plain text/html" {
		t.Errorf("parts: %s", s)
	}
	if got.Text != l.Text || got.HTML != l.HTML || len(got.Defects) > 0 {
		t.Errorf("text %q, html %t, defects %q", got.Text, got.HTML == l.HTML, got.Defects)
	}
}

func TestNoValueBeginsAHeader(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"a\r\nBcc: x@y.test", "\r\n\r\nbody", "=?UTF-8?B?Qmxh?=", "a\x00b",
			strings.Repeat("ж", 200), strings.Repeat("x", 2000), strings.Repeat(" ", 300) + "x", "a" + strings.Repeat(" ", 300) + "b", "\xff\xfe", "\u202e\u2066"}))
		l := Letter{From: Address{text.Draw(t, "from"), "a@b.test"}, To: Address{text.Draw(t, "to"), "c@d.test"}, Subject: text.Draw(t, "subject"),
			Text: text.Draw(t, "text"), MessageID: "1@b.test", Headers: []Header{{"List-ID", text.Draw(t, "list") + " <a.b.test>"}}}
		b, err := Compose(l)
		if err != nil {
			t.Fatal(err)
		}
		keepsForm(t, b)
		m, err := mail.ReadMessage(bytes.NewReader(b))
		if err != nil {
			t.Fatalf("%v: %q", err, b)
		}
		for name := range m.Header {
			if !strings.Contains(" From To Subject Date Message-Id Mime-Version List-Id Content-Type Content-Transfer-Encoding ", " "+name+" ") {
				t.Errorf("header %q appeared: %q", name, b)
			}
		}
		subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
		if err != nil || subject != clean(l.Subject) {
			t.Errorf("subject %q, %v; want %q", subject, err, clean(l.Subject))
		}
		if a, err := m.Header.AddressList("From"); err != nil || a[0].Name != clean(l.From.Name) {
			t.Errorf("from %q, %v; want %q", a, err, clean(l.From.Name))
		}
	})
}

func TestQuotedTextComesBackAsItWas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		piece := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{" ", "\t", "\r\n", "\n", "=", ".", "\r", strings.Repeat("x", 74), strings.Repeat("ж", 13), "\x00\xff"}))
		s := strings.Join(rapid.SliceOf(piece).Draw(t, "pieces"), "")
		var constant []Constant
		rest, at := "", 0
		for at < len(s) {
			n := rapid.IntRange(0, len(s)-at).Draw(t, "constant")
			if q := Quote(s[at : at+n]); q != nil {
				constant = append(constant, Constant{len(rest), q})
				at += n
			}
			n = rapid.IntRange(0, len(s)-at).Draw(t, "changing")
			rest, at = rest+s[at:at+n], at+n
		}
		out := appendQuoted(nil, rest, constant)
		for line := range strings.SplitSeq(string(out), "\r\n") {
			if len(line) > 76 || strings.TrimRight(line, " \t") != line || strings.ContainsAny(line, "\r\n") {
				t.Errorf("a line of %d: %q", len(line), line)
			}
		}
		back, err := io.ReadAll(quotedprintable.NewReader(bytes.NewReader(out)))
		want := strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\n", "\r\n")
		if err != nil || string(back) != want {
			t.Errorf("%q came back as %q, %v", want, back, err)
		}
	})
}

func TestEncodedWordsNeverSplitALetter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringOfN(rapid.RuneFrom([]rune("жщя€😀aé ")), 1, 300, -1).Draw(t, "s")
		for word := range strings.SplitSeq(words(s, 9), " ") {
			part, err := new(mime.WordDecoder).Decode(word)
			if err != nil || len(word) > 75 || !utf8.ValidString(part) {
				t.Fatalf("%q: %d characters, %v", word, len(word), err)
			}
		}
	})
}

func TestCallersHeadersCannotReplaceOurs(t *testing.T) {
	for _, name := range []string{"From", "bcc", "Content-Type", "content-transfer-encoding", "", "A B", "X:Y", "Ж", "A\r\nB"} {
		l := full()
		l.Headers = []Header{{name, "x"}}
		if _, err := Compose(l); err == nil {
			t.Errorf("%q was taken", name)
		}
	}
}

func TestSmallLetters(t *testing.T) {
	for name, c := range map[string]struct {
		l    Letter
		want string
	}{
		"text only": {Letter{Text: "hi"}, "Content-Type: text/plain; charset=UTF-8"},
		"html only": {Letter{HTML: "<p>hi"}, "Content-Type: text/html; charset=UTF-8"},
		"both":      {Letter{Text: "hi", HTML: "<p>hi"}, "Content-Type: multipart/alternative;"},
		"own id":    {Letter{Text: "hi"}, "@xn--e1afmkfd.xn--90ae>\r\n"},
		"idn id":    {Letter{Text: "hi", MessageID: "<1@пример.бг>"}, "\r\nMessage-ID: <1@xn--e1afmkfd.xn--90ae>\r\n"},
		"long id":   {Letter{Text: "hi", MessageID: strings.Repeat("x", 64) + "@shop.test"}, "\r\nMessage-ID: <xxx"},
		"utf8 box":  {Letter{Text: "hi", ReplyTo: Address{"Иван", "иван@пример.бг"}}, "Reply-To: =?UTF-8?B?0JjQstCw0L0=?= <иван@xn--e1afmkfd.xn--90ae>\r\n"},
		"bare name": {Letter{Text: "hi", ReplyTo: Address{"", "a@b.test"}}, "Reply-To: <a@b.test>\r\n"},
	} {
		c.l.From, c.l.To = Address{"Shop", "shop@пример.бг"}, Address{"", "a@b.test"}
		b, err := Compose(c.l)
		if err != nil || !strings.Contains(string(b), c.want) {
			t.Errorf("%s: %v\n%s", name, err, b)
		}
	}
	for _, bad := range []Letter{{To: Address{"", "a@b.test"}}, {From: Address{"", "a@b.test"}, To: Address{"", "a b@c.test"}},
		{From: Address{"", "a@b.test"}, To: Address{"", "a@b.test"}, MessageID: "a> <b@c.test"}} {
		if _, err := Compose(bad); err == nil {
			t.Errorf("%+v was composed", bad)
		}
	}
}

func BenchmarkCompose(b *testing.B) {
	l := full()
	l.HTML = strings.Repeat("<p style=\"margin:0\">Текст и <a href=\"https://shop.test/c/abcdef\">връзка</a></p>\n", 100)
	for b.Loop() {
		if _, err := Compose(l); err != nil {
			b.Fatal(err)
		}
	}
}
