package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/smtp"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"keepsake/internal/show/stage"
)

// mailbox sends through a real Postfix to a real Dovecot, to people who exist, who do not, and whose mailbox is full.
// Postfix writes the reports, and our program reads them back, once by IMAP and once by POP3.
func mailbox(ctx context.Context, w *stage.Workshop) (map[string]stage.Figure, error) {
	wrong, read := 0, 0
	for _, protocol := range []string{"imap", "pop3"} {
		h, err := openHouse(ctx, w)
		if err != nil {
			return nil, err
		}
		n, bad, err := h.tell(ctx, protocol)
		if err != nil {
			return nil, fmt.Errorf("%s: %w; mail: %s", protocol, err, stage.Last(h.said(), 600))
		}
		wrong, read = wrong+bad, read+n
	}
	return map[string]stage.Figure{"mailbox_wrong": stage.Count(wrong, 0), "mailbox_dsn_read": stage.Count(read, 2*(unknown+full))}, nil
}

// How many people there are of each sort, and the two domains.
const (
	existing   = 70
	unknown    = 20
	full       = 10
	customers  = "customers.test"
	bounceHost = "bounces." + stage.Domain
)

func sort(kind string, n int) (all []stage.Person) {
	for i := range n {
		all = append(all, stage.Person{Email: fmt.Sprintf("%s%d@%s", kind, i+1, customers), First: "Ana"})
	}
	return all
}

// tell sends one campaign, has its reports read, and judges what the database says of each person.
func (h *house) tell(ctx context.Context, protocol string) (read, wrong int, err error) {
	port := map[string]int{"imap": h.imap, "pop3": h.pop3}[protocol]
	k, err := h.w.Serve(ctx, h.smtp, setting("BOUNCE_DOMAIN", bounceHost), setting("BOUNCES_MAILBOX_PROTOCOL", protocol), setting("BOUNCES_MAILBOX_HOST", "127.0.0.1"),
		setting("BOUNCES_MAILBOX_PORT", port), setting("BOUNCES_MAILBOX_USERNAME", "bounce@"+bounceHost), setting("BOUNCES_MAILBOX_PASSWORD", "secret"),
		setting("BOUNCES_MAILBOX_POLL_SECONDS", 5), "SSL_CERT_FILE="+filepath.Join(h.dir, "cert.pem"))
	if err != nil {
		return 0, 0, err
	}
	p := &post{Keepsake: k, w: h.w, dsn: filepath.Join(k.Data, "keepsake.db")}
	if err := p.look("sqlite3", "file:"+p.dsn+"?_busy_timeout=10000"); err != nil {
		return 0, 0, err
	}
	all := slices.Concat(sort("here", existing), sort("nobody", unknown), sort("full", full))
	list, err := p.fill(ctx, all)
	if err != nil {
		return 0, 0, err
	}
	c, err := p.Begin(ctx, newsletter(list))
	if err != nil {
		return 0, 0, err
	}
	if _, err := p.Finished(ctx, c.ID, len(all), time.Minute); err != nil {
		return 0, 0, err
	}
	if err := h.answers(ctx); err != nil {
		return 0, 0, err
	}
	err = stage.Until(ctx, time.Minute, "the mailbox is read", func() (bool, error) {
		read, err := p.number(ctx, `SELECT COUNT(*) FROM reports`)
		left, _ := p.number(ctx, `SELECT COUNT(*) FROM subscriptions WHERE state = 'unsubscribed'`)
		return read >= unknown+full && left > 0 && h.inBox() == 1, errors.Join(err, fmt.Errorf("%d read, %d unsubscribed, %d letters left", read, left, h.inBox()))
	})
	if err != nil {
		return 0, 0, err
	}
	read, err = p.number(ctx, `SELECT COUNT(*) FROM reports`)
	wrong, judged := h.judge(ctx, p)
	return read, wrong, errors.Join(err, judged, k.Stop(), h.stop())
}

// judge counts what is not as the mail servers said.
func (h *house) judge(ctx context.Context, p *post) (wrong int, err error) {
	for _, q := range []struct {
		want     int
		question string
	}{
		{unknown, `SELECT COUNT(*) FROM suppressions WHERE reason = 'hard_bounce' AND email_norm LIKE 'nobody%'`},
		{unknown, `SELECT COUNT(*) FROM suppressions`},
		{unknown, `SELECT COUNT(*) FROM reports r JOIN subscribers s ON s.id = r.subscriber_id WHERE r.verdict = 'hard' AND r.status = '5.1.1' AND s.email LIKE 'nobody%'`},
		{full, `SELECT COUNT(*) FROM reports r JOIN subscribers s ON s.id = r.subscriber_id WHERE r.verdict = 'soft' AND r.status = '5.2.2' AND s.email LIKE 'full%'`},
		{unknown + full, `SELECT COUNT(*) FROM activities WHERE kind = 'bounce' AND why <> ''`},
		{unknown + full, `SELECT bounced FROM runs`},
		{unknown, `SELECT hard_bounced FROM runs`},
		{1, `SELECT COUNT(*) FROM subscriptions WHERE state = 'unsubscribed'`},
	} {
		n, err := p.number(ctx, q.question)
		if err != nil {
			return 0, err
		}
		if n != q.want {
			fmt.Fprintf(os.Stderr, "  %d, want %d: %s\n", n, q.want, q.question)
			wrong += max(n-q.want, q.want-n)
		}
	}
	return wrong, nil
}

var mailto = regexp.MustCompile(`<mailto:(unsub\+[^>]+)>`)
var returnPath = regexp.MustCompile(`Return-Path: <(bounce\+[^>]+)>`)

// answers sends what else comes to such addresses: an unsubscription, a holiday's auto-reply, and a person's answer.
func (h *house) answers(ctx context.Context) error {
	var letter []byte
	err := stage.Until(ctx, time.Minute, "the first letter", func() (bool, error) {
		all, err := filepath.Glob(filepath.Join(h.dir, "mail", "here1@"+customers, "new", "*"))
		if err != nil || len(all) == 0 {
			return false, err
		}
		letter, err = os.ReadFile(all[0])
		return err == nil, err
	})
	if err != nil {
		return err
	}
	letter = regexp.MustCompile(`\r?\n[ \t]+`).ReplaceAll(letter, []byte(" "))
	unsub, back := mailto.FindSubmatch(letter), returnPath.FindSubmatch(letter)
	if unsub == nil || back == nil {
		return errors.New("the letter carries no address to leave by, or to come back to")
	}
	send := func(to []byte, text string) error {
		return smtp.SendMail(h.smtp, nil, "here1@"+customers, []string{string(to)}, []byte("From: here1@"+customers+"\r\nTo: "+string(to)+"\r\n"+text))
	}
	return errors.Join(send(unsub[1], "Subject: unsubscribe\r\n\r\n"),
		send(back[1], "Subject: Out of office\r\nAuto-Submitted: auto-replied\r\n\r\n550 5.1.1 user unknown, for a week\r\n"),
		send(back[1], "Subject: Re: The autumn teas\r\n\r\nWhy does my server say 550 5.1.1 user unknown?\r\n"))
}

// inBox counts the letters in the bounce mailbox.
func (h *house) inBox() (n int) {
	for _, folder := range []string{"new", "cur"} {
		all, _ := filepath.Glob(filepath.Join(h.dir, "mail", "bounce@"+bounceHost, folder, "*"))
		n += len(all)
	}
	return n
}

// freePort is one nobody listens on now.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// said is the end of what Postfix and Dovecot logged.
func (h *house) said() string {
	var all []string
	for _, name := range []string{"commands.log", "postfix.log", "dovecot.log"} {
		b, _ := os.ReadFile(filepath.Join(h.dir, name))
		all = append(all, stage.Last(string(b), 300))
	}
	return strings.Join(all, " | ")
}
