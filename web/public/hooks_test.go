package public_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/web"
)

// provider is a face that mail providers may call.
type provider struct {
	*face
	ec *ecdsa.PrivateKey
}

func newProvider(t *testing.T) provider { return newProviderWith(t, func(*face) {}) }

func newProviderWith(t *testing.T, shape func(*face)) provider {
	f := newFace(t)
	shape(f)
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	der, err := x509.MarshalPKIXPublicKey(&ec.PublicKey)
	must(t, err)
	h := &f.site.Config.Hooks
	h.SendGrid.PublicKey = base64.StdEncoding.EncodeToString(der)
	h.Postmark.Username, h.Postmark.Password = "postmark", "a password of sixteen"
	h.Mailgun.SigningKey = "key-1"
	h.Brevo.Secret = "a secret of sixteen"
	handler, err := web.New(f.site)
	must(t, err)
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	f.base = server.URL
	return provider{f, ec}
}

func (p provider) sendgrid(body string) answered {
	p.t.Helper()
	stamp := fmt.Sprint(p.clock.Now().Unix())
	sum := sha256.Sum256([]byte(stamp + body))
	sig, err := ecdsa.SignASN1(rand.Reader, p.ec, sum[:])
	must(p.t, err)
	return p.call("/hooks/sendgrid", body, "X-Twilio-Email-Event-Webhook-Timestamp", stamp, "X-Twilio-Email-Event-Webhook-Signature", base64.StdEncoding.EncodeToString(sig))
}

func (p provider) mailgun(token, event string) answered {
	p.t.Helper()
	stamp := fmt.Sprint(p.clock.Now().Unix())
	mac := hmac.New(sha256.New, []byte("key-1"))
	mac.Write([]byte(stamp + token))
	return p.call("/hooks/mailgun", `{"signature":{"timestamp":"`+stamp+`","token":"`+token+`","signature":"`+hex.EncodeToString(mac.Sum(nil))+`"},"event-data":`+event+`}`)
}

func (p provider) call(to, body string, headers ...string) answered {
	p.t.Helper()
	r := p.request(http.MethodPost, to, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return p.do(r)
}

// sent is somebody who got a letter: the delivery and its Message-ID.
func (p provider) sent(email string) (audience.Subscriber, int64, string) {
	p.t.Helper()
	person := p.person(email, "Ana", "en")
	c := p.campaign("newsletter", nil)
	p.send()
	d, _ := p.delivery(c.ID, person)
	return person, d.ID, p.site.Links.MessageID(d.ID, "tea.test")
}

func (p provider) suppressed(email string) audience.Reason {
	p.t.Helper()
	s, err := p.st.Suppression(p.t.Context(), email)
	if !fault.Is(err, fault.NotFound) {
		must(p.t, err)
	}
	return s.Reason
}

func TestAHardBounceTheProviderTellsSuppressesOnce(t *testing.T) {
	p := newProvider(t)
	person, delivery, id := p.sent("ana@shop.test")
	body := fmt.Sprintf(`[{"event":"delivered","email":"ana@shop.test"},
		{"event":"bounce","type":"bounce","email":"ana@shop.test","smtp-id":"<%s>","sg_event_id":"e1","timestamp":%d,"status":"5.1.1","reason":"550 5.1.1 no such user"}]`, id, tuesday.Unix())
	for range 3 {
		p.sendgrid(body).want(http.StatusOK)
	}
	p.sendgrid(strings.Replace(body, `"e1"`, `"e2"`, 1)).want(http.StatusOK) // the same in other words
	if p.suppressed("ana@shop.test") != audience.HardBounce {
		t.Errorf("suppressed as %q", p.suppressed("ana@shop.test"))
	}
	rows, err := p.st.LastReports(t.Context(), 10)
	must(t, err)
	if len(rows) != 1 || rows[0].DeliveryID != delivery || rows[0].SubscriberID != person.ID || rows[0].Source != "sendgrid" || rows[0].Words != "550 5.1.1 no such user" {
		t.Errorf("reports %+v", rows)
	}
	ways, err := p.st.Intakes(t.Context())
	must(t, err)
	if w := ways["sendgrid"]; w.HeardAt == nil || w.ReportAt == nil || !w.Well() {
		t.Errorf("the way is noted as %+v", w)
	}
}

func TestWithoutOurMessageIDTheLastLetterToTheAddressIsMeant(t *testing.T) {
	p := newProvider(t)
	_, delivery, _ := p.sent("ana@shop.test")
	p.call("/hooks/postmark", `{"RecordType":"Bounce","ID":7,"Type":"HardBounce","MessageID":"theirs","Email":"Ana@shop.test","BouncedAt":"2026-11-17T10:00:01Z"}`,
		"Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte("postmark:a password of sixteen"))).want(http.StatusOK)
	rows, err := p.st.LastReports(t.Context(), 10)
	must(t, err)
	if len(rows) != 1 || rows[0].DeliveryID != delivery || p.suppressed("ana@shop.test") != audience.HardBounce {
		t.Errorf("reports %+v", rows)
	}
	p.call("/hooks/postmark", `{"RecordType":"Bounce","ID":8,"Type":"HardBounce","Email":"stranger@shop.test"}`,
		"Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte("postmark:a password of sixteen"))).want(http.StatusOK)
	if p.suppressed("stranger@shop.test") != "" {
		t.Error("a stranger's address is written down")
	}
}

func TestAComplaintAtTheProviderLeavesEverything(t *testing.T) {
	p := newProvider(t)
	person, _, id := p.sent("ana@shop.test")
	p.call("/hooks/brevo?secret=a+secret+of+sixteen", `{"event":"spam","email":"ana@shop.test","message-id":"<`+id+`>","ts_event":`+fmt.Sprint(tuesday.Unix())+`}`).want(http.StatusOK)
	if p.stateOf(person.ID) != audience.Unsubscribed || p.suppressed("ana@shop.test") != audience.Complaint {
		t.Errorf("state %s, suppressed %q", p.stateOf(person.ID), p.suppressed("ana@shop.test"))
	}
}

func TestLeavingAtTheProviderIsLikeOneClickAndStaysUndone(t *testing.T) {
	p := newProvider(t)
	person, _, id := p.sent("ana@shop.test")
	event := fmt.Sprintf(`{"id":"u1","event":"unsubscribed","recipient":"ana@shop.test","timestamp":%d,"message":{"headers":{"message-id":"%s"}}}`, tuesday.Add(time.Minute).Unix(), id)
	p.clock.Add(2 * time.Minute)
	p.mailgun("t1", event).want(http.StatusOK)
	if p.stateOf(person.ID) != audience.Unsubscribed || p.suppressed("ana@shop.test") != "" {
		t.Errorf("state %s, suppressed %q; want off the list alone", p.stateOf(person.ID), p.suppressed("ana@shop.test"))
	}
	p.clock.Add(time.Hour)
	must(t, p.st.Subscribe(t.Context(), person.ID, p.list.ID, audience.Confirmed, audience.Consent{Source: "form", Wording: "yes"}))
	p.mailgun("t2", event).want(http.StatusOK) // told late, once more
	if p.stateOf(person.ID) != audience.Confirmed {
		t.Error("an old unsubscription takes a new consent away")
	}
}

func TestCallsThatProveNothingAreRefused(t *testing.T) {
	p := newProvider(t)
	_, _, id := p.sent("ana@shop.test")
	bounce := `[{"event":"bounce","type":"bounce","email":"ana@shop.test","smtp-id":"<` + id + `>","status":"5.1.1"}]`
	p.call("/hooks/sendgrid", bounce).want(http.StatusUnauthorized)
	p.call("/hooks/sendgrid", bounce, "X-Twilio-Email-Event-Webhook-Timestamp", fmt.Sprint(tuesday.Unix()), "X-Twilio-Email-Event-Webhook-Signature", "MEUCIQ==").want(http.StatusForbidden)
	p.call("/hooks/postmark", `{}`).want(http.StatusUnauthorized)
	p.call("/hooks/postmark", `{}`, "Authorization", "Basic eDp5").want(http.StatusForbidden)
	p.call("/hooks/mailgun", `{}`).want(http.StatusUnauthorized)
	p.call("/hooks/brevo?secret=wrong", `{}`).want(http.StatusForbidden)
	p.call("/hooks/ses", `{}`).want(http.StatusNotFound) // not configured
	p.call("/hooks/nobody", `{}`).want(http.StatusNotFound)
	if p.suppressed("ana@shop.test") != "" {
		t.Error("a forged call suppressed an address")
	}
	ways, err := p.st.Intakes(t.Context())
	must(t, err)
	if w := ways["sendgrid"]; !w.Well() || w.TroubleAt != nil || w.HeardAt != nil || w.Refused != 1 || w.RefusedWhy != "unnamed" {
		t.Errorf("the way is noted as %+v", w)
	}
	for range 70 {
		p.call("/hooks/brevo?secret=wrong", `{}`)
	}
	p.call("/hooks/brevo?secret=wrong", `{}`).want(http.StatusTooManyRequests)
	p.call("/hooks/brevo?secret=a+secret+of+sixteen", `{"event":"request"}`).want(http.StatusOK) // the true one is heard all the same
}

func TestCallsThatCannotBeVerifiedAreCountedAndNoTrouble(t *testing.T) {
	p := newProvider(t)
	for range 12 {
		p.call("/hooks/brevo?secret=wrong", `{}`).want(http.StatusForbidden)
	}
	p.clock.Add(time.Minute)
	p.call("/hooks/brevo?secret=wrong", `{}`).want(http.StatusForbidden)
	ways, err := p.st.Intakes(t.Context())
	must(t, err)
	if w := ways["brevo"]; !w.Well() || w.Refused != 13 || w.RefusedWhy != "forged" || !w.RefusedAt.Equal(p.clock.Now()) {
		t.Errorf("the way is noted as %+v", w)
	}
	p.call("/hooks/brevo?secret=a+secret+of+sixteen", `nonsense`).want(http.StatusBadRequest)
	ways, err = p.st.Intakes(t.Context())
	must(t, err)
	if w := ways["brevo"]; w.Well() || w.Trouble != "form" {
		t.Errorf("the provider's own nonsense is noted as %+v", w)
	}
}

func TestMailgunsTokenIsGoodForOneCallInAllProcesses(t *testing.T) {
	p := newProvider(t)
	_, _, id := p.sent("ana@shop.test")
	event := func(kind string) string {
		return fmt.Sprintf(`{"id":"%s","event":"%s","recipient":"ana@shop.test","timestamp":%d,"message":{"headers":{"message-id":"%s"}}}`, kind, kind, tuesday.Unix(), id)
	}
	p.mailgun("t1", event("delivered")).want(http.StatusOK)
	another, err := web.New(p.site)
	must(t, err)
	server := httptest.NewServer(another)
	t.Cleanup(server.Close)
	for _, base := range []string{p.base, server.URL} {
		p.base = base
		p.mailgun("t1", event("complained")).want(http.StatusOK, "Taken before.") // the signature covers no event
		if p.suppressed("ana@shop.test") != "" {
			t.Fatal("a token was taken twice")
		}
	}
	p.mailgun("t2", event("complained")).want(http.StatusOK, "Taken.")
	if p.suppressed("ana@shop.test") != audience.Complaint {
		t.Error("the next call is not taken")
	}
}

func TestAStrangersCertificatesAreFetchedWithinALimitAndNamedNowhere(t *testing.T) {
	sns := newAmazon(t)
	sns.err = errors.New("no such certificate")
	p := newProviderWith(t, func(f *face) {
		f.site.Config.Hooks.SES.Topics, f.site.Fetch, f.site.Roots = []string{topic}, sns.fetch, sns.roots
	})
	body := sns.call(t, map[string]string{"Type": "Notification", "MessageId": "2", "TopicArn": topic, "Message": "{}", "Timestamp": "2026-11-17T10:00:01.000Z"},
		"Message", "MessageId", "Timestamp", "TopicArn", "Type")
	for i := range 60 {
		p.call("/hooks/ses", strings.Replace(body, "Service-1.pem", fmt.Sprintf("Service-e71%x.pem", i), 1)).want(http.StatusServiceUnavailable)
	}
	p.call("/hooks/ses", strings.Replace(body, "Service-1.pem", "Service-ff.pem", 1)).want(http.StatusTooManyRequests)
	if len(sns.fetched) != 60 {
		t.Errorf("fetched %d", len(sns.fetched))
	}
	ways, err := p.st.Intakes(t.Context())
	must(t, err)
	if w := ways["ses"]; !w.Well() || w.RefusedWhy != "away" {
		t.Errorf("noted as %+v", w)
	}
}

func TestHugeAndBrokenCalls(t *testing.T) {
	p := newProvider(t)
	p.sendgrid(strings.Repeat(" ", 1<<20) + "[]").want(http.StatusRequestEntityTooLarge)
	p.sendgrid("nonsense").want(http.StatusBadRequest)
	p.sendgrid(`[{"event":"tomorrow's news","with":{"fields":[1]}}]`).want(http.StatusOK)
	p.sendgrid(`[]`).want(http.StatusOK)
}

func TestAWebhookComesAgainWhenTheDatabaseIsAway(t *testing.T) {
	p := newProvider(t)
	must(t, p.st.Close())
	p.sendgrid(`[{"event":"spamreport","email":"ana@shop.test","sg_event_id":"e1"}]`).want(http.StatusServiceUnavailable)
}

func TestAWebhookNeedsNoOriginOfOurs(t *testing.T) {
	p := newProvider(t)
	p.call("/hooks/brevo?secret=a+secret+of+sixteen", `{"event":"request"}`, "Origin", "https://provider.test", "Sec-Fetch-Site", "cross-site").want(http.StatusOK)
}

// amazon is SNS with one topic: it signs calls, and serves its certificate and confirmations.
type amazon struct {
	key     *rsa.PrivateKey
	cert    []byte
	roots   *x509.CertPool
	fetched []string
	err     error
}

const topic = "arn:aws:sns:eu-west-1:123456789012:bounces"

func (a *amazon) fetch(_ context.Context, address string) ([]byte, error) {
	a.fetched = append(a.fetched, address)
	return a.cert, a.err
}

// call is a signed body; names are its signed fields in their order.
func (a *amazon) call(t *testing.T, fields map[string]string, names ...string) string {
	t.Helper()
	var signed strings.Builder
	for _, n := range names {
		signed.WriteString(n + "\n" + fields[n] + "\n")
	}
	sum := sha256.Sum256([]byte(signed.String()))
	sig, err := rsa.SignPKCS1v15(nil, a.key, crypto.SHA256, sum[:])
	must(t, err)
	fields["SignatureVersion"], fields["Signature"] = "2", base64.StdEncoding.EncodeToString(sig)
	fields["SigningCertURL"] = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-1.pem"
	body, err := json.Marshal(fields)
	must(t, err)
	return string(body)
}

func newAmazon(t *testing.T) *amazon {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	must(t, err)
	c := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"sns.amazonaws.com"}, NotBefore: tuesday.Add(-time.Hour), NotAfter: tuesday.Add(24 * time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	must(t, err)
	a := &amazon{key: key, cert: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), roots: x509.NewCertPool()}
	a.roots.AppendCertsFromPEM(a.cert)
	return a
}

func TestSESSubscribesItselfAndTellsOfBounces(t *testing.T) {
	sns := newAmazon(t)
	p := newProviderWith(t, func(f *face) {
		f.site.Config.Hooks.SES.Topics, f.site.Fetch, f.site.Roots = []string{topic}, sns.fetch, sns.roots
	})
	_, delivery, id := p.sent("ana@shop.test")
	confirm := "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=" + topic + "&Token=2336"
	p.call("/hooks/ses", sns.call(t, map[string]string{"Type": "SubscriptionConfirmation", "MessageId": "1", "Token": "2336", "TopicArn": topic,
		"Message": "You have chosen", "SubscribeURL": confirm, "Timestamp": "2026-11-17T10:00:00.000Z"},
		"Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"), "Content-Type", "text/plain; charset=UTF-8").want(http.StatusOK)
	if len(sns.fetched) != 2 || sns.fetched[1] != confirm {
		t.Fatalf("fetched %v", sns.fetched)
	}
	message := `{"notificationType":"Bounce","bounce":{"bounceType":"Permanent","bounceSubType":"General","feedbackId":"f1","timestamp":"2026-11-17T10:00:00.000Z",
		"bouncedRecipients":[{"emailAddress":"somewhere@else.test","status":"5.1.1","diagnosticCode":"smtp; 550 5.1.1 user unknown"}]},
		"mail":{"source":"hello@tea.test","messageId":"0102","destination":["ana@shop.test"],"headers":[{"name":"Message-ID","value":"<` + id + `>"}]}}`
	body := sns.call(t, map[string]string{"Type": "Notification", "MessageId": "2", "TopicArn": topic, "Message": message, "Timestamp": "2026-11-17T10:00:01.000Z"},
		"Message", "MessageId", "Timestamp", "TopicArn", "Type")
	for range 2 {
		p.call("/hooks/ses", body, "Content-Type", "text/plain; charset=UTF-8").want(http.StatusOK)
	}
	rows, err := p.st.LastReports(t.Context(), 10)
	must(t, err)
	if len(rows) != 1 || rows[0].DeliveryID != delivery || p.suppressed("ana@shop.test") != audience.HardBounce || p.suppressed("somewhere@else.test") != "" {
		t.Errorf("reports %+v", rows)
	}
	p.call("/hooks/ses", strings.Replace(body, "5.1.1", "5.1.2", 1)).want(http.StatusForbidden)
}
