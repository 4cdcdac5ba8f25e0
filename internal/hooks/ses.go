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
	"errors"
	"fmt"
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
	roots  *x509.CertPool
	now    func() time.Time

	mu    sync.Mutex
	certs map[string]*held // by address
}

// NewSES takes the ARNs of the topics that may call, and whom to trust; nil are the machine's own roots.
func NewSES(topics []string, fetch Fetch, roots *x509.CertPool, now func() time.Time) *SES {
	return &SES{topics: topics, fetch: fetch, roots: roots, now: now, certs: map[string]*held{}}
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

// snsOldest is how old a call may be: SNS repeats for an hour at most what we did not take
// ("Amazon SNS message delivery retries", the policy of HTTP). snsSkew is how far apart its clock and ours may be.
const (
	snsOldest = time.Hour
	snsSkew   = 5 * time.Minute
)

// Verify checks topic, time, the address of the certificate, the certificate and the signature,
// in this order: nothing is fetched for a topic that is not ours.
func (s *SES) Verify(ctx context.Context, c Call) error {
	var call snsCall
	if err := read(c.Body, &call); err != nil || call.Signature == "" || call.TopicArn == "" {
		return ErrUnnamed
	}
	if !slices.Contains(s.topics, string(call.TopicArn)) || !certified(string(call.SigningCertURL)) || !s.recent(call) {
		return ErrForged
	}
	sig, err := base64.StdEncoding.DecodeString(string(call.Signature))
	if err != nil || call.signed() == "" {
		return ErrForged
	}
	cert, err := s.cert(ctx, c.May, string(call.SigningCertURL))
	if err != nil {
		return err
	}
	return check(cert, call, sig)
}

func (s *SES) recent(call snsCall) bool {
	at, now := moment(call.Timestamp), s.now()
	return !at.Before(now.Add(-snsOldest-snsSkew)) && !at.After(now.Add(snsSkew))
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

// Settle confirms the subscription of a topic of ours.
func (s *SES) Settle(ctx context.Context, c Call) error {
	var call snsCall
	if err := read(c.Body, &call); err != nil || call.Type != snsSubscribe {
		return err
	}
	if !confirms(string(call.SubscribeURL), string(call.TopicArn), string(call.Token)) {
		return fmt.Errorf("%w: its address confirms no subscription", ErrForged)
	}
	if _, err := s.fetch(ctx, string(call.SubscribeURL)); err != nil {
		return errConfirm
	}
	return nil
}

var errConfirm = errors.New("the subscription could not be confirmed at Amazon SNS")

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
