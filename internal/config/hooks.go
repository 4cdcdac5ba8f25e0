package config

import (
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"regexp"

	"keepsake/campaigns/ledger"
)

// Hooks says which mail providers tell us of bounces and complaints; each is off until its keys are here.
type Hooks struct {
	SES      HookSES      `yaml:"ses" envPrefix:"SES_"`
	SendGrid HookSendGrid `yaml:"sendgrid" envPrefix:"SENDGRID_"`
	Postmark HookPostmark `yaml:"postmark" envPrefix:"POSTMARK_"`
	Mailgun  HookMailgun  `yaml:"mailgun" envPrefix:"MAILGUN_"`
	Brevo    HookBrevo    `yaml:"brevo" envPrefix:"BREVO_"`
}

// Any reports whether a mail provider may tell us of letters.
func (h Hooks) Any() bool {
	return len(h.SES.Topics) > 0 || h.SendGrid.PublicKey != "" || h.Postmark.Password != "" || h.Mailgun.SigningKey != "" || h.Brevo.Secret != ""
}

// HookSES names the SNS topics that may call.
type HookSES struct {
	Topics []string `yaml:"topics" env:"TOPICS"` // ARNs
}

// HookSendGrid holds the verification key of the signed Event Webhook.
type HookSendGrid struct {
	PublicKey string `yaml:"public_key" env:"PUBLIC_KEY"`
}

// HookPostmark holds what we ask Postmark to say who it is.
type HookPostmark struct {
	Username string `yaml:"username" env:"USERNAME"`
	Password string `yaml:"password" env:"PASSWORD"`
}

// HookMailgun holds the webhook signing key.
type HookMailgun struct {
	SigningKey string `yaml:"signing_key" env:"SIGNING_KEY"`
}

// HookBrevo holds a secret of our own choosing.
type HookBrevo struct {
	Secret string `yaml:"secret" env:"SECRET"`
}

// Guard says when a campaign pauses itself; see ledger.Guard.
type Guard struct {
	After            int64   `yaml:"after" env:"AFTER"`
	HardPercent      float64 `yaml:"hard_percent" env:"HARD_PERCENT"`
	ComplaintPercent float64 `yaml:"complaint_percent" env:"COMPLAINT_PERCENT"`
}

// Rule is the guard as the ledger has it.
func (g Guard) Rule() ledger.Guard {
	return ledger.Guard{After: g.After, Hard: g.HardPercent, Complaints: g.ComplaintPercent}
}

func (g Guard) validate() error {
	return errors.Join(
		key("guard.after", between(int(g.After), 1, 1_000_000)),
		key("guard.hard_percent", percent(g.HardPercent)),
		key("guard.complaint_percent", percent(g.ComplaintPercent)),
	)
}

func percent(p float64) error {
	if !(p >= 0 && p <= 100) {
		return errors.New("must be between 0 (off) and 100")
	}
	return nil
}

// minHookSecret is the least length of a password that we choose for a provider, in characters.
const minHookSecret = 16

var topicARN = regexp.MustCompile(`^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_.-]{1,256}$`)

func (h Hooks) validate() error {
	return errors.Join(
		key("hooks.ses.topics", checkTopics(h.SES.Topics)),
		key("hooks.sendgrid.public_key", checkPublicKey(h.SendGrid.PublicKey)),
		key("hooks.postmark", h.Postmark.validate()),
		key("hooks.brevo.secret", long(h.Brevo.Secret)),
	)
}

func checkTopics(topics []string) error {
	for _, t := range topics {
		if !topicARN.MatchString(t) {
			return errors.New("must be ARNs of SNS topics, arn:aws:sns:REGION:ACCOUNT:NAME")
		}
	}
	return nil
}

func checkPublicKey(k string) error {
	if k == "" {
		return nil
	}
	der, err := base64.StdEncoding.DecodeString(k)
	if err != nil {
		return errors.New("is not base64: copy the verification key as it is shown")
	}
	if parsed, _ := x509.ParsePKIXPublicKey(der); parsed == nil {
		return errors.New("is not a public key")
	} else if _, ok := parsed.(*ecdsa.PublicKey); !ok {
		return errors.New("is not a key of an elliptic curve")
	}
	return nil
}

func (p HookPostmark) validate() error {
	if (p.Username == "") != (p.Password == "") {
		return errors.New("needs both username and password")
	}
	return long(p.Password)
}

func long(secret string) error {
	if secret != "" && len(secret) < minHookSecret {
		return errors.New("must have at least 16 characters")
	}
	return nil
}
