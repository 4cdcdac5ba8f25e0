package hooks_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"keepsake/campaigns/ledger"
	"keepsake/internal/hooks"
)

var noon = time.Date(2026, 11, 17, 12, 0, 0, 0, time.UTC)

func now() time.Time { return noon }

// said is an event in short: verdict or "leaves", status, address.
func said(all []hooks.Event) string {
	var out []string
	for _, e := range all {
		v := string(e.Verdict)
		if e.Leaves {
			v = "leaves"
		}
		out = append(out, strings.TrimSpace(v+" "+e.Status)+" "+e.Email)
	}
	return strings.Join(out, ", ")
}

// want reads a body twice: the second reading must give the same keys.
func want(t *testing.T, p hooks.Provider, body, expected string) []hooks.Event {
	t.Helper()
	got, err := p.Events([]byte(body))
	if err != nil || said(got) != expected {
		t.Errorf("%s\ngot  %q, %v\nwant %q", body, said(got), err, expected)
		return got
	}
	again, _ := p.Events([]byte(body))
	seen := map[string]bool{}
	for i := range got {
		if got[i].Key == "" || got[i].Key != again[i].Key || seen[got[i].Key] {
			t.Errorf("%s: event %d has the key %q, and again %q", body, i, got[i].Key, again[i].Key)
		}
		seen[got[i].Key] = true
	}
	return got
}

func verdict(t *testing.T, p hooks.Provider, c hooks.Call, expected error) {
	t.Helper()
	if err := p.Verify(t.Context(), c); !errors.Is(err, expected) {
		t.Errorf("verify: %v; want %v", err, expected)
	}
}

// --- SendGrid

var ecKey = sync.OnceValue(func() *ecdsa.PrivateKey {
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	return k
})

func sendgrid(t testing.TB) *hooks.SendGrid {
	der, err := x509.MarshalPKIXPublicKey(&ecKey().PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	p, err := hooks.NewSendGrid(base64.StdEncoding.EncodeToString(der), now)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func twilio(t *testing.T, body string, at time.Time) hooks.Call {
	stamp := strconv.FormatInt(at.Unix(), 10)
	sum := sha256.Sum256([]byte(stamp + body))
	sig, err := ecdsa.SignASN1(rand.Reader, ecKey(), sum[:])
	if err != nil {
		t.Fatal(err)
	}
	h := http.Header{}
	h.Set("X-Twilio-Email-Event-Webhook-Timestamp", stamp)
	h.Set("X-Twilio-Email-Event-Webhook-Signature", base64.StdEncoding.EncodeToString(sig))
	return hooks.Call{Body: []byte(body), Header: h}
}

func TestSendGridIsBelievedBySignatureOverTimeAndBody(t *testing.T) {
	p, body := sendgrid(t), `[{"event":"bounce"}]`
	verdict(t, p, twilio(t, body, noon), nil)
	verdict(t, p, hooks.Call{Body: []byte(body), Header: http.Header{}}, hooks.ErrUnnamed)
	for name, spoil := range map[string]func(*hooks.Call){
		"another body": func(c *hooks.Call) { c.Body = append(c.Body, ' ') },
		"another time": func(c *hooks.Call) {
			c.Header.Set("X-Twilio-Email-Event-Webhook-Timestamp", strconv.FormatInt(noon.Unix()+1, 10))
		},
		"no base64": func(c *hooks.Call) { c.Header.Set("X-Twilio-Email-Event-Webhook-Signature", "***") },
		"too old":   func(c *hooks.Call) { *c = twilio(t, body, noon.Add(-26*time.Hour)) },
		"too early": func(c *hooks.Call) { *c = twilio(t, body, noon.Add(time.Hour)) },
	} {
		t.Run(name, func(t *testing.T) {
			c := twilio(t, body, noon)
			spoil(&c)
			verdict(t, p, c, hooks.ErrForged)
		})
	}
}

func TestSendGridEventsHaveTheirVerdicts(t *testing.T) {
	event := func(fields string) string {
		return `[{"email":"ana@shop.test","timestamp":1763380000,"smtp-id":"<abc@shop.test>","sg_event_id":"e1","sg_message_id":"x.y",` + fields + `}]`
	}
	for fields, expected := range map[string]string{
		`"event":"bounce","type":"bounce","status":"5.1.1","reason":"550 5.1.1 no such user"`:                                               "hard 5.1.1 ana@shop.test",
		`"event":"bounce","type":"bounce","status":"5.0.0","reason":"500 unknown recipient"`:                                                "hard 5.1.1 ana@shop.test",
		`"event":"bounce","type":"bounce","status":"5.0.0","reason":"500 never mind","bounce_classification":"Unclassified"`:                "hard 5.0.0 ana@shop.test",
		`"event":"bounce","type":"bounce","status":"5.2.2","reason":"552 5.2.2 mailbox full","bounce_classification":"Mailbox Unavailable"`: "soft 5.2.2 ana@shop.test",
		`"event":"bounce","type":"blocked","status":"5.7.1","reason":"550 5.7.1 blocked by policy","bounce_classification":"Reputation"`:    "soft 5.7.1 ana@shop.test",
		`"event":"bounce","type":"blocked","reason":"refused","status":""`:                                                                  "soft 5.7.0 ana@shop.test",
		`"event":"dropped","reason":"Bounced Address"`:                                                                                      "hard ana@shop.test",
		`"event":"dropped","reason":"Invalid"`:                                                                                              "hard ana@shop.test",
		`"event":"dropped","reason":"Spam Reporting Address"`:                                                                               "complaint ana@shop.test",
		`"event":"dropped","reason":"Unsubscribed Address"`:                                                                                 "leaves ana@shop.test",
		`"event":"dropped","reason":"Invalid SMTPAPI header"`:                                                                               "soft 5.7.0 ana@shop.test",
		`"event":"spamreport"`:                                              "complaint ana@shop.test",
		`"event":"unsubscribe"`:                                             "leaves ana@shop.test",
		`"event":"group_unsubscribe","asm_group_id":10`:                     "leaves ana@shop.test",
		`"event":"deferred","response":"450 4.7.1 try later","attempt":"5"`: "",
		`"event":"delivered","response":"250 OK"`:                           "",
		`"event":"open","useragent":"Mozilla/5.0","ip":"192.0.2.1"`:         "",
		`"event":"something new","reason":{"deep":[1,2]}`:                   "",
		`"event":"bounce","type":"bounce","status":511,"reason":["odd"]`:    "hard ana@shop.test",
		`"event":"bounce","type":"bounce","status":"5.1.1","category":["a","b"],"unique_arg":{"n":12345678901234567890},"reason":"user unknown"`: "hard 5.1.1 ana@shop.test",
	} {
		want(t, sendgrid(t), event(fields), expected)
	}
	all := want(t, sendgrid(t), `[{"event":"processed","email":"a@shop.test"},
		{"event":"spamreport","email":"b@shop.test","timestamp":1763380000,"smtp-id":"<b@k>"},
		{"event":"bounce","type":"bounce","email":"c@shop.test","timestamp":1763380001,"status":"5.1.1","smtp-id":"<c@k>","sg_event_id":"e3"}]`,
		"complaint b@shop.test, hard 5.1.1 c@shop.test")
	if len(all) == 2 && (all[1].Letters[0] != "c@k" || all[1].Key != "e3" || all[1].At.Unix() != 1763380001 || all[0].Key == "") {
		t.Errorf("the second event is %+v", all[1])
	}
}

// --- Postmark

func TestPostmarkIsBelievedByItsPassword(t *testing.T) {
	p := hooks.Postmark{User: "hook", Password: "a password of sixteen"}
	call := func(user, password string) hooks.Call {
		r := http.Request{Header: http.Header{}}
		r.SetBasicAuth(user, password)
		return hooks.Call{Header: r.Header}
	}
	verdict(t, p, call("hook", "a password of sixteen"), nil)
	verdict(t, p, call("hook", "a password of sixteen "), hooks.ErrForged)
	verdict(t, p, call("Hook", "a password of sixteen"), hooks.ErrForged)
	verdict(t, p, call("", ""), hooks.ErrForged)
	verdict(t, p, hooks.Call{Header: http.Header{}}, hooks.ErrUnnamed)
}

func TestPostmarkTypesHaveTheirVerdicts(t *testing.T) {
	p := hooks.Postmark{}
	for kind, expected := range map[string]string{
		"HardBounce": "hard ana@shop.test", "BadEmailAddress": "hard ana@shop.test", "SoftBounce": "soft ana@shop.test", "Transient": "soft ana@shop.test",
		"DnsError": "soft ana@shop.test", "Unknown": "soft ana@shop.test", "SpamNotification": "soft 5.7.0 ana@shop.test", "Blocked": "soft 5.7.0 ana@shop.test",
		"DMARCPolicy": "soft 5.7.0 ana@shop.test", "SMTPApiError": "soft 5.7.0 ana@shop.test", "ManuallyDeactivated": "soft 5.7.0 ana@shop.test",
		"VirusNotification": "soft 5.6.0 ana@shop.test", "SpamComplaint": "complaint ana@shop.test", "Unsubscribe": "leaves ana@shop.test",
		"AutoResponder": "", "ChallengeVerification": "", "AddressChange": "", "Subscribe": "", "OpenRelayTest": "", "Something": "",
	} {
		want(t, p, `{"RecordType":"Bounce","ID":4323372036854775807,"Type":"`+kind+`","TypeCode":1,"Name":"x","MessageID":"2b1d","Email":"ana@shop.test",
			"From":"hello@tea.test","BouncedAt":"2026-11-17T09:30:00.1Z","Details":"","Inactive":true,"CanActivate":true,"Subject":"Hello","MessageStream":"broadcast"}`, expected)
	}
	all := want(t, p, `{"RecordType":"Bounce","ID":692560173,"Type":"HardBounce","Email":"ana@shop.test","Details":"smtp;550 5.7.1 blocked using a list",
		"BouncedAt":"2026-11-17T09:30:00+02:00","Content":"Return-Path: <x>\r\nReceived: by mx\r\nMessage-ID: <tok@tea.test>\r\n\r\nHi","Metadata":{"a":1}}`,
		"soft 5.7.1 ana@shop.test")
	if len(all) == 1 && (all[0].Key != "692560173" || all[0].Letters[0] != "tok@tea.test" || !all[0].At.Equal(time.Date(2026, 11, 17, 7, 30, 0, 0, time.UTC))) {
		t.Errorf("got %+v", all[0])
	}
	want(t, p, `{"RecordType":"SpamComplaint","ID":42,"Type":"SpamComplaint","Email":"ana@shop.test","BouncedAt":"2026-11-17T09:30:00Z"}`, "complaint ana@shop.test")
	want(t, p, `{"RecordType":"Delivery","Recipient":"ana@shop.test","MessageID":"x"}`, "")
}

func TestPostmarkSubscriptionChanges(t *testing.T) {
	for fields, expected := range map[string]string{
		`"SuppressSending":true,"SuppressionReason":"ManualSuppression","Origin":"Recipient"`: "leaves ana@shop.test",
		`"SuppressSending":true,"SuppressionReason":"ManualSuppression","Origin":"Customer"`:  "",
		`"SuppressSending":true,"SuppressionReason":"HardBounce","Origin":"Recipient"`:        "hard ana@shop.test",
		`"SuppressSending":true,"SuppressionReason":"SpamComplaint","Origin":"Recipient"`:     "complaint ana@shop.test",
		`"SuppressSending":false,"SuppressionReason":null,"Origin":"Customer"`:                "",
	} {
		want(t, hooks.Postmark{}, `{"RecordType":"SubscriptionChange","MessageID":"883953f4","Recipient":"ana@shop.test","ChangedAt":"2026-11-17T10:53:34Z",
			"ServerID":23,"MessageStream":"broadcast","Tag":"x",`+fields+`}`, expected)
	}
}

// --- Mailgun

func mailgunBody(key, token string, at time.Time, event string) string {
	stamp := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(stamp + token))
	return `{"signature":{"timestamp":"` + stamp + `","token":"` + token + `","signature":"` + hex.EncodeToString(mac.Sum(nil)) + `"},"event-data":` + event + `}`
}

func TestMailgunIsBelievedByItsSignatureAsLongAsMailgunRepeats(t *testing.T) {
	p := hooks.NewMailgun("key-1", now)
	for _, at := range []time.Time{noon, noon.Add(-8 * time.Hour), noon.Add(10 * time.Minute)} {
		verdict(t, p, hooks.Call{Body: []byte(mailgunBody("key-1", "tok1", at, `{}`))}, nil)
	}
	verdict(t, p, hooks.Call{Body: []byte(mailgunBody("key-2", "tok2", noon, `{}`))}, hooks.ErrForged)
	verdict(t, p, hooks.Call{Body: []byte(mailgunBody("key-1", "tok3", noon.Add(-10*time.Hour), `{}`))}, hooks.ErrForged)
	verdict(t, p, hooks.Call{Body: []byte(mailgunBody("key-1", "tok4", noon.Add(time.Hour), `{}`))}, hooks.ErrForged)
	for _, body := range []string{``, `{}`, `[]`, `nonsense`, `{"signature":"x"}`, `{"signature":{"timestamp":1,"token":"","signature":""}}`} {
		verdict(t, p, hooks.Call{Body: []byte(body)}, hooks.ErrUnnamed)
	}
}

func TestMailgunsTokenIsOfWhatIsSignedAndOutlivesItsBelief(t *testing.T) {
	p := hooks.NewMailgun("key-1", now)
	token := func(body string) string {
		got, until := p.Token(hooks.Call{Body: []byte(body)})
		if got == "" || until.Sub(noon) < 9*time.Hour {
			t.Errorf("token %q until %s", got, until)
		}
		return got
	}
	one := token(mailgunBody("key-1", "5a", noon, `{}`))
	if one != token(mailgunBody("key-1", "5a", noon, `{"event":"complained"}`)) || one != token(strings.NewReplacer(`","token":"5a`, `5","token":"a`).Replace(mailgunBody("key-1", "5a", noon, `{}`))) {
		t.Error("the same signature gives two tokens")
	}
	if one == token(mailgunBody("key-1", "5b", noon, `{}`)) {
		t.Error("two signatures share a token")
	}
}

func TestMailgunEventsHaveTheirVerdicts(t *testing.T) {
	p := hooks.NewMailgun("key-1", now)
	for fields, expected := range map[string]string{
		`"event":"failed","severity":"permanent","reason":"bounce","delivery-status":{"code":550,"enhanced-code":"5.1.1","message":"5.1.1 The account does not exist"}`:    "hard 5.1.1 ana@shop.test",
		`"event":"failed","severity":"permanent","reason":"bounce","delivery-status":{"code":550,"message":"never heard of it"}`:                                           "hard ana@shop.test",
		`"event":"failed","severity":"permanent","reason":"bounce","delivery-status":{"code":552,"enhanced-code":"5.2.2","message":"mailbox full"}`:                        "soft 5.2.2 ana@shop.test",
		`"event":"failed","severity":"permanent","reason":"bounce","delivery-status":{"code":550,"message":"5.7.1 blocked using a list"}`:                                  "soft 5.7.1 ana@shop.test",
		`"event":"failed","severity":"permanent","reason":"suppress-bounce","delivery-status":{"code":605,"message":"","description":"Not delivering to bounced address"}`: "hard ana@shop.test",
		`"event":"failed","severity":"permanent","reason":"suppress-complaint","delivery-status":{"code":607}`:                                                             "complaint ana@shop.test",
		`"event":"failed","severity":"permanent","reason":"suppress-unsubscribe","delivery-status":{"code":606}`:                                                           "leaves ana@shop.test",
		`"event":"failed","severity":"permanent","reason":"old","delivery-status":{"code":602,"message":"","description":"Too old"}`:                                       "soft 4.4.7 ana@shop.test",
		`"event":"failed","severity":"permanent","reason":"espblock","delivery-status":{"code":421,"message":"refused"}`:                                                   "soft 5.7.0 ana@shop.test",
		`"event":"failed","severity":"temporary","reason":"generic","delivery-status":{"code":452,"message":"try later","retry-seconds":600,"attempt-no":1}`:               "",
		`"event":"complained"`: "complaint ana@shop.test",
		`"event":"unsubscribed","client-info":{"client-os":"Linux"}`: "leaves ana@shop.test",
		`"event":"delivered","delivery-status":{"code":250}`:         "",
		`"event":"new thing","delivery-status":[]`:                   "",
	} {
		all := want(t, p, mailgunBody("key-1", "t", noon, `{"id":"G9Bn5s","timestamp":1763380000.123456,"recipient":"ana@shop.test","log-level":"error",
			"envelope":{"sender":"bounce+tok@b.tea.test","targets":"ana@shop.test"},"message":{"headers":{"message-id":"abc@tea.test","to":"ana@shop.test"},"size":111},`+fields+`}`), expected)
		if len(all) == 1 && fmt.Sprint(all[0].Letters) != "[abc@tea.test bounce+tok@b.tea.test]" {
			t.Errorf("the letter is %v", all[0].Letters)
		}
	}
}

// --- Brevo

func TestBrevoIsBelievedByItsSecret(t *testing.T) {
	p := hooks.Brevo{Secret: "a secret of sixteen"}
	header := func(v string) http.Header { return http.Header{"Authorization": {v}} }
	verdict(t, p, hooks.Call{Query: url.Values{"secret": {"a secret of sixteen"}}, Header: http.Header{}}, nil)
	verdict(t, p, hooks.Call{Header: header("Bearer a secret of sixteen")}, nil)
	r := http.Request{Header: http.Header{}}
	r.SetBasicAuth("brevo", "a secret of sixteen")
	verdict(t, p, hooks.Call{Header: r.Header}, nil)
	verdict(t, p, hooks.Call{Header: header("Bearer wrong"), Query: url.Values{"secret": {"a secret of sixteen"}}}, hooks.ErrForged)
	verdict(t, p, hooks.Call{Query: url.Values{"secret": {"a secret of"}}, Header: http.Header{}}, hooks.ErrForged)
	verdict(t, p, hooks.Call{Header: http.Header{}}, hooks.ErrUnnamed)
}

func TestBrevoEventsHaveTheirVerdicts(t *testing.T) {
	p := hooks.Brevo{}
	for event, expected := range map[string]string{
		"hard_bounce": "hard 5.1.1 ana@shop.test", "invalid_email": "hard 5.1.1 ana@shop.test", "soft_bounce": "soft 5.1.1 ana@shop.test",
		"blocked": "soft 5.1.1 ana@shop.test", "spam": "complaint ana@shop.test", "unsubscribed": "leaves ana@shop.test",
		"deferred": "", "delivered": "", "request": "", "opened": "", "proxy_open": "", "unheard of": "",
	} {
		body := `{"event":"` + event + `","email":"ana@shop.test","id":26224,"date":"2026-11-17 10:00:00","ts":1763380000,"message-id":"<2026@tea.test>",
			"ts_event":1763380001,"subject":"Hello","tag":"[\"x\"]","sending_ip":"192.0.2.7","ts_epoch":1763380001000,"reason":"550 5.1.1 user unknown","tags":["x"]}`
		all := want(t, p, body, expected)
		if len(all) == 1 && (all[0].Letters[0] != "2026@tea.test" || all[0].At.Unix() != 1763380001) {
			t.Errorf("got %+v", all[0])
		}
		want(t, p, "["+body+"]", expected)
	}
	want(t, p, `{"event":"blocked","email":"ana@shop.test","ts_epoch":1763380001000}`, "soft 5.7.0 ana@shop.test")
}

// --- SES

const (
	topic   = "arn:aws:sns:eu-west-1:123456789012:bounces"
	certURL = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0001.pem"
)

const issuerURL = "http://crt.r2m01.amazontrust.com/r2m01.cer"

// authority is a root, an issuer that it trusts, and the key of SNS with the issuer's certificate.
type authority struct {
	key    *rsa.PrivateKey
	cert   []byte // PEM, as SNS serves it: alone
	issuer []byte // DER
	roots  *x509.CertPool
	mid    *x509.Certificate
	midKey *ecdsa.PrivateKey
}

// leaf is a certificate of the issuer's for some names.
func (a *authority) leaf(from, until time.Time, names ...string) []byte {
	c := &x509.Certificate{SerialNumber: big.NewInt(3), Subject: pkix.Name{CommonName: "sns.amazonaws.com"}, NotBefore: from, NotAfter: until,
		DNSNames: names, IssuingCertificateURL: []string{issuerURL}}
	der, err := x509.CreateCertificate(rand.Reader, c, a.mid, &a.key.PublicKey, a.midKey)
	if err != nil {
		panic(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

var amazon = sync.OnceValue(func() *authority {
	must := func(err error) {
		if err != nil {
			panic(err)
		}
	}
	ca := func(serial int64, key *ecdsa.PrivateKey, by *x509.Certificate, byKey *ecdsa.PrivateKey) *x509.Certificate {
		c := &x509.Certificate{SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: fmt.Sprint("CA ", serial)}, NotBefore: noon.Add(-9 * time.Hour),
			NotAfter: noon.Add(99 * time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
		if by == nil {
			by = c
		}
		der, err := x509.CreateCertificate(rand.Reader, c, by, &key.PublicKey, byKey)
		must(err)
		c, err = x509.ParseCertificate(der)
		must(err)
		return c
	}
	rootKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(err)
	midKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(err)
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	must(err)
	root := ca(1, rootKey, nil, rootKey)
	mid := ca(2, midKey, root, rootKey)
	a := &authority{key: key, issuer: mid.Raw, roots: x509.NewCertPool(), mid: mid, midKey: midKey}
	a.roots.AddCert(root)
	a.cert = a.leaf(noon.Add(-time.Hour), noon.Add(time.Hour), "sns.amazonaws.com")
	return a
})

func newSES(w *web, now func() time.Time) *hooks.SES {
	return hooks.NewSES([]string{topic}, w.fetch, amazon().roots, now)
}

// sns signs a call as Amazon does, by the public description of what is signed.
func sns(t testing.TB, version string, fields map[string]string) hooks.Call {
	t.Helper()
	names := []string{"Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"}
	if fields["Type"] != "Notification" {
		names = []string{"Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"}
	}
	var b strings.Builder
	for _, n := range names {
		if v, ok := fields[n]; ok {
			b.WriteString(n + "\n" + v + "\n")
		}
	}
	key := amazon().key
	var sum []byte
	algorithm := crypto.SHA1
	if version == "2" {
		algorithm = crypto.SHA256
		s := sha256.Sum256([]byte(b.String()))
		sum = s[:]
	} else {
		s := sha1.Sum([]byte(b.String()))
		sum = s[:]
	}
	sig, err := rsa.SignPKCS1v15(nil, key, algorithm, sum)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{"SignatureVersion": version, "Signature": base64.StdEncoding.EncodeToString(sig), "SigningCertURL": certURL, "UnsubscribeURL": "https://x.test/"}
	for k, v := range fields {
		all[k] = v
	}
	body, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return hooks.Call{Body: body}
}

func notification(message string) map[string]string {
	return map[string]string{"Type": "Notification", "MessageId": "22b80b92", "TopicArn": topic, "Message": message, "Timestamp": "2026-11-17T11:59:00.000Z"}
}

// web is the part of the internet that the tests need; it notes what is fetched of SNS.
type web struct {
	mu      sync.Mutex
	fetched []string
	err     error
	cert    []byte // instead of the right one
	asked   int    // how often the issuer was fetched
	hold    chan struct{}
}

func (w *web) fetch(_ context.Context, address string) ([]byte, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if address == issuerURL {
		w.asked++
		return amazon().issuer, w.err
	}
	w.fetched = append(w.fetched, address)
	if w.hold != nil {
		<-w.hold
	}
	if w.cert != nil {
		return w.cert, w.err
	}
	return amazon().cert, w.err
}

func TestSNSIsBelievedByTopicCertificateAndSignature(t *testing.T) {
	for _, version := range []string{"1", "2"} {
		w := &web{}
		p := newSES(w, now)
		with := notification("hello")
		with["Subject"] = "Amazon SES Email Event Notification"
		verdict(t, p, sns(t, version, notification("hello")), nil)
		verdict(t, p, sns(t, version, with), nil)
		if len(w.fetched) != 1 {
			t.Errorf("the certificate was fetched %d times", len(w.fetched))
		}
		c := sns(t, version, notification("hello"))
		c.Body = []byte(strings.Replace(string(c.Body), "hello", "hallo", 1))
		verdict(t, p, c, hooks.ErrForged)
	}
}

func TestSNSOfAnotherTopicAddressOrTimeFetchesNothing(t *testing.T) {
	const path = "/SimpleNotificationService-0001.pem"
	spoilt := func(name, value string) hooks.Call {
		c := sns(t, "2", notification("x"))
		var all map[string]string
		if err := json.Unmarshal(c.Body, &all); err != nil {
			t.Fatal(err)
		}
		all[name] = value
		c.Body, _ = json.Marshal(all)
		return c
	}
	for _, c := range []hooks.Call{
		spoilt("TopicArn", "arn:aws:sns:eu-west-1:999999999999:bounces"),
		spoilt("SigningCertURL", "http://sns.eu-west-1.amazonaws.com"+path),
		spoilt("SigningCertURL", "https://sns.eu-west-1.amazonaws.com.evil.test"+path),
		spoilt("SigningCertURL", "https://evil.test/sns.eu-west-1.amazonaws.com"+path),
		spoilt("SigningCertURL", "https://sns.eu-west-1.amazonaws.com@evil.test"+path),
		spoilt("SigningCertURL", "https://sns.eu-west-1.amazonaws.com:8443"+path),
		spoilt("SigningCertURL", "https://sns.eu-west-1.amazonaws.com:443"+path),
		spoilt("SigningCertURL", "https://s3.eu-west-1.amazonaws.com"+path),
		spoilt("SigningCertURL", "https://x.sns.eu-west-1.amazonaws.com"+path),
		spoilt("SigningCertURL", "https://sns.eu-west-1.amazonaws.com/?Action=GetEndpointAttributes&EndpointArn=x"),
		spoilt("SigningCertURL", certURL+"?Action=GetEndpointAttributes"),
		spoilt("SigningCertURL", certURL+"?"),
		spoilt("SigningCertURL", certURL+"#x"),
		spoilt("SigningCertURL", certURL+"/x"),
		spoilt("SigningCertURL", "https://sns.eu-west-1.amazonaws.com/x.pem"),
		spoilt("SigningCertURL", "https://sns.eu-west-1.amazonaws.com/x/SimpleNotificationService-0001.pem"),
		spoilt("SigningCertURL", "https://sns.eu-west-1.amazonaws.com/%53impleNotificationService-0001.pem"),
		spoilt("Timestamp", "2026-11-17T10:54:00.000Z"),
		spoilt("Timestamp", "2026-11-17T12:06:00.000Z"),
		spoilt("Timestamp", "yesterday"),
		spoilt("Signature", "***"),
		spoilt("Type", "Something"),
	} {
		w := &web{}
		verdict(t, newSES(w, now), c, hooks.ErrForged)
		if len(w.fetched) != 0 {
			t.Errorf("%s: fetched %v", c.Body, w.fetched)
		}
	}
	w := &web{}
	verdict(t, newSES(w, now), spoilt("SignatureVersion", "3"), hooks.ErrForged)
}

func TestSNSNeedsACertificateThatLeadsToARootAndIsAmazons(t *testing.T) {
	a := amazon()
	self := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"sns.amazonaws.com"}, NotBefore: noon.Add(-time.Hour), NotAfter: noon.Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, self, self, &a.key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	from, until := noon.Add(-time.Hour), noon.Add(time.Hour)
	for name, cert := range map[string][]byte{
		"somebody's own":            pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		"within an answer":          []byte("<GetEndpointAttributesResponse><value>\n" + string(a.cert) + "</value></GetEndpointAttributesResponse>"),
		"something before":          append([]byte("\n"), a.cert...),
		"something after":           append(append([]byte{}, a.cert...), "x"...),
		"two":                       append(append([]byte{}, a.cert...), a.cert...),
		"a broken one and then one": append([]byte("-----BEGIN CERTIFICATE-----\n!\n"), a.cert...),
		"of another":                a.leaf(from, until, "shop.test"),
		"of a bucket":               a.leaf(from, until, "sns.eu-west-1.amazonaws.com.shop.test"),
		"of another region":         a.leaf(from, until, "sns.us-east-1.amazonaws.com"),
		"of China":                  a.leaf(from, until, "sns.amazonaws.com.cn"),
		"without a name":            a.leaf(from, until),
		"over":                      a.leaf(from, noon.Add(-time.Minute), "sns.amazonaws.com"),
		"not yet":                   a.leaf(noon.Add(time.Minute), until, "sns.amazonaws.com"),
		"a page":                    []byte("<html>"),
		"nothing":                   {},
	} {
		t.Run(name, func(t *testing.T) {
			verdict(t, newSES(&web{cert: cert}, now), sns(t, "2", notification("x")), hooks.ErrForged)
		})
	}
	verdict(t, newSES(&web{cert: a.leaf(from, until, "sns.eu-west-1.amazonaws.com")}, now), sns(t, "2", notification("x")), nil)
	verdict(t, hooks.NewSES([]string{topic}, (&web{}).fetch, x509.NewCertPool(), now), sns(t, "2", notification("x")), hooks.ErrForged)
}

func TestAFailureToFetchTheCertificateIsRememberedForAMinuteAndNamesNoAddress(t *testing.T) {
	at := noon
	w := &web{err: errors.New("Get " + certURL + ": no route")}
	p := newSES(w, func() time.Time { return at })
	for range 3 {
		err := p.Verify(t.Context(), sns(t, "2", notification("x")))
		if err == nil || errors.Is(err, hooks.ErrForged) || errors.Is(err, hooks.ErrUnnamed) || strings.Contains(err.Error(), "https") {
			t.Errorf("got %v; want an error that says: later", err)
		}
	}
	if len(w.fetched) != 1 {
		t.Errorf("fetched %d times in a minute", len(w.fetched))
	}
	w.err, at = nil, at.Add(61*time.Second)
	verdict(t, p, sns(t, "2", notification("x")), nil)
	if len(w.fetched) != 2 {
		t.Errorf("fetched %d times", len(w.fetched))
	}
}

func TestCertificatesAreFetchedOnceForAllAndOnlyWithinTheLimit(t *testing.T) {
	w := &web{hold: make(chan struct{})}
	p := newSES(w, now)
	asked := make(chan struct{}, 8)
	call := sns(t, "2", notification("x"))
	call.May = func() bool { asked <- struct{}{}; return true }
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() { verdict(t, p, call, nil) })
	}
	<-asked
	close(w.hold)
	wg.Wait()
	if len(w.fetched) != 1 || w.asked != 1 || len(asked) != 0 {
		t.Errorf("fetched %v, the issuer %d times, asked %d times more", w.fetched, w.asked, len(asked))
	}
	refused := &web{}
	call.May = func() bool { return false }
	verdict(t, newSES(refused, now), call, hooks.ErrBusy)
	if len(refused.fetched) != 0 {
		t.Errorf("fetched %v", refused.fetched)
	}
	verdict(t, p, call, nil) // the certificate is known: nothing to ask for
}

func TestSNSSubscriptionsAreConfirmedAtAmazonAlone(t *testing.T) {
	confirm := func(address string) hooks.Call {
		return sns(t, "1", map[string]string{"Type": "SubscriptionConfirmation", "MessageId": "1", "Token": "2336", "TopicArn": topic,
			"Message": "You have chosen to subscribe", "SubscribeURL": address, "Timestamp": "2026-11-17T11:59:00.000Z"})
	}
	const host = "https://sns.eu-west-1.amazonaws.com"
	w := &web{}
	p := newSES(w, now)
	good := host + "/?Action=ConfirmSubscription&TopicArn=" + topic + "&Token=2336"
	verdict(t, p, confirm(good), nil)
	if err := p.Settle(t.Context(), confirm(good)); err != nil || len(w.fetched) != 2 || w.fetched[1] != good {
		t.Errorf("%v; fetched %v", err, w.fetched)
	}
	for _, bad := range []string{"https://evil.test/", strings.Replace(good, "https", "http", 1), strings.Replace(good, ".com/", ".com:444/", 1), strings.Replace(good, "/?", "/x?", 1),
		good + "#x", good + "&Action=Publish", good + "&Message=x", host + "/?Action=ConfirmSubscription&Token=2336", strings.Replace(good, "bounces", "others", 1),
		strings.Replace(good, "Confirm", "Delete", 1), strings.Replace(good, "2336", "2337", 1), host + "/", ""} {
		if err := p.Settle(t.Context(), confirm(bad)); !errors.Is(err, hooks.ErrForged) || len(w.fetched) != 2 {
			t.Errorf("%s: %v; fetched %v", bad, err, w.fetched)
		}
	}
	if err := p.Settle(t.Context(), sns(t, "1", notification("x"))); err != nil || len(w.fetched) != 2 {
		t.Errorf("a notification was settled by fetching: %v %v", err, w.fetched)
	}
}

const sesMail = `"mail":{"timestamp":"2026-11-17T11:00:00.000Z","source":"bounce+tok@b.tea.test","sourceArn":"arn:aws:ses:eu-west-1:123456789012:identity/tea.test",
	"messageId":"0102018a","destination":["ana@shop.test"],"headersTruncated":false,
	"headers":[{"name":"From","value":"Tea <hello@tea.test>"},{"name":"Message-ID","value":"<ours@tea.test>"}],
	"commonHeaders":{"from":["Tea <hello@tea.test>"],"to":["ana@shop.test"],"messageId":"<ours@tea.test>","subject":"Hello"},"tags":{"ses:configuration-set":["x"]}}`

func sesBounce(kind, form, sub, status, words string) string {
	return `{"` + form + `":"Bounce","bounce":{"bounceType":"` + kind + `","bounceSubType":"` + sub + `","feedbackId":"f1","timestamp":"2026-11-17T11:30:00.000Z",
		"reportingMTA":"dns; mx.test","bouncedRecipients":[{"emailAddress":"forwarded@other.test","action":"failed","status":"` + status + `","diagnosticCode":"` + words + `"}]},` + sesMail + `}`
}

func TestSESNotificationsHaveTheirVerdicts(t *testing.T) {
	p := newSES(&web{}, now)
	complaint := func(kind string) string {
		return `{"eventType":"Complaint","complaint":{"feedbackId":"f2","complainedRecipients":[{"emailAddress":"ana@shop.test"}],"complaintFeedbackType":"` + kind +
			`","userAgent":"Yahoo!-Mail-Feedback/2.0","timestamp":"2026-11-17T11:40:00.000Z"},` + sesMail + `}`
	}
	for message, expected := range map[string]string{
		sesBounce("Permanent", "notificationType", "General", "5.1.1", "smtp; 550 5.1.1 user unknown"):       "hard 5.1.1 ana@shop.test",
		sesBounce("Permanent", "eventType", "General", "", ""):                                               "hard ana@shop.test",
		sesBounce("Permanent", "eventType", "General", "5.7.1", "smtp; 550 5.7.1 refused by policy"):         "soft 5.7.1 ana@shop.test",
		sesBounce("Permanent", "eventType", "General", "5.2.2", "smtp; 552 mailbox full"):                    "soft 5.2.2 ana@shop.test",
		sesBounce("Permanent", "eventType", "NoEmail", "", ""):                                               "hard ana@shop.test",
		sesBounce("Permanent", "eventType", "Suppressed", "5.1.1", "Amazon SES has suppressed this address"): "hard 5.1.1 ana@shop.test",
		sesBounce("Permanent", "eventType", "OnAccountSuppressionList", "", "Amazon SES did not send"):       "hard ana@shop.test",
		sesBounce("Transient", "eventType", "General", "4.0.0", "smtp; 451 later"):                           "soft 4.0.0 ana@shop.test",
		sesBounce("Transient", "notificationType", "MailboxFull", "5.2.2", "smtp; 552 full"):                 "soft 5.2.2 ana@shop.test",
		sesBounce("Transient", "notificationType", "MailboxFull", "", ""):                                    "soft 4.2.2 ana@shop.test",
		sesBounce("Transient", "eventType", "ContentRejected", "", ""):                                       "soft 5.6.0 ana@shop.test",
		sesBounce("Transient", "eventType", "MessageTooLarge", "5.3.4", "smtp; 552 5.3.4 too big"):           "soft 5.3.4 ana@shop.test",
		sesBounce("Undetermined", "eventType", "Undetermined", "", ""):                                       "soft ana@shop.test",
		complaint("abuse"):    "complaint ana@shop.test",
		complaint(""):         "complaint ana@shop.test",
		complaint("not-spam"): "",
		`{"notificationType":"Delivery","delivery":{"recipients":["ana@shop.test"]},` + sesMail + `}`: "",
		`{"eventType":"DeliveryDelay","deliveryDelay":{"delayType":"MailboxFull"},` + sesMail + `}`:   "",
		`{"eventType":"Subscription","subscription":{"contactList":"x"},` + sesMail + `}`:             "leaves ana@shop.test",
		`{"eventType":"Bounce","bounce":[],"mail":"odd"}`:                                             "",
		`Successfully validated SNS topic for Amazon SES event publishing.`:                           "",
	} {
		all := want(t, p, string(sns(t, "2", notification(message)).Body), expected)
		if len(all) == 1 && all[0].Letters[0] != "ours@tea.test" {
			t.Errorf("the letter is %v", all[0].Letters)
		}
	}
}

func TestSESFindsTheLetterByItsReturnPathWhenHeadersAreNotTold(t *testing.T) {
	p := newSES(&web{}, now)
	all := want(t, p, string(sns(t, "2", notification(`{"notificationType":"Complaint","complaint":{"complainedRecipients":[{"emailAddress":"ana@shop.test"}]},
		"mail":{"source":"bounce+tok@b.tea.test","messageId":"0102","destination":["ana@shop.test"]}}`)).Body), "complaint ana@shop.test")
	if len(all) == 1 && fmt.Sprint(all[0].Letters) != "[bounce+tok@b.tea.test]" {
		t.Errorf("the letter is %v", all[0].Letters)
	}
}

// --- strangers

func TestNonsenseIsAnErrorOrNothing(t *testing.T) {
	for name, p := range providers(t) {
		for _, body := range []string{``, `[`, `nonsense`, "\x00\xff", `<xml/>`, strings.Repeat("[", 100_000)} {
			if got, err := p.Events([]byte(body)); err == nil || len(got) > 0 {
				t.Errorf("%s: %.20q gave %v and no error", name, body, got)
			}
		}
		for _, body := range []string{`{}`, `[]`, `null`, `"x"`, `12`, `[1,"x",null,[],{}]`, `{"event":null}`} {
			if got, err := p.Events([]byte(body)); err != nil || len(got) > 0 {
				t.Errorf("%s: %q gave %v, %v", name, body, got, err)
			}
		}
	}
}

func providers(t testing.TB) map[string]hooks.Provider {
	return map[string]hooks.Provider{"ses": newSES(&web{}, now), "sendgrid": sendgrid(t), "postmark": hooks.Postmark{},
		"mailgun": hooks.NewMailgun("k", now), "brevo": hooks.Brevo{}}
}

// holds are the promises of every event, whatever was read.
func holds(t *testing.T, p hooks.Provider, body []byte) {
	got, err := p.Events(body)
	if err != nil && len(got) > 0 {
		t.Error("events beside an error")
	}
	for _, e := range got {
		if e.Key == "" || len(e.Words) > 500 || strings.ContainsAny(e.Words, "\r\n") || e.Leaves == (e.Verdict != "") {
			t.Errorf("%+v", e)
		}
		if e.Verdict != "" && e.Verdict != ledger.HardBounce && e.Verdict != ledger.SoftBounce && e.Verdict != ledger.Complaint {
			t.Errorf("verdict %q", e.Verdict)
		}
	}
	_ = p.Verify(t.Context(), hooks.Call{Body: body, Header: http.Header{}})
}

func fuzz(f *testing.F, name string, seeds ...string) {
	p := providers(f)[name]
	for _, s := range append(seeds, `{}`, `[]`, `[{}]`, `null`) {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) { holds(t, p, body) })
}

func FuzzSES(f *testing.F) {
	fuzz(f, "ses", string(sns(f, "2", notification(sesBounce("Permanent", "eventType", "General", "5.1.1", "smtp; 550 gone"))).Body))
}

func FuzzSendGrid(f *testing.F) {
	fuzz(f, "sendgrid", `[{"event":"bounce","type":"blocked","email":"a@b.test","smtp-id":"<x@y>","timestamp":1,"status":"5.7.1","reason":"no"}]`, `[{"event":"dropped","reason":"Bounced Address"}]`)
}

func FuzzPostmark(f *testing.F) {
	fuzz(f, "postmark", `{"RecordType":"Bounce","ID":1,"Type":"HardBounce","Email":"a@b.test","Content":"Message-ID: <x@y>"}`, `{"RecordType":"SubscriptionChange","SuppressSending":true}`)
}

func FuzzMailgun(f *testing.F) {
	fuzz(f, "mailgun", mailgunBody("k", "t", noon, `{"event":"failed","severity":"permanent","delivery-status":{"code":550}}`))
}

func FuzzBrevo(f *testing.F) {
	fuzz(f, "brevo", `{"event":"hard_bounce","email":"a@b.test","message-id":"<x@y>","ts_epoch":1763380001000}`)
}
