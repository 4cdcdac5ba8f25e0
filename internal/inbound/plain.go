package inbound

import (
	"regexp"
	"strings"

	"golang.org/x/net/html"

	"keepsake/campaigns/ledger"
)

func words(phrases ...string) *regexp.Regexp {
	return regexp.MustCompile(`(?i)` + strings.Join(phrases, "|"))
}

// How servers and people write, where there is no form for it.
var (
	fromServer = words(`mailer-?daemon`, `postmaster@`, `^postmaster\b`, `mail delivery (sub)?system`, `mail ?delivery`, `mdaemon@`, `microsoftexchange[0-9a-f]+`,
		`mail router`, `\bmail administrator`, `bounce-?handler`)
	undelivered = words(`undeliver(ed|able)`, `delivery.{0,20}(fail|problem|error|unsuccessful)`, `(fail|error).{0,20}deliver`, `returned (mail|to sender)`, `failure notice`,
		`non-?delivery`, `not? (be )?delivered`, `did not reach`, `couldn.t be delivered`, `unable to deliver`, `mail system error`, `user unknown`, `no such user`, `permanent (fatal )?error`,
		`unzustellbar`, `nicht zugestellt`, `zustellung.{0,30}(fehl|nicht)`, `non (remis|distribu)`, `échec`, `no (se )?(pudo|ha podido|entregad)`, `devuelto`, `mancata consegna`, `non .{0,20}consegnat`,
		`não (foi )?entreg`, `niet (afgeleverd|bezorgd)`, `nie dostarczon`, `недоставл`, `не (был[оа]? )?доставл`, `не удалось доставить`, `не може да бъде доставен`, `не е доставен`, `недоставен`, `配信(できません|不能)`, `退信`, `无法投递`)
	putOff = words(`\bdelayed\b`, `delivery (is )?delay`, `warning: (message|could not send)`, `warning (message )?only`, `(has|have) not (yet )?been delivered (yet|to all)`, `hasn.t been delivered yet`,
		`will (keep trying|continue|retry|be retried|try again)`, `still being retried`, `delivery attempts will continue`, `gmail will retry`,
		`verzögert`, `retardé`, `retrasad`, `in ritardo`, `задерж`, `забавен`, `закъсн`)
	arrived = words(`^(successful mail delivery|delivered|relayed|expanded)\b`, `return receipt`, `successfully (delivered|relayed)`, `was delivered to`)
	away    = words(`^\W*(?:(?:re|aw|fwd?|sv|отг|отв)[.:]\s*)*(?:(?:auto(?:matic|mated)?[- ]?(?:reply|response|answer)|autoreply|out of (?:the )?office|on vacation|vacation|away from)` +
		`|abwesenheit|automatische antwort|réponse automatique|absence du|absent|respuesta automática|fuera de la oficina|risposta automatica|resposta automática|automatisch antwoord|autoodpowiedź` +
		`|автоответ|автоматическ(?:ий|ая) ответ|автоматичен отговор|извън офиса|自動(?:返信|応答)|自动(?:回复|答复))`)
	prove = words(`(confirm|verify|prove).{0,60}(you are|that you|sender|human|your (message|mail|email))`, `\btmda\b`, `boxtrapper`, `spam ?arrest`, `challenge[-/ ]response`, `to (release|deliver) your (message|mail|email)`)
	// the copy of our letter begins
	copyBegins = words(`^-+ ?(begin )?(this is a copy of|below this line is a copy|the (body|header)s? of (the|your)|original (message|mail)|returned message|message headers? follow|unsent message|ursprüngliche|forwarded message)`,
		`^original message (headers|header):?`, `^(this is a copy of (the|your) message|message headers? follow|a copy of (the|your) (message|letter)|the original message (headers )?(follow|is attached))`,
		`^-+ ?(исходное|оригинално|message d.origine|mensaje original|messaggio originale)`)
)

// plainReport reads what servers write instead of RFC 3464: qmail (QSBMF), Exim, Postfix,
// Exchange, Notes and others. A letter that looks like an answer is none.
func (l letter) plainReport() (Class, []Finding, bool) {
	subject, failed := l.Header("Subject"), l.Header("X-Failed-Recipients")
	server := l.fromServer(subject)
	head := l.notice[:min(len(l.notice), 2000)]
	switch {
	case l.answers(subject), l.submitted() && !server && failed == "":
		return AutoReply, nil, false
	case l.Header("X-Delivery-Agent") != "" && prove.MatchString(l.Header("X-Delivery-Agent")), !server && prove.MatchString(subject+"\n"+head):
		return Challenge, nil, false
	case !server && failed == "":
		return l.jmrp(subject)
	case putOff.MatchString(subject), putOff.MatchString(head):
		return Delayed, nil, false
	case arrived.MatchString(subject):
		return Delivered, nil, false
	}
	if strings.Contains(l.notice, "Final-Recipient:") { // the fields themselves, in a letter that lost its parts
		if class, all, partly := l.statusReport([]byte(l.notice)); class != Unknown {
			return class, all, partly
		}
	}
	return l.told(subject, failed)
}

// fromServer reports whether a mail server wrote the letter.
func (l letter) fromServer(subject string) bool {
	if fromServer.MatchString(l.Header("From")) || fromServer.MatchString(l.Header("Sender")) {
		return true
	}
	none := strings.TrimSpace(l.Header("Return-Path")) == "<>"
	return (none || l.Header("From") == "") && undelivered.MatchString(subject) || strings.HasPrefix(strings.TrimSpace(l.notice), "Hi. This is the ")
}

// answers reports whether the letter says of itself that a program answered for a person.
func (l letter) answers(subject string) bool {
	for _, name := range []string{"X-Autoreply", "X-Autorespond", "X-Autoresponder", "X-Mail-Autoreply", "X-Vacation", "X-Autoreply-From"} {
		if v := l.Header(name); v != "" && !strings.EqualFold(v, "no") {
			return true
		}
	}
	for _, name := range []string{"Precedence", "X-Precedence"} {
		switch strings.ToLower(l.Header(name)) {
		case "auto_reply", "auto-reply", "autoreply", "vacation":
			return true
		}
	}
	return away.MatchString(subject)
}

// submitted is RFC 3834 §5, which bounces carry as well.
func (l letter) submitted() bool {
	return strings.HasPrefix(strings.ToLower(l.Header("Auto-Submitted")), "auto-replied")
}

// jmrp reads the complaints that come as a bare copy of the letter.
func (l letter) jmrp(subject string) (Class, []Finding, bool) {
	for _, c := range l.copies {
		for _, g := range groups(c, 1) {
			if to := g.get("X-HmXmrOriginalRecipient"); to != "" && strings.HasPrefix(strings.ToLower(subject), "complaint about message from") {
				return Complained, []Finding{{Verdict: ledger.Complaint, Words: brief(subject), Addresses: addAddresses(nil, to)}}, false
			}
		}
	}
	return Unknown, nil, false
}

// told reads the text for people: a block for each address, or the whole for one.
func (l letter) told(subject, failed string) (Class, []Finding, bool) {
	sure := failed != "" || undelivered.MatchString(subject+"\n"+l.notice)
	var all []Finding
	for _, b := range blocks(l.notice) {
		if verdict, status := ledger.Judge("", b.words); sure || status != "" {
			all = append(all, Finding{verdict, status, brief(b.words), []string{b.address}})
		}
	}
	if len(all) > 0 {
		return Bounced, all, false
	}
	verdict, status := ledger.Judge("", l.notice)
	if status == "" && !sure {
		return Unknown, nil, false
	}
	f := Finding{verdict, status, brief(l.notice), addAddresses(nil, failed)}
	if failed == "" {
		f.Addresses = firstAddress(l.notice)
	}
	return Bounced, []Finding{f}, false
}

func firstAddress(text string) []string {
	all := addAddresses(nil, text)
	return all[:min(len(all), 1)]
}

// block is what a text says of one address.
type block struct{ address, words string }

var addressLine = regexp.MustCompile(`^[\s>*'"|-]*(?:mailto:)?<?([^\s<>()\[\],;:"']{1,64}@[^\s<>()\[\],;:"']{1,255}?)>?['"]?(?:\s*\(.*\))?(?:\s*(?::|\.\.\.|–|-)\s*(.*)|\s+(?:on|am|le|el|il)\s.*|\s*\((.*)\))?\s*$`)

// blocks finds the lines that begin with an address, each with what follows it: the rest of
// its paragraph, or the next one when it stands alone.
func blocks(text string) []block {
	var all []block
	open := false
	for line := range strings.SplitSeq(text[:min(len(text), maxNotice)], "\n") {
		m := addressLine.FindStringSubmatch(line[:min(len(line), 1000)])
		if m != nil && !(open && all[len(all)-1].address == m[1]) { // servers repeat the address in their words
			if len(all) == maxRecipients {
				break
			}
			all, open = append(all, block{strings.TrimRight(m[1], "."), m[2] + m[3]}), true
			continue
		}
		if !open {
			continue
		}
		b := &all[len(all)-1]
		line = strings.TrimSpace(line)
		if line == "" {
			open = strings.TrimSpace(b.words) == ""
		} else if len(b.words) < 4*maxWords {
			b.words += " " + line
		}
	}
	return all
}

// cutCopy divides a text into the notice and the copy of our letter below it.
func cutCopy(text string) (notice, rest string) {
	at := 0
	for line := range strings.Lines(text) {
		if copyBegins.MatchString(strings.TrimSpace(line)[:min(200, len(strings.TrimSpace(line)))]) {
			notice, rest = text[:at], text[at+len(line):]
			return notice[:min(len(notice), maxNotice)], rest[:min(len(rest), maxNotice)]
		}
		at += len(line)
	}
	return text[:min(len(text), maxNotice)], ""
}

// headLines are the fields at the head of a copy, the lines before them left out.
func headLines(rest string) string {
	var b strings.Builder
	for line := range strings.Lines(rest) {
		if t := strings.TrimSpace(line); t != "" || b.Len() > 0 && strings.Contains(b.String(), ":") {
			b.WriteString(strings.TrimLeft(line, ">|"))
		}
	}
	return b.String()
}

// plain is the text of an HTML part, a line for each block.
func plain(page string) string {
	var b strings.Builder
	z := html.NewTokenizer(strings.NewReader(page))
	for hidden := false; ; {
		switch z.Next() {
		case html.ErrorToken:
			return b.String()
		case html.StartTagToken, html.EndTagToken, html.SelfClosingTagToken:
			t := z.Token()
			switch t.Data {
			case "style", "script", "title":
				hidden = t.Type == html.StartTagToken
			case "p", "br", "div", "tr", "table", "h1", "h2", "h3", "li":
				b.WriteByte('\n')
			}
		case html.TextToken:
			if !hidden && b.Len() < maxNotice {
				b.WriteString(strings.ReplaceAll(string(z.Text()), "\n", " "))
			}
		}
	}
}
