package domain

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"

	"keepsake/internal/dkim"
)

// zone answers like DNS from lines "name TYPE value"; a name with the value "!" cannot be looked up.
type zone []string

func (z zone) ask(name, kind string) (all []string, err error) {
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	for _, line := range z {
		f := strings.SplitN(line, " ", 3)
		if f[0] == name && f[1] == kind {
			if f[2] == "!" {
				return nil, errors.New("i/o timeout")
			}
			all = append(all, f[2])
		}
	}
	if len(all) == 0 {
		return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
	}
	return all, nil
}

func (z zone) LookupTXT(_ context.Context, name string) ([]string, error) { return z.ask(name, "TXT") }

func (z zone) LookupMX(_ context.Context, name string) (all []*net.MX, err error) {
	hosts, err := z.ask(name, "MX")
	for _, h := range hosts {
		all = append(all, &net.MX{Host: h + "."})
	}
	return all, err
}

func (z zone) LookupNetIP(_ context.Context, _, host string) (all []netip.Addr, err error) {
	ips, err := z.ask(host, "A")
	for _, ip := range ips {
		all = append(all, netip.MustParseAddr(ip))
	}
	return all, err
}

func (z zone) LookupAddr(_ context.Context, addr string) ([]string, error) {
	names, err := z.ask(addr, "PTR")
	for i := range names {
		names[i] += "."
	}
	return names, err
}

// about are the findings on one matter, each as "state: words → record".
func about(t *testing.T, s Subject, z zone, matter string) (all []string) {
	t.Helper()
	for _, f := range Findings(s, Ask(t.Context(), z, s)) {
		if f.About != matter {
			continue
		}
		text := string(f.State) + ": " + fmt.Sprintf(f.Text, f.Args...)
		if strings.Contains(text, "%!") {
			t.Errorf("the arguments do not fit: %s", text)
		}
		if f.Record != nil {
			text += " → " + f.Record.Name + " " + f.Record.Type + " " + f.Record.Value
		}
		all = append(all, text)
	}
	return all
}

// holds compares findings with what each must contain, parts joined by "…".
func holds(t *testing.T, name string, got []string, want ...string) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d findings, want %d:\n%s", name, len(got), len(want), strings.Join(got, "\n"))
		return
	}
	for i := range want {
		rest := got[i]
		for part := range strings.SplitSeq(want[i], "…") {
			_, after, found := strings.Cut(rest, part)
			if rest = after; !found {
				t.Errorf("%s: got\n%s\nwant\n%s", name, got[i], want[i])
				break
			}
		}
	}
}

// shop sends for tea.example over some servers.
func shop(servers ...Server) Subject {
	return Subject{Domain: "tea.example", Bounce: "tea.example", Name: "mail.tea.example", Servers: servers, Reports: "hello@tea.example"}
}

var (
	relay = Server{Host: "smtp.relay.example", TLS: "starttls"}
	ses   = Server{Host: "email-smtp.eu-west-1.amazonaws.com", TLS: "starttls"}
	here  = Server{Host: "127.0.0.1", TLS: "none"}
)

func TestSPFInItsManyShapes(t *testing.T) {
	for name, c := range map[string]struct {
		servers []Server
		zone    zone
		want    []string
	}{
		"none, an own server": {[]Server{here}, zone{"mail.tea.example A 192.0.2.25"},
			[]string{"todo: tea.example has no SPF record…→ tea.example TXT v=spf1 ip4:192.0.2.25 ~all"}},
		"none, a service": {[]Server{ses}, zone{"tea.example TXT google-site-verification=abc"},
			[]string{"todo: tea.example has no SPF record…TXT v=spf1 include:amazonses.com ~all"}},
		"none, a relay nobody knows": {[]Server{relay}, nil, []string{"todo: …The maker of smtp.relay.example…TXT v=spf1 a:smtp.relay.example ~all"}},
		"none, nothing is known":     {nil, nil, []string{"todo: …TXT v=spf1 mx ~all"}},
		"not answered":               {[]Server{relay}, zone{"tea.example TXT !"}, []string{"unknown: …could not be looked up"}},
		"two records": {[]Server{ses}, zone{"tea.example TXT v=spf1 include:amazonses.com ~all", "tea.example TXT v=spf1 include:_spf.google.com -all"},
			[]string{"todo: …several…→ tea.example TXT v=spf1 include:amazonses.com include:_spf.google.com -all"}},
		"the service is named": {[]Server{ses}, zone{"tea.example TXT v=spf1 include:amazonses.com -all", "amazonses.com TXT v=spf1 ip4:199.255.192.0/22 -all"},
			[]string{"ok: …names email-smtp.eu-west-1.amazonaws.com"}},
		"the service is named further down": {[]Server{ses}, zone{"tea.example TXT v=spf1 redirect=_spf.tea.example", "_spf.tea.example TXT v=spf1 include:amazonses.com -all", "amazonses.com TXT v=spf1 -all"},
			[]string{"ok: …names email-smtp.eu-west-1"}},
		"the service is missing": {[]Server{ses}, zone{"tea.example TXT v=spf1 include:_spf.google.com ~all", "_spf.google.com TXT v=spf1 ~all"},
			[]string{"todo: …does not name email-smtp…TXT v=spf1 include:_spf.google.com include:amazonses.com ~all"}},
		"the own address by a network": {[]Server{here}, zone{"tea.example TXT v=spf1 ip4:192.0.2.0/24 -all", "mail.tea.example A 192.0.2.25"},
			[]string{"ok: …the address 192.0.2.25"}},
		"the own address by mx": {[]Server{here}, zone{"tea.example TXT V=SPF1 MX -all", "tea.example MX mail.tea.example", "mail.tea.example A 192.0.2.25"},
			[]string{"ok: …the address 192.0.2.25"}},
		"the own address by a/24": {[]Server{here}, zone{"tea.example TXT v=spf1 a/24 -all", "tea.example A 192.0.2.1", "mail.tea.example A 192.0.2.25"},
			[]string{"ok: …the address 192.0.2.25"}},
		"the own address is of the sixth": {[]Server{here}, zone{"tea.example TXT v=spf1 ip6:2001:db8::/32 -all", "mail.tea.example A 2001:db8::25"},
			[]string{"ok: …the address 2001:db8::25"}},
		"the own address is not there": {[]Server{here}, zone{"tea.example TXT v=spf1 mx -all", "tea.example MX mx.tea.example", "mx.tea.example A 192.0.2.9", "mail.tea.example A 192.0.2.25"},
			[]string{"todo: …does not name the address 192.0.2.25…TXT v=spf1 mx ip4:192.0.2.25 -all"}},
		"its include cannot be looked up": {[]Server{here}, zone{"tea.example TXT v=spf1 include:x.example -all", "x.example TXT !", "mail.tea.example A 192.0.2.25"},
			[]string{"unknown: …not known here"}},
		"a relay nobody knows": {[]Server{relay}, zone{"tea.example TXT v=spf1 include:relay.example -all", "relay.example TXT v=spf1 ip4:192.0.2.0/24 -all"},
			[]string{"unknown: …smtp.relay.example…cannot be known"}},
		"everybody may":           {[]Server{relay}, zone{"tea.example TXT v=spf1 mx +all"}, []string{"todo: …+all…TXT v=spf1 mx ~all"}},
		"everybody may, in short": {[]Server{relay}, zone{"tea.example TXT v=spf1 all"}, []string{"todo: …+all…TXT v=spf1 ~all"}},
		"a mistake":               {[]Server{relay}, zone{"tea.example TXT v=spf1 ip4:192.0.2 -all"}, []string{"todo: …mistake at “ip4:192.0.2”"}},
		"an unknown word":         {[]Server{relay}, zone{"tea.example TXT v=spf1 includes:x.example -all"}, []string{"todo: …mistake at “includes:x.example”"}},
		"an include of nothing": {[]Server{relay}, zone{"tea.example TXT v=spf1 mx include:gone.example -all"},
			[]string{"todo: …includes gone.example, which has none…TXT v=spf1 mx -all"}},
		"it includes itself": {[]Server{relay}, zone{"tea.example TXT v=spf1 include:tea.example -all"}, []string{"todo: …look-ups"}},
		"a modifier that nobody knows": {[]Server{ses}, zone{"tea.example TXT v=spf1 include:amazonses.com exp=why.tea.example x=y -all", "amazonses.com TXT v=spf1 -all"},
			[]string{"ok: …names"}},
		"another record that begins alike": {[]Server{relay}, zone{"tea.example TXT v=spf10 mx"}, []string{"todo: …has no SPF"}},
	} {
		holds(t, name, about(t, shop(c.servers...), c.zone, "SPF"), c.want...)
	}
}

func TestSPFCountsTheLookUpsOfIncludesToo(t *testing.T) {
	z := zone{"tea.example TXT v=spf1 include:a.example include:b.example mx -all"}
	for _, name := range []string{"a", "b"} {
		z = append(z, name+".example TXT v=spf1 a:x.example a:y.example a:z.example mx:x.example -all")
	}
	got := about(t, shop(relay), z, "SPF") // 2 includes, mx, and 4 in each include
	holds(t, "eleven", got, "todo: …costs 11 look-ups")
	z[0] = strings.Replace(z[0], " mx", "", 1)
	holds(t, "ten", about(t, shop(relay), z, "SPF"), "unknown: …cannot be known")
}

func TestDKIMInItsManyShapes(t *testing.T) {
	key := func(algorithm string) (string, string) {
		k, err := dkim.NewKey("tea.example", "ks1", algorithm)
		if err != nil {
			t.Fatal(err)
		}
		record, err := k.Record()
		if err != nil {
			t.Fatal(err)
		}
		return record, "ks1._domainkey.tea.example TXT "
	}
	rsa, at := key(dkim.RSA)
	ed, _ := key(dkim.Ed25519)
	// 1024 bits, as old relays have them; no private half is about.
	const short = "v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDwIRP/UC3SBsEmGqZ9ZJW3/DkMoGeLnQg1fWn7/zYtIxN2SnFCjxOCKG9v3b4jYfcTNh5ijSsq631uBItLa7od+v/RtdC2UzJ1lWT947qR+Rcac2gbto/NMqJ0fzfVjH4OuKhitdY9tf6mcwGjaNBcWToIMmPSPDdQPNUYckcQ2QIDAQAB"
	for name, c := range map[string]struct {
		record string
		active bool
		zone   zone
		want   string
	}{
		"waits, not there":     {rsa, false, nil, "todo: The record of the key ks1 is not in DNS yet…→ " + at + rsa},
		"waits, there":         {rsa, false, zone{at + rsa}, "ok: The record of the key ks1 (RSA 2048) is in DNS"},
		"signs, there":         {ed, true, zone{at + ed}, "ok: Letters are signed with the key ks1 (Ed25519)"},
		"signs, gone":          {rsa, true, nil, "todo: …but its record is not in DNS…→ " + at + rsa},
		"signs, another's":     {rsa, true, zone{at + ed}, "todo: …not that of our key…→ " + at + rsa},
		"with spaces inside":   {rsa, true, zone{at + strings.Replace(rsa, "p=MII", "p=M II", 1)}, "ok: "},
		"revoked":              {rsa, true, zone{at + "v=DKIM1; p="}, "todo: …not that of our key"},
		"no record at all":     {rsa, true, zone{at + "hello"}, "todo: …not that of our key"},
		"twice":                {rsa, true, zone{at + rsa, at + rsa}, "todo: …several records"},
		"only a test":          {rsa, true, zone{at + rsa + "; t=y"}, "todo: …t=y"},
		"cannot be looked up":  {rsa, true, zone{at + "!"}, "unknown: …could not be looked up…→ " + at},
		"our own is no record": {"broken", true, nil, "todo: The key ks1 is broken here"},
	} {
		s := shop(relay)
		s.Keys = []Key{{"ks1", c.record, c.active}}
		holds(t, name, about(t, s, c.zone, "DKIM"), c.want)
	}
	for name, c := range map[string]struct {
		zone zone
		want string
	}{
		"a good key":     {zone{at + rsa}, "ok: Your mail server signs with the key ks1 (RSA 2048)"},
		"a short key":    {zone{at + short}, "todo: …of 1024 bits"},
		"gone":           {nil, "todo: …no such record"},
		"revoked":        {zone{at + "v=DKIM1; k=rsa; p="}, "todo: …revoked"},
		"not looked up":  {zone{at + "!"}, "unknown: "},
		"without v or k": {zone{at + strings.Replace(rsa, "v=DKIM1; k=rsa; ", "", 1)}, "ok: "},
	} {
		s := shop(relay)
		s.Seen = []string{"ks1"}
		holds(t, "seen: "+name, about(t, s, c.zone, "DKIM"), c.want)
	}
	holds(t, "nothing known", about(t, shop(relay), nil, "DKIM"), "unknown: Letters are not signed here…send a test")
}

func TestDMARCInItsManyShapes(t *testing.T) {
	const at = "_dmarc.tea.example TXT "
	spf := "ok: Your letters can pass DMARC by SPF"
	for name, c := range map[string]struct {
		zone zone
		want []string
	}{
		"none":               {nil, []string{"todo: …→ _dmarc.tea.example TXT v=DMARC1; p=none; rua=mailto:hello@tea.example"}},
		"asks for reports":   {zone{at + "v=DMARC1; p=none; rua=mailto:d@tea.example"}, []string{"ok: …p=none", spf}},
		"spam":               {zone{at + "v=DMARC1;p=quarantine;pct=100"}, []string{"ok: …p=quarantine", spf}},
		"refuse":             {zone{at + "v = DMARC1 ; p = reject"}, []string{"ok: …p=reject", spf}},
		"capitals":           {zone{at + "v=DMARC1; p=Reject"}, []string{"ok: …p=reject", spf}},
		"no policy":          {zone{at + "v=DMARC1; rua=mailto:d@tea.example"}, []string{"todo: …cannot be read…→ _dmarc.tea.example TXT v=DMARC1"}},
		"a wrong policy":     {zone{at + "v=DMARC1; p=monitor"}, []string{"todo: …cannot be read"}},
		"two":                {zone{at + "v=DMARC1; p=none", at + "v=DMARC1; p=reject"}, []string{"todo: …several"}},
		"beside another":     {zone{at + "hello", at + "v=DMARC1; p=none"}, []string{"ok: ", spf}},
		"not looked up":      {zone{at + "!"}, []string{"unknown: "}},
		"its spelling fails": {zone{at + "v=dmarc1; p=none"}, []string{"todo: …has no DMARC record"}},
	} {
		holds(t, name, about(t, shop(relay), c.zone, "DMARC"), c.want...)
	}
}

func TestDMARCOfASubdomainIsItsOwnersUnlessItHasOne(t *testing.T) {
	s := shop(relay)
	s.Domain, s.Bounce = "news.tea.co.uk", "bounces.tea.co.uk"
	holds(t, "the owner's", about(t, s, zone{"_dmarc.tea.co.uk TXT v=DMARC1; p=reject; sp=none"}, "DMARC"), "ok: …p=none", "ok: …by SPF")
	holds(t, "its own", about(t, s, zone{"_dmarc.tea.co.uk TXT v=DMARC1; p=reject", "_dmarc.news.tea.co.uk TXT v=DMARC1; p=quarantine"}, "DMARC"), "ok: …p=quarantine", "ok: …by SPF")
	holds(t, "strict", about(t, s, zone{"_dmarc.tea.co.uk TXT v=DMARC1; p=none; aspf=s"}, "DMARC"), "ok: …p=none", "todo: No way is known")
	s.Bounce = "bounces.relay.example"
	holds(t, "another's return path", about(t, s, zone{"_dmarc.tea.co.uk TXT v=DMARC1; p=none"}, "DMARC"), "ok: …p=none", "todo: No way is known")
}

func TestASignatureLetsLettersPassWhateverTheReturnPath(t *testing.T) {
	k, err := dkim.NewKey("tea.example", "ks1", dkim.Ed25519)
	if err != nil {
		t.Fatal(err)
	}
	record, _ := k.Record()
	s := shop(relay)
	s.Keys = []Key{{"ks1", record, true}}
	z := zone{"_dmarc.tea.example TXT v=DMARC1; p=none", "ks1._domainkey.tea.example TXT " + record}
	holds(t, "both", about(t, s, z, "DMARC"), "ok: ", "ok: …in both ways")
	s.Bounce = "bounces.relay.example"
	holds(t, "by signature", about(t, s, z, "DMARC"), "ok: ", "ok: …by their signature…SPF does not count")
	s.Keys[0].Active = false
	holds(t, "it only waits", about(t, s, z, "DMARC"), "ok: ", "todo: No way")
}

func TestBouncesAndAnswersReachSomebody(t *testing.T) {
	s := shop(relay)
	s.Bounce, s.Intake = "bounces.tea.example", true
	for name, c := range map[string]struct {
		zone zone
		want []string
	}{
		"both":         {zone{"bounces.tea.example MX mx.tea.example", "tea.example MX mx.tea.example", "mx.tea.example A 192.0.2.1"}, []string{"ok: Bounces…mx.tea.example", "ok: Answers"}},
		"none":         {nil, []string{"todo: …→ bounces.tea.example MX 10 mail.tea.example", "todo: …answers"}},
		"no mail":      {zone{"bounces.tea.example MX ", "tea.example MX mx.tea.example"}, []string{"todo: bounces", "todo: …no address"}},
		"no address":   {zone{"bounces.tea.example MX gone.example", "tea.example MX mx.tea.example", "mx.tea.example A 192.0.2.1"}, []string{"todo: …names gone.example, which has no address", "ok: "}},
		"not answered": {zone{"bounces.tea.example MX !", "tea.example MX !"}, []string{"unknown: ", "unknown: "}},
	} {
		holds(t, name, about(t, s, c.zone, "MX"), c.want...)
	}
	s.Bounce = s.Domain
	holds(t, "one domain", about(t, s, zone{"tea.example MX mx.tea.example", "mx.tea.example A 192.0.2.1"}, "MX"), "ok: Bounces")
}

func TestTheReverseNameMustLeadBack(t *testing.T) {
	const a = "mail.tea.example A 192.0.2.25"
	for name, c := range map[string]struct {
		server Server
		zone   zone
		want   string
	}{
		"leads back":            {here, zone{a, "192.0.2.25 PTR mail.tea.example"}, "ok: 192.0.2.25 is called mail.tea.example"},
		"none":                  {here, zone{a}, "todo: …no reverse name…→ 192.0.2.25 PTR mail.tea.example"},
		"leads elsewhere":       {here, zone{a, "192.0.2.25 PTR host25.provider.example", "host25.provider.example A 192.0.2.99"}, "todo: …does not lead back"},
		"one of two leads back": {here, zone{a, "192.0.2.25 PTR old.example", "192.0.2.25 PTR mail.tea.example"}, "ok: …mail.tea.example"},
		"not looked up":         {here, zone{a, "192.0.2.25 PTR !"}, "unknown: "},
		"a relay":               {relay, zone{"smtp.relay.example A 198.51.100.7"}, "unknown: …owner, who sees to"},
		"a service":             {ses, zone{ses.Host + " A 198.51.100.7"}, "unknown: …owner"},
		"an own server's name":  {Server{Host: "smtp.tea.example", TLS: "tls"}, zone{"smtp.tea.example A 192.0.2.25", "192.0.2.25 PTR smtp.tea.example"}, "ok: …smtp.tea.example"},
		"only inside":           {here, zone{"mail.tea.example A 10.0.0.5"}, "unknown: …leads to no public address"},
	} {
		holds(t, name, about(t, shop(c.server), c.zone, "PTR"), c.want)
	}
}

func TestWithoutTLSLettersStayOnThisMachine(t *testing.T) {
	holds(t, "TLS", about(t, shop(relay, here, Server{Host: "smtp.relay.example", TLS: "none"}), nil, "TLS"), "ok: …encrypted", "ok: …this machine", "todo: …without encryption")
}

func TestALoopOfIncludesEnds(t *testing.T) {
	z := zone{"tea.example TXT v=spf1 include:a.example -all", "a.example TXT v=spf1 include:b.example include:b.example", "b.example TXT v=spf1 include:a.example include:a.example"}
	holds(t, "a loop", about(t, shop(relay), z, "SPF"), "todo: …look-ups")
}
