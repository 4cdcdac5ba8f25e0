// Package config turns config.yaml and KEEPSAKE_* variables into one checked struct.
package config

import (
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/caarlos0/env/v11"
	"go.yaml.in/yaml/v3"

	"keepsake/campaigns/ledger"
)

// File is what Load reads when it is given no path and there is such a file.
const File = "config.yaml"

// Config is everything the operator can set. config.example.yaml explains each key.
type Config struct {
	Addr         string   `yaml:"addr" env:"ADDR"`                         // host:port to listen on
	BaseURL      string   `yaml:"base_url" env:"BASE_URL"`                 // how the world reaches us; see Base
	Data         string   `yaml:"data" env:"DATA"`                         // folder of the SQLite file, media and the secret
	Database     string   `yaml:"database" env:"DATABASE"`                 // postgres:// DSN; empty is SQLite in Data
	Secret       string   `yaml:"secret" env:"SECRET"`                     // signs links; empty is kept in Data, see Key
	BounceDomain string   `yaml:"bounce_domain" env:"BOUNCE_DOMAIN"`       // of the envelope senders; empty is no VERP
	Security     string   `yaml:"security_contact" env:"SECURITY_CONTACT"` // of /.well-known/security.txt
	Roles        []string `yaml:"roles" env:"ROLES"`                       // what this process does: Web, Send, Cron
	Unsure       string   `yaml:"unsure" env:"UNSURE"`                     // what becomes of letters in doubt: ledger.Hold, Resend or CountSent
	AllowFetch   []string `yaml:"allow_fetch" env:"ALLOW_FETCH"`           // hosts (or host:port) that may be private or on any port
	Bounces      Bounces  `yaml:"bounces" envPrefix:"BOUNCES_"`
	Hooks        Hooks    `yaml:"hooks" envPrefix:"HOOKS_"`
	Guard        Guard    `yaml:"guard" envPrefix:"GUARD_"`
	Media        Media    `yaml:"media" envPrefix:"MEDIA_"`
	Exports      Exports  `yaml:"exports" envPrefix:"EXPORTS_"`
	SMTP         SMTP     `yaml:"smtp" envPrefix:"SMTP_"`
	Limits       []Limit  `yaml:"limits" env:"LIMITS"`           // on letters of all transports together
	RetryHours   int      `yaml:"retry_hours" env:"RETRY_HOURS"` // how long a letter is tried that is put off
	Sender       Sender   `yaml:"sender" envPrefix:"SENDER_"`
	Tracking     Tracking `yaml:"tracking" envPrefix:"TRACKING_"`
	Log          Log      `yaml:"log" envPrefix:"LOG_"`
}

// What a process may do, Roles.
const (
	Web  = "web"  // pages, the API, imports and exports
	Send = "send" // hands letters over
	Cron = "cron" // plans what is due; one process at a time leads
)

// Has reports whether this process has a role.
func (c Config) Has(role string) bool { return slices.Contains(c.Roles, role) }

// SMTP is the server that takes our letters.
type SMTP struct {
	Host           string  `yaml:"host" env:"HOST"` // empty: nothing is sent until it is set
	Port           int     `yaml:"port" env:"PORT"`
	TLS            string  `yaml:"tls" env:"TLS"` // StartTLS, ImplicitTLS or NoTLS
	Username       string  `yaml:"username" env:"USERNAME"`
	Password       string  `yaml:"password" env:"PASSWORD"`
	HELO           string  `yaml:"helo" env:"HELO"`                       // empty: the host of Base
	Connections    int     `yaml:"connections" env:"CONNECTIONS"`         // open at once
	PerConnection  int     `yaml:"per_connection" env:"PER_CONNECTION"`   // letters before it is renewed
	TimeoutSeconds int     `yaml:"timeout_seconds" env:"TIMEOUT_SECONDS"` // for one letter
	RatePerSecond  float64 `yaml:"rate_per_second" env:"RATE_PER_SECOND"` // letters; 0 is unlimited
	Weight         int     `yaml:"weight" env:"WEIGHT"`                   // its share beside others of its priority
	Priority       int     `yaml:"priority" env:"PRIORITY"`               // the lowest number goes first
}

// The ways to speak to an SMTP server, SMTP.TLS.
const (
	StartTLS    = "starttls" // begins plain and refuses to go on without TLS
	ImplicitTLS = "tls"      // TLS from the first byte
	NoTLS       = "none"     // for a relay on this machine
)

// Bounces says how what comes back reaches us, and what soft bounces lead to.
type Bounces struct {
	SoftCount int     `yaml:"soft_count" env:"SOFT_COUNT"` // in a row, and
	SoftDays  int     `yaml:"soft_days" env:"SOFT_DAYS"`   // over this time, before the address gets no more mail
	Pipe      bool    `yaml:"pipe" env:"PIPE"`             // a mail server pipes letters into "keepsake bounce"
	Listen    string  `yaml:"listen" env:"LISTEN"`         // host:port for SMTP, unix:/path for LMTP; empty is off
	Mailbox   Mailbox `yaml:"mailbox" envPrefix:"MAILBOX_"`
}

// Mailbox is where bounces end, to be fetched from there.
type Mailbox struct {
	Protocol    string `yaml:"protocol" env:"PROTOCOL"` // imap or pop3; empty is off
	Host        string `yaml:"host" env:"HOST"`
	Port        int    `yaml:"port" env:"PORT"` // 0: the protocol's own
	TLS         string `yaml:"tls" env:"TLS"`   // as of SMTP
	Username    string `yaml:"username" env:"USERNAME"`
	Password    string `yaml:"password" env:"PASSWORD"`
	Folder      string `yaml:"folder" env:"FOLDER"` // of IMAP
	PollSeconds int    `yaml:"poll_seconds" env:"POLL_SECONDS"`
	Done        string `yaml:"done" env:"DONE"` // delete, keep or move:Folder
}

// UnsubscribeMail is the mailbox that takes unsubscriptions by mail; empty when what is
// sent there would not reach us.
func (c Config) UnsubscribeMail() string {
	b := c.Bounces
	if c.BounceDomain == "" || !b.Pipe && b.Listen == "" && b.Mailbox.Protocol == "" {
		return ""
	}
	return "unsub@" + c.BounceDomain
}

// Exports says where saved exports may go.
type Exports struct {
	Folder string `yaml:"folder" env:"FOLDER"` // and those below it; empty: to no folder of this machine
}

// Sender is whom the letters are from, unless a campaign says otherwise.
type Sender struct {
	Name    string `yaml:"name" env:"NAME"`
	Email   string `yaml:"email" env:"EMAIL"`
	ReplyTo string `yaml:"reply_to" env:"REPLY_TO"`
}

// Tracking says what is counted about a letter after it has left.
type Tracking struct {
	Opens  bool `yaml:"opens" env:"OPENS"`
	Clicks bool `yaml:"clicks" env:"CLICKS"`
}

// Log says how much is logged, and how.
type Log struct {
	Level  string `yaml:"level" env:"LEVEL"`   // debug, info, warn or error
	Format string `yaml:"format" env:"FORMAT"` // text or json
}

// Defaults returns what holds where neither the file nor a variable says otherwise.
func Defaults() Config {
	return Config{
		Addr: "127.0.0.1:8080", Data: "data", AllowFetch: []string{},
		Roles: []string{Web, Send, Cron}, Unsure: ledger.Hold,
		Limits: []Limit{}, RetryHours: 48,
		Bounces: Bounces{SoftCount: 5, SoftDays: 14,
			Mailbox: Mailbox{TLS: ImplicitTLS, Folder: "INBOX", PollSeconds: 60, Done: "delete"}},
		Hooks: Hooks{SES: HookSES{Topics: []string{}}},
		Guard: Guard{After: 1000, HardPercent: 5, ComplaintPercent: 0.3},
		Media: Media{Store: OnDisk, MaxFileMB: 10, QuotaMB: 5000, S3: MediaS3{TLS: true, Region: "us-east-1"}},
		SMTP: SMTP{Port: 587, TLS: StartTLS, Connections: 10, PerConnection: 500,
			TimeoutSeconds: 60, Weight: 1, Priority: 1},
		Tracking: Tracking{Opens: true, Clicks: true},
		Log:      Log{Level: "info", Format: "text"},
	}
}

// Load returns the defaults, overridden by the file at path and then by KEEPSAKE_* variables.
// An empty path is File if it is there. The result is not validated yet: flags come last.
func Load(path string) (Config, error) {
	c := Defaults()
	if err := c.readFile(path); err != nil {
		return Config{}, err
	}
	if err := env.ParseWithOptions(&c, env.Options{Prefix: "KEEPSAKE_"}); err != nil {
		return Config{}, fmt.Errorf("environment: %w", err)
	}
	return c, nil
}

func (c *Config) readFile(path string) error {
	asked := path != ""
	if !asked {
		path = File
	}
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) && !asked {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	if err := c.decode(f); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// decode refuses keys it does not know, naming the line: a misspelt setting is not a setting.
func (c *Config) decode(r io.Reader) error {
	d := yaml.NewDecoder(r)
	d.KnownFields(true)
	if err := d.Decode(c); err != nil && !errors.Is(err, io.EOF) {
		return plain(err)
	}
	return nil
}

// unknownKey is how the reader of YAML calls a key that is none, by the names of Go.
var unknownKey = regexp.MustCompile(`^line (\d+): field (\S+) not found in type config\.(\w+)$`)

// plain says which keys are unknown as the file writes them: smtp.hots, not a field of a type.
func plain(err error) error {
	wrong, ok := errors.AsType[*yaml.TypeError](err)
	if !ok {
		return err
	}
	said := make([]string, len(wrong.Errors))
	for i, text := range wrong.Errors {
		said[i] = text
		if m := unknownKey.FindStringSubmatch(text); m != nil {
			said[i] = fmt.Sprintf("unknown key %s in line %s", section(reflect.TypeFor[Config](), m[3], "")+m[2], m[1])
		}
	}
	return errors.New(strings.Join(said, "; "))
}

// section is the path of a type's key in the file, with a dot at its end: "smtp."; "" of the whole.
func section(in reflect.Type, name, path string) string {
	for i := range in.NumField() {
		f := in.Field(i)
		t, key := f.Type, path+f.Tag.Get("yaml")+"."
		if t.Kind() == reflect.Slice {
			t = t.Elem()
		}
		if t.Name() == name {
			return key
		}
		if t.Kind() == reflect.Struct {
			if found := section(t, name, key); found != "" {
				return found
			}
		}
	}
	return ""
}

// Base is the address the world reaches us at, without a slash at its end.
func (c Config) Base() string {
	if c.BaseURL == "" {
		return "http://" + c.Addr
	}
	return strings.TrimRight(c.BaseURL, "/")
}
