package domain

import (
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"keepsake/internal/dkim"
)

const arrivedHead = "From: =?utf-8?B?0KfQsNC5?= <news@tea.example>\r\nTo: me@example.org\r\nSubject: Hello\r\nDate: Sun, 22 Nov 2026 10:00:00 +0200\r\nMessage-ID: <1@tea.example>\r\n"
const bothHeaders = "List-Unsubscribe: <mailto:unsub+a@tea.example>,\r\n <https://mail.tea.example/u/AAAA>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"

// gmail is what a large receiver puts above a letter.
const gmail = "Delivered-To: me@example.org\r\nReceived: by 2002:a05 with SMTP id x; Sun, 22 Nov 2026 00:00:07 -0800 (PST)\r\n" +
	"Return-Path: <bounce+x@bounces.tea.example>\r\nReceived: from mail.tea.example (mail.tea.example. [192.0.2.25])\r\n by mx.google.com with ESMTPS id 7 (version=TLS1_3);\r\n Sun, 22 Nov 2026 00:00:06 -0800 (PST)\r\n" +
	"Authentication-Results: mx.google.com;\r\n       dkim=pass header.i=@tea.example header.s=ks1 header.b=\"ab;(c\";\r\n       spf=pass (google.com: domain of bounce+x@bounces.tea.example designates 192.0.2.25 (ok; really) as permitted sender) smtp.mailfrom=x;\r\n       dmarc=pass (p=NONE sp=NONE dis=NONE) header.from=tea.example\r\n"

// fromAlone is the signature of a server that covers From and the body "Hello" alone (RFC 6376, RFC 8463).
func fromAlone(t *testing.T, key dkim.Key) string {
	t.Helper()
	text, err := key.Private()
	must(t, err)
	der, err := base64.StdEncoding.DecodeString(text)
	must(t, err)
	private, err := x509.ParsePKCS8PrivateKey(der)
	must(t, err)
	body := sha256.Sum256([]byte("Hello\r\n"))
	from, _, _ := strings.Cut(strings.TrimPrefix(arrivedHead, "From: "), "\r\n")
	value := "v=1; a=ed25519-sha256; c=relaxed/relaxed; d=tea.example; s=ks1; h=from; bh=" + base64.StdEncoding.EncodeToString(body[:]) + "; b="
	sum := sha256.Sum256([]byte("from:" + from + "\r\ndkim-signature:" + value))
	return "DKIM-Signature: " + value + base64.StdEncoding.EncodeToString(ed25519.Sign(private.(ed25519.PrivateKey), sum[:])) + "\r\n"
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestALetterThatArrivedSaysHowItFared(t *testing.T) {
	key, err := dkim.NewKey("tea.example", "ks1", dkim.Ed25519)
	if err != nil {
		t.Fatal(err)
	}
	record, _ := key.Record()
	lookup := func(name string) ([]string, error) {
		return zone{"ks1._domainkey.tea.example TXT " + record}.ask(name, "TXT")
	}
	sign := func(letter string) string {
		signed, err := dkim.NewSigner(key).Sign([]byte(letter))
		if err != nil {
			t.Fatal(err)
		}
		return string(signed)
	}
	whole := sign(arrivedHead + bothHeaders + "\r\nHello\r\n")
	for name, c := range map[string]struct {
		source string
		want   string // "about: state: words", one a line
	}{
		"all well": {gmail + whole, `DKIM: ok: holds (key ks1, ed25519-sha256)
			Receiver: ok: mx.google.com says that SPF passes
			Receiver: ok: DKIM passes
			Receiver: ok: DMARC passes
			One click: ok: once
			One click: ok: covers both
			DMARC: ok: The signature and the return path
			TLS: ok: encrypted`},
		"saved as a file": {"\ufeff\nFrom MAILER Sun Nov 22\n" + strings.ReplaceAll(gmail+whole, "\r\n", "\n"), `DKIM: ok: holds
			Receiver: ok: SPF
			Receiver: ok: DKIM
			Receiver: ok: DMARC
			One click: ok: once
			One click: ok: covers
			DMARC: ok: The signature and
			TLS: ok: encrypted`},
		"signed, the list headers left out": {sign(arrivedHead+"\r\nHello\r\n") + "", `DKIM: ok: holds
			Receiver: unknown: no verdict
			One click: todo: List-Unsubscribe is missing
			DMARC: ok: signature is of the same owner
			TLS: unknown: which way`},
		"the list headers added afterwards": {strings.Replace(sign(arrivedHead+"\r\nHello\r\n"), "\r\nFrom:", "\r\n"+bothHeaders+"From:", 1), `DKIM: todo: does not hold
			Receiver: unknown: 
			One click: ok: once
			One click: todo: covers List-Unsubscribe,
			DMARC: todo: 
			TLS: unknown: `},
		"signed by a server that covers From alone": {fromAlone(t, key) + arrivedHead + bothHeaders + "\r\nHello\r\n", `DKIM: ok: holds
			Receiver: unknown: 
			One click: ok: once
			One click: todo: covers List-Unsubscribe,
			DMARC: ok: 
			TLS: unknown: `},
		"changed on the way": {gmail + strings.Replace(whole, "\r\nHello\r\n", "\r\nHello!\r\n", 1), `DKIM: todo: does not hold: body hash did not verify
			Receiver: ok: 
			Receiver: ok: 
			Receiver: ok: 
			One click: ok: once
			One click: todo: covers List-Unsubscribe,
			DMARC: ok: return path is of the same owner
			TLS: ok: `},
		"not signed": {arrivedHead + bothHeaders + "\r\nHello\r\n", `DKIM: todo: not signed
			Receiver: unknown: 
			One click: ok: 
			One click: todo: 
			DMARC: todo: not written down
			TLS: unknown: `},
		"its key is gone": {strings.ReplaceAll(sign(arrivedHead+bothHeaders+"\r\nHello\r\n"), "s=ks1", "s=ks0"), `DKIM: todo: its key ks0 is not in DNS
			Receiver: unknown: 
			One click: ok: 
			One click: todo: 
			DMARC: todo: 
			TLS: unknown: `},
		"two unsubscriptions": {sign(arrivedHead + bothHeaders + "List-Unsubscribe: <https://relay.example/u>\r\n\r\nHello\r\n"), `DKIM: ok: 
			Receiver: unknown: 
			One click: todo: List-Unsubscribe is there more than once
			DMARC: ok: 
			TLS: unknown: `},
		"without https": {sign(arrivedHead + strings.Replace(bothHeaders, "https:", "http:", 1) + "\r\nHello\r\n"), `DKIM: ok: 
			Receiver: unknown: 
			One click: todo: https://
			One click: ok: 
			DMARC: ok: 
			TLS: unknown: `},
		"refused by the receiver": {"Authentication-Results: mx.example.org 1; spf=softfail smtp.mailfrom=x; dkim=none; dmarc=fail header.from=tea.example\r\nReceived: from a by b; Sun, 22 Nov 2026 10:00:01 +0200\r\nReturn-Path: <>\r\n" + arrivedHead + "\r\nHello\r\n",
			`DKIM: todo: 
			Receiver: todo: mx.example.org says of SPF: softfail
			Receiver: todo: DKIM: none
			Receiver: todo: DMARC: fail
			One click: todo: missing
			DMARC: todo: 
			TLS: unknown: took the letter encrypted`},
		"no letter":     {"hello there", "Form: todo: no From"},
		"nothing":       {"", "Form: todo: no From"},
		"two subjects":  {sign(strings.Replace(arrivedHead, "Subject", "Subject: A\r\nSubject", 1) + "\r\n"), "DKIM: ok: \nReceiver: unknown: \nOne click: todo: \nDMARC: ok: \nTLS: unknown: \nForm: todo: Subject is there 2 times"},
		"another owner": {sign(strings.Replace(arrivedHead, "tea.example>", "coffee.example>", 1) + "\r\n"), "DKIM: ok: \nReceiver: unknown: \nOne click: todo: \nDMARC: todo: \nTLS: unknown: "},
	} {
		var got, want []string
		arrived := Received([]byte(c.source), lookup)
		for _, f := range arrived.Findings {
			got = append(got, f.About+": "+string(f.State)+": "+fmt.Sprintf(f.Text, f.Args...))
		}
		for line := range strings.SplitSeq(c.want, "\n") {
			parts := strings.SplitN(strings.TrimLeft(line, "\t"), ": ", 3)
			want = append(want, parts[0]+": "+parts[1]+": …"+parts[2])
		}
		holds(t, name, got, want...)
		if name == "all well" && (arrived.Took != 7*time.Second || arrived.OneClick != "https://mail.tea.example/u/AAAA" || fmt.Sprint(arrived.Selectors) != "[ks1]" || arrived.From != "tea.example" || arrived.ReturnPath != "bounces.tea.example") {
			t.Errorf("%+v", arrived)
		}
	}
}

func FuzzReceivedReadsWhateverItIsGiven(f *testing.F) {
	f.Add([]byte(gmail + arrivedHead + bothHeaders + "\r\nHello\r\n"))
	f.Add([]byte("DKIM-Signature: v=1; a=rsa-sha256; d=x; s=y; h=from; bh=; b=\nFrom: a"))
	f.Fuzz(func(t *testing.T, source []byte) {
		if got := Received(source, func(string) ([]string, error) { return []string{string(source)}, nil }); len(got.Findings) == 0 {
			t.Error("nothing to say")
		}
	})
}
