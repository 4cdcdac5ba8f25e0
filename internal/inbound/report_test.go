package inbound

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"keepsake/campaigns/ledger"
)

const (
	verp = "bounce+aejwcylbmfqwcztbmfqwcztb@bounce.shop.example"
	ana  = "ana@customer.example"
)

// letters are testdata/reports: what each is, and what it says of whom.
var letters = map[string]string{
	"postfix-unknown":      "bounce hard 5.1.1 " + ana,
	"postfix-nxdomain":     "bounce soft 5.4.4 ana@gone.example",
	"postfix-delayed":      "delay",
	"postfix-delivered":    "delivered",
	"postfix-full":         "bounce soft 5.2.2 " + ana,
	"postfix-text":         "bounce hard 5.1.1 " + ana,
	"expired":              "bounce soft 4.4.1 " + ana,
	"sendmail-unknown":     "bounce hard 5.1.1 " + ana,
	"exim-generic":         "bounce hard 5.1.1 " + ana,
	"exim-said-in-text":    "bounce hard 5.1.1 " + ana,
	"exim-text":            "bounce hard 5.1.1 " + ana + "; soft 5.4.7 bo@customer.example",
	"exim-warning":         "delay",
	"exchange-unknown":     "bounce hard 5.1.10 " + ana,
	"exchange-blocked":     "bounce soft 5.7.1 " + ana,
	"exchange-2003":        "bounce hard 5.1.1 " + ana,
	"gmail-unknown":        "bounce hard 5.1.1 " + ana,
	"gmail-dmarc":          "bounce soft 5.7.26 " + ana,
	"gmail-old":            "bounce hard 5.1.1 " + ana,
	"gmail-old-delay":      "delay",
	"disabled":             "bounce soft 5.2.1 " + ana,
	"several":              "bounce hard 5.1.1 a@customer.example; soft 5.2.2 d@customer.example; partly",
	"international":        "bounce hard 5.1.1 иван@пример.example",
	"no-recipient-group":   "bounce hard 5.1.1 " + ana,
	"no-per-message-group": "bounce hard 5.1.1 " + ana,
	"no-action":            "bounce hard 5.1.1 " + ana,
	"koi8":                 "bounce hard 5.1.1 " + ana,
	"groupwise":            "bounce soft 5.0.0 " + ana,
	"notes-dsn":            "bounce hard 5.1.1 " + ana,
	"notes-text":           "bounce hard 5.1.1 " + ana,
	"x400":                 "bounce hard 5.1.1 " + ana,
	"two-codes":            "bounce soft 5.6.1 " + ana,
	"qmail":                "bounce hard 5.1.1 " + ana + "; soft 5.2.2 bo@customer.example",
	"qmail-local":          "bounce hard 5.1.1 " + ana,
	"qmail-host":           "bounce hard 5.1.2 ana@gone.example",
	"german":               "bounce hard 5.1.1 ana@kunde.example",
	"german-full":          "bounce soft 5.2.2 ana@kunde.example",
	"french":               "bounce hard 5.1.1 ana@client.example",
	"spanish":              "bounce soft 5.2.2 ana@cliente.example",
	"russian":              "bounce hard 5.1.1 ana@pochta.example",
	"bulgarian":            "bounce soft 5.2.2 ana@poshta.example",
	"japanese":             "bounce hard 5.1.1 ana@keitai.example",
	"chinese":              "bounce hard 5.1.1 ana@you.example",
	"yahoo-like":           "bounce hard 5.1.1 ana@y.example",
	"html-only":            "bounce hard 5.1.10 " + ana,
	"flattened":            "bounce hard 5.1.1 " + ana,
	"flattened-delay":      "delay",
	"says-little":          "bounce soft ",
	"broken":               "bounce hard 5.1.1 " + ana,
	"vacation":             "auto-reply",
	"vacation-precedence":  "auto-reply",
	"vacation-exchange":    "auto-reply",
	"vacation-russian":     "auto-reply",
	"left-company":         "auto-reply",
	"challenge":            "challenge",
	"mdn":                  "receipt",
	"person":               "unknown",
	"person-about-bounces": "unknown",
	"unsubscribe":          "unknown",
	"empty":                "unknown",
	"arf-abuse":            "complaint complaint  " + ana,
	"arf-redacted":         "complaint complaint ",
	"arf-fraud":            "complaint complaint ",
	"arf-opt-out":          "complaint complaint  " + ana,
	"arf-opt-out-list":     "complaint complaint ",
	"arf-not-spam":         "notice",
	"arf-virus":            "notice",
	"arf-no-type":          "notice",
	"arf-auth-failure":     "notice",
	"jmrp":                 "complaint complaint  ana@live.example",
}

func says(r Reading) string {
	var all []string
	for _, f := range r.Findings {
		s := string(f.Verdict) + " " + f.Status
		for _, a := range f.Addresses[:min(1, len(f.Addresses))] {
			s += " " + a
		}
		all = append(all, s)
	}
	if r.Partly {
		all = append(all, "partly")
	}
	return strings.TrimRight(string(r.Class)+" "+strings.Join(all, "; "), " ")
}

func TestEachLetterIsReadForWhatItIs(t *testing.T) {
	files, err := filepath.Glob("testdata/reports/*.eml")
	if err != nil || len(files) != len(letters) {
		t.Fatalf("%d files, %v; the table has %d", len(files), err, len(letters))
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(filepath.Base(file), ".eml")
		crlf := bytes.ReplaceAll(data, []byte("\n"), []byte("\r\n"))
		for ends, letter := range map[string][]byte{"LF": data, "CRLF": crlf} { // a pipe's and a server's
			if got, want := says(Read(letter)), strings.TrimRight(letters[name], " "); got != want {
				t.Errorf("%s, %s: got %q, want %q", name, ends, got, want)
			}
		}
	}
}

func reading(t *testing.T, name string) Reading {
	t.Helper()
	data, err := os.ReadFile("testdata/reports/" + name + ".eml")
	if err != nil {
		t.Fatal(err)
	}
	return Read(data)
}

func TestABounceNamesTheLetterItIsAbout(t *testing.T) {
	for _, name := range []string{"postfix-unknown", "postfix-nxdomain", "qmail", "exim-text", "gmail-old", "german", "yahoo-like", "arf-abuse", "international"} {
		r := reading(t, name)
		if !slices.Contains(r.MessageIDs, "aejwcylbmfqwcztb@shop.example") || !slices.Contains(r.ReturnPaths, verp) || r.Addressee != ana {
			t.Errorf("%s: Message-IDs %q, return paths %q, to %q", name, r.MessageIDs, r.ReturnPaths, r.Addressee)
		}
		if want := []string{"https://mail.shop.example/u/AbCdEf_123", "mailto:unsub+aejw@bounce.shop.example"}; !slices.Equal(r.Unsubscribe, want) {
			t.Errorf("%s: unsubscribe %q", name, r.Unsubscribe)
		}
		if strings.HasPrefix(name, "arf") == slices.Contains(r.Came, verp) {
			t.Errorf("%s: came to %q", name, r.Came)
		}
		if r.At.IsZero() || len(r.Key) != 32 {
			t.Errorf("%s: at %s, key %q", name, r.At, r.Key)
		}
	}
	if r := reading(t, "exchange-unknown"); r.MessageIDs[0] != "aejwcylbmfqwcztb@shop.example" {
		t.Errorf("In-Reply-To: %q", r.MessageIDs)
	}
}

func TestTheServersWordsAreKeptInOneLine(t *testing.T) {
	for name, want := range map[string]string{
		"postfix-unknown": "550 5.1.1 <ana@customer.example>: Recipient address rejected: User unknown in virtual mailbox table",
		"koi8":            "Пользователь не найден",
		"qmail-local":     "Sorry, no mailbox here by that name. (#5.1.1)",
		"arf-abuse":       "abuse, SomeGenerator/1.0",
	} {
		if r := reading(t, name); r.Findings[0].Words != want {
			t.Errorf("%s: %q", name, r.Findings[0].Words)
		}
	}
}

func TestALettersKeyIsItsOwnWhateverWayItCame(t *testing.T) {
	data, err := os.ReadFile("testdata/reports/qmail.eml")
	if err != nil {
		t.Fatal(err)
	}
	other := append([]byte("Received: from another way\n"), data...)
	if a, b := Read(data).Key, Read(other).Key; a != b || a == reading(t, "qmail-local").Key {
		t.Errorf("keys %s, %s", a, b)
	}
}

func TestAHugeReportIsReadInBounds(t *testing.T) {
	var b strings.Builder
	b.WriteString("From: MAILER-DAEMON@x.example\nContent-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\n")
	for i := range 50_000 {
		fmt.Fprintf(&b, "Final-Recipient: rfc822; u%d@x.example\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; %s\n\n", i, strings.Repeat("x ", 300))
	}
	r := Read([]byte(b.String()))
	if len(r.Findings) != maxFindings || len(r.Findings[0].Words) > maxWords {
		t.Errorf("%d findings, %d octets of words", len(r.Findings), len(r.Findings[0].Words))
	}
	text := "From: MAILER-DAEMON@x.example\nSubject: undelivered\n\n" + strings.Repeat("<a@b.example>: 550 5.1.1 "+strings.Repeat("y", 3000)+"\n", 1000)
	if r := Read([]byte(text)); len(r.Findings) > maxFindings {
		t.Errorf("%d findings of a text", len(r.Findings))
	}
}

// FuzzReport: whatever strangers write, reading never panics and stays in bounds, and a
// success, a delay or an auto-reply is never a hard bounce.
func FuzzReport(f *testing.F) {
	files, _ := filepath.Glob("testdata/reports/*.eml")
	for _, file := range files {
		if data, err := os.ReadFile(file); err == nil {
			f.Add(data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r := Read(data)
		bounded(t, r)
		for _, action := range []string{"delayed", "delivered", "relayed", "expanded"} {
			if status := statusOnly(data, action); hard(Read(status)) {
				t.Errorf("%s is hard: %q", action, status)
			}
		}
		if !bytes.Contains(bytes.ToLower(data), []byte("status")) {
			if reply := append([]byte("X-Autoreply: yes\r\nPrecedence: auto_reply\r\n"), data...); hard(Read(reply)) {
				t.Errorf("an auto-reply is hard: %q", reply)
			}
		}
	})
}

// statusOnly is a report on one recipient with the action, around whatever else it says.
func statusOnly(data []byte, action string) []byte {
	said := strings.Join(strings.Fields(string(data)), " ")
	return []byte("From: MAILER-DAEMON@x.example\r\nSubject: Undelivered\r\nContent-Type: multipart/report; boundary=b0\r\n\r\n--b0\r\nContent-Type: message/delivery-status\r\n\r\n" +
		"Final-Recipient: rfc822; a@b.example\r\nAction: " + action + "\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 " + said + "\r\n\r\n--b0--\r\n")
}

func hard(r Reading) bool {
	return slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Verdict == ledger.HardBounce })
}

func bounded(t *testing.T, r Reading) {
	t.Helper()
	if len(r.Findings) > maxFindings || max(len(r.Came), len(r.MessageIDs), len(r.ReturnPaths), len(r.Unsubscribe)) > maxNames {
		t.Errorf("out of bounds: %d findings", len(r.Findings))
	}
	if (len(r.Findings) > 0) != (r.Class == Bounced || r.Class == Complained) {
		t.Errorf("%s with %d findings", r.Class, len(r.Findings))
	}
	for _, f := range r.Findings {
		if len(f.Words) > maxWords || strings.ContainsAny(f.Words, "\r\n\x00") || !utf8.ValidString(f.Words) || len(f.Addresses) > maxNames {
			t.Errorf("not fit to keep: %+v", f)
		}
		if f.Verdict == ledger.HardBounce && !strings.HasPrefix(f.Status, "5.1.") || f.Verdict == "" {
			t.Errorf("%q on %q", f.Verdict, f.Status)
		}
	}
}
