package hooks

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha1" // signature version 1
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

// Fetch gets a small file by https.
type Fetch func(ctx context.Context, address string) ([]byte, error)

// SES tells of letters through SNS, by calls signed with a certificate of Amazon's.
type SES struct {
	topics []string
	fetch  Fetch
	now    func() time.Time

	mu    sync.Mutex
	certs map[string]*x509.Certificate
}

// NewSES takes the ARNs of the topics that may call.
func NewSES(topics []string, fetch Fetch, now func() time.Time) *SES {
	return &SES{topics: topics, fetch: fetch, now: now, certs: map[string]*x509.Certificate{}}
}

// snsCall is what SNS posts. Its fields are signed as they are, so they are plain strings.
type snsCall struct {
	Type             text
	MessageId        text
	TopicArn         text
	Subject          *text
	Message          text
	Timestamp        text
	SignatureVersion text
	Signature        text
	SigningCertURL   text
	SubscribeURL     text
	Token            text
}

// The kinds of calls.
const (
	snsNotification = "Notification"
	snsSubscribe    = "SubscriptionConfirmation"
	snsUnsubscribe  = "UnsubscribeConfirmation"
)

// Verify checks the topic, the address of the certificate and the signature, in this order:
// nothing is fetched for a topic that is not ours.
func (s *SES) Verify(ctx context.Context, c Call) error {
	var call snsCall
	if err := read(c.Body, &call); err != nil || call.Signature == "" || call.TopicArn == "" {
		return ErrUnnamed
	}
	if !slices.Contains(s.topics, string(call.TopicArn)) || !amazon(string(call.SigningCertURL)) {
		return ErrForged
	}
	sig, err := base64.StdEncoding.DecodeString(string(call.Signature))
	if err != nil || call.signed() == "" {
		return ErrForged
	}
	cert, err := s.cert(ctx, string(call.SigningCertURL))
	if err != nil {
		return err
	}
	return check(cert, call, sig)
}

func check(cert *x509.Certificate, call snsCall, sig []byte) error {
	key, ok := cert.PublicKey.(*rsa.PublicKey)
	if !ok {
		return ErrForged
	}
	var err error
	switch call.SignatureVersion {
	case "1":
		sum := sha1.Sum([]byte(call.signed()))
		err = rsa.VerifyPKCS1v15(key, crypto.SHA1, sum[:], sig)
	case "2":
		sum := sha256.Sum256([]byte(call.signed()))
		err = rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], sig)
	default:
		err = ErrForged
	}
	if err != nil {
		return ErrForged
	}
	return nil
}

// signed is what a signature is over: names and values of some fields, a line each, by name.
func (c snsCall) signed() string {
	var b strings.Builder
	add := func(name string, value text) { b.WriteString(name + "\n" + string(value) + "\n") }
	switch c.Type {
	case snsNotification:
		add("Message", c.Message)
		add("MessageId", c.MessageId)
		if c.Subject != nil {
			add("Subject", *c.Subject)
		}
	case snsSubscribe, snsUnsubscribe:
		add("Message", c.Message)
		add("MessageId", c.MessageId)
		add("SubscribeURL", c.SubscribeURL)
	default:
		return ""
	}
	add("Timestamp", c.Timestamp)
	if c.Type != snsNotification {
		add("Token", c.Token)
	}
	add("TopicArn", c.TopicArn)
	add("Type", c.Type)
	return b.String()
}

var snsHost = regexp.MustCompile(`^sns\.[a-z]{2,8}(-[a-z]{2,16}){1,3}-\d{1,2}\.amazonaws\.com$`)

// amazon reports whether an address is SNS's own: https, exactly sns.REGION.amazonaws.com.
func amazon(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Scheme == "https" && u.User == nil && u.Opaque == "" && snsHost.MatchString(u.Host)
}

// mostCerts is how many certificates are kept; Amazon has one a region at a time.
const mostCerts = 32

// cert is the certificate at an address of Amazon's, fetched once.
func (s *SES) cert(ctx context.Context, address string) (*x509.Certificate, error) {
	s.mu.Lock()
	cert := s.certs[address]
	s.mu.Unlock()
	if cert == nil {
		data, err := s.fetch(ctx, address)
		if err != nil {
			return nil, fmt.Errorf("certificate of SNS: %w", err)
		}
		block, _ := pem.Decode(data)
		if block == nil {
			return nil, errors.New("certificate of SNS: no PEM")
		}
		if cert, err = x509.ParseCertificate(block.Bytes); err != nil {
			return nil, fmt.Errorf("certificate of SNS: %w", err)
		}
		s.keep(address, cert)
	}
	if now := s.now(); now.Before(cert.NotBefore) || now.After(cert.NotAfter) {
		return nil, ErrForged
	}
	return cert, nil
}

func (s *SES) keep(address string, cert *x509.Certificate) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.certs) >= mostCerts {
		clear(s.certs)
	}
	s.certs[address] = cert
}

// Settle confirms the subscription of a topic of ours.
func (s *SES) Settle(ctx context.Context, c Call) error {
	var call snsCall
	if err := read(c.Body, &call); err != nil || call.Type != snsSubscribe {
		return err
	}
	if !amazon(string(call.SubscribeURL)) {
		return ErrForged
	}
	if _, err := s.fetch(ctx, string(call.SubscribeURL)); err != nil {
		return fmt.Errorf("confirm the subscription at SNS: %w", err)
	}
	return nil
}

type sesEvent struct {
	NotificationType text `json:"notificationType"` // of identity notifications
	EventType        text `json:"eventType"`        // of configuration sets
	Mail             struct {
		MessageID   text            `json:"messageId"` // SES's own
		Source      text            `json:"source"`
		Destination []text          `json:"destination"`
		Headers     []sesHeader     `json:"headers"`
		Common      sesCommon       `json:"commonHeaders"`
		Tags        map[string]tags `json:"tags"`
	} `json:"mail"`
	Bounce    sesBounce `json:"bounce"`
	Complaint struct {
		Recipients []sesRecipient `json:"complainedRecipients"`
		Kind       text           `json:"complaintFeedbackType"`
		SubType    text           `json:"complaintSubType"`
		Agent      text           `json:"userAgent"`
		Timestamp  text           `json:"timestamp"`
		FeedbackID text           `json:"feedbackId"`
	} `json:"complaint"`
}

type sesHeader struct {
	Name  text `json:"name"`
	Value text `json:"value"`
}

type sesCommon struct {
	MessageID  text `json:"messageId"`
	ReturnPath text `json:"returnPath"`
}

type sesBounce struct {
	Type       text           `json:"bounceType"`
	SubType    text           `json:"bounceSubType"`
	Recipients []sesRecipient `json:"bouncedRecipients"`
	Timestamp  text           `json:"timestamp"`
	FeedbackID text           `json:"feedbackId"`
}

type sesRecipient struct {
	Email      text `json:"emailAddress"`
	Status     text `json:"status"`
	Diagnostic text `json:"diagnosticCode"`
}

// tags is a list of values; anything else is none.
type tags []text

// UnmarshalJSON never fails.
func (t *tags) UnmarshalJSON(b []byte) error {
	var all []text
	if json.Unmarshal(b, &all) == nil {
		*t = all
	}
	return nil
}

// Events reads the notification inside the call. What SNS says of itself, and SES in plain
// words ("Successfully validated …"), are no events.
func (s *SES) Events(body []byte) ([]Event, error) {
	var call snsCall
	if err := read(body, &call); err != nil {
		return nil, err
	}
	var m sesEvent
	if call.Type != snsNotification || read([]byte(call.Message), &m) != nil {
		return nil, nil
	}
	kind := m.EventType
	if kind == "" {
		kind = m.NotificationType
	}
	switch kind {
	case "Bounce":
		return m.bounces(), nil
	case "Complaint":
		return m.complaints(), nil
	case "Subscription": // the reader used SES's own unsubscribe link
		return []Event{leaves(m.event("", "", kind))}, nil
	}
	return nil, nil
}

// letters are our own names of the letter: SES sets a Message-ID of its own on the way out,
// and tells the one we wrote among the headers.
func (m sesEvent) letters() []string {
	var all []text
	for _, h := range m.Mail.Headers {
		if strings.EqualFold(string(h.Name), "Message-ID") {
			all = append(all, h.Value)
		}
	}
	all = append(all, m.Mail.Common.MessageID, m.Mail.Source, m.Mail.Common.ReturnPath)
	for _, name := range []string{"message-id", "ses:from-address"} {
		all = append(all, m.Mail.Tags[name]...)
	}
	return letters(all...)
}

// event names the address we wrote to: a bounce may name another one that it forwards to.
func (m sesEvent) event(email, feedback, kind text) Event {
	e := Event{Letters: m.letters(), Email: string(email)}
	if len(m.Mail.Destination) == 1 {
		e.Email = string(m.Mail.Destination[0])
	}
	if feedback == "" {
		feedback = m.Mail.MessageID
	}
	e.Key = hash(feedback, email, kind)
	return e
}

func (m sesEvent) bounces() (all []Event) {
	b := m.Bounce
	for _, r := range b.Recipients {
		e := m.event(r.Email, b.FeedbackID, "Bounce")
		e.At, e.Words = moment(b.Timestamp), line(text(strings.TrimPrefix(string(r.Diagnostic), "smtp; ")), b.Type+" "+b.SubType)
		all = append(all, b.judge(e, r.Status))
	}
	return all
}

func (b sesBounce) judge(e Event, status text) Event {
	switch b.Type + "/" + b.SubType {
	case "Permanent/NoEmail", "Permanent/Suppressed", "Permanent/OnAccountSuppressionList":
		return dead(e, status)
	case "Permanent/UnsubscribedRecipient":
		return leaves(e)
	case "Transient/MailboxFull":
		return soft(e, status, "4.2.2")
	case "Transient/MessageTooLarge", "Transient/ContentRejected", "Transient/AttachmentRejected":
		return soft(e, status, aboutContent)
	}
	switch b.Type {
	case "Permanent":
		return permanent(e, status)
	case "Undetermined":
		if e = permanent(e, status); generic(e.Status) {
			e = soft(e, status, "")
		}
		return e
	}
	return soft(e, status, "")
}

// complaints are those who said "this is spam"; not-spam is the contrary (RFC 5965).
func (m sesEvent) complaints() (all []Event) {
	c := m.Complaint
	if c.Kind == "not-spam" || c.Kind == "auth-failure" || c.Kind == "virus" {
		return nil
	}
	for _, r := range c.Recipients {
		e := m.event(r.Email, c.FeedbackID, "Complaint")
		e.At, e.Words = moment(c.Timestamp), line(c.Kind+" "+c.Agent, c.SubType)
		all = append(all, complaint(e))
	}
	return all
}
