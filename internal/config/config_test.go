package config

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"

	"go.yaml.in/yaml/v3"

	"keepsake/campaigns/sending"
)

const example = "../../config.example.yaml"

func TestExampleShowsTheDefaults(t *testing.T) {
	f, err := os.Open(example)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var shown Config // not Defaults(): a key that is left out must show
	if err := shown.decode(f); err != nil {
		t.Fatal(err)
	}
	if want := Defaults(); !reflect.DeepEqual(shown, want) {
		t.Errorf("the example shows\n%+v\nthe defaults are\n%+v", shown, want)
	}
}

func TestExampleExplainsEveryKey(t *testing.T) {
	raw, err := os.ReadFile(example)
	if err != nil {
		t.Fatal(err)
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	explains(t, doc.Content[0], reflect.TypeFor[Config](), "")
}

// explains checks that node has a commented key for each field of typ.
func explains(t *testing.T, node *yaml.Node, typ reflect.Type, path string) {
	t.Helper()
	for f := range typ.Fields() {
		name := f.Tag.Get("yaml")
		key, value := child(node, name)
		if key == nil {
			t.Errorf("%s%s is not in the example", path, name)
			continue
		}
		if key.HeadComment == "" {
			t.Errorf("%s%s is not explained", path, name)
		}
		if f.Type.Kind() == reflect.Struct {
			explains(t, value, f.Type, path+name+".")
		}
	}
}

func child(node *yaml.Node, name string) (key, value *yaml.Node) {
	for i := 0; i+1 < len(node.Content); i += 2 {
		if node.Content[i].Value == name {
			return node.Content[i], node.Content[i+1]
		}
	}
	return nil, nil
}

// Each key has the variable the example promises: its path in capitals.
func TestVariablesAreNamedAsTheKeys(t *testing.T) {
	var walk func(typ reflect.Type, yamlPath, envPath string)
	walk = func(typ reflect.Type, yamlPath, envPath string) {
		for f := range typ.Fields() {
			y := yamlPath + f.Tag.Get("yaml")
			if f.Type.Kind() == reflect.Struct {
				walk(f.Type, y+"_", envPath+f.Tag.Get("envPrefix"))
				continue
			}
			if got, want := envPath+f.Tag.Get("env"), strings.ToUpper(y); got != want {
				t.Errorf("the variable of %s is %s, want %s", y, got, want)
			}
		}
	}
	walk(reflect.TypeFor[Config](), "", "")
}

func TestDefaultsAreValid(t *testing.T) {
	if err := Defaults().Validate(); err != nil {
		t.Error(err)
	}
}

func TestVariablesWinOverTheFile(t *testing.T) {
	path := write(t, "addr: 127.0.0.1:1\ntracking: {opens: false}\nsmtp: {host: file, port: 25}\n")
	t.Setenv("KEEPSAKE_ADDR", "127.0.0.1:2")
	t.Setenv("KEEPSAKE_SMTP_HOST", "variable")
	t.Setenv("KEEPSAKE_ALLOW_FETCH", "a.test,b.test:81")
	c, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	want := Defaults()
	want.Addr, want.Tracking.Opens = "127.0.0.1:2", false
	want.SMTP.Host, want.SMTP.Port = "variable", 25
	want.AllowFetch = []string{"a.test", "b.test:81"}
	if !reflect.DeepEqual(c, want) {
		t.Errorf("got\n%+v\nwant\n%+v", c, want)
	}
}

func TestLimitsComeFromTheFileOrAVariable(t *testing.T) {
	want := []sending.Rule{{Scope: sending.ScopeDomain, Name: "shop.test", Rates: sending.Rates{PerMinute: 60, PerHour: 1000}, Fixed: true},
		{Scope: sending.ScopeSender, Name: "hello@tea.test", Rates: sending.Rates{PerSecond: 0.5}, Fixed: true},
		{Scope: sending.ScopeAll, Rates: sending.Rates{PerDay: 5000}, Fixed: true}}
	path := write(t, "limits:\n  - {domain: Shop.test, per_minute: 60, per_hour: 1000}\n  - {sender: hello@tea.test, per_second: 0.5}\n  - per_day: 5000\n")
	c, err := Load(path)
	if err != nil || c.Validate() != nil || !reflect.DeepEqual(c.Rules(), want) {
		t.Errorf("of the file: %+v, %v, %v", c.Rules(), err, c.Validate())
	}
	t.Setenv("KEEPSAKE_LIMITS", "domain=shop.test per_minute=60 per_hour=1000,sender=hello@tea.test per_second=0.5,per_day=5000")
	if c, err = Load(write(t, "")); err != nil || !reflect.DeepEqual(c.Rules(), want) {
		t.Errorf("of the variable: %+v, %v", c.Rules(), err)
	}
	t.Setenv("KEEPSAKE_LIMITS", "per_week=1")
	if _, err := Load(write(t, "")); err == nil {
		t.Error("a limit nobody knows is taken")
	}
	if _, err := Load(write(t, "limits: [{domain: a.test, per_week: 1}]")); err == nil || !strings.Contains(err.Error(), "per_week") {
		t.Errorf("of the file: %v", err)
	}
}

func TestMistypedKeyIsNamedWithItsLine(t *testing.T) {
	_, err := Load(write(t, "addr: 127.0.0.1:1\nadress: x\n"))
	if err == nil || !strings.Contains(err.Error(), "line 2") || !strings.Contains(err.Error(), "adress") {
		t.Errorf("got %v", err)
	}
}

func TestLoadWithoutAFile(t *testing.T) {
	t.Chdir(t.TempDir())
	if c, err := Load(""); err != nil || !reflect.DeepEqual(c, Defaults()) {
		t.Errorf("got %+v, %v", c, err)
	}
	if _, err := Load("named.yaml"); err == nil {
		t.Error("a file that was asked for and is not there is no error")
	}
	if c, err := Load(write(t, "")); err != nil || !reflect.DeepEqual(c, Defaults()) {
		t.Errorf("an empty file: got %+v, %v", c, err)
	}
}

func TestValidateNamesTheKey(t *testing.T) {
	cases := map[string]func(*Config){
		"addr":                     func(c *Config) { c.Addr = "8080" },
		"base_url":                 func(c *Config) { c.BaseURL = "mail.example.org" },
		"data":                     func(c *Config) { c.Data = "" },
		"database":                 func(c *Config) { c.Database = "mysql://u:hush@h/d" },
		"secret":                   func(c *Config) { c.Secret = "short" },
		"sender.email":             func(c *Config) { c.Sender.Email = "Shop <shop@example.org>" },
		"sender.reply_to":          func(c *Config) { c.Sender.ReplyTo = "nobody" },
		"log.level":                func(c *Config) { c.Log.Level = "loud" },
		"log.format":               func(c *Config) { c.Log.Format = "xml" },
		"smtp.port":                func(c *Config) { c.SMTP.Port = 0 },
		"smtp.tls":                 func(c *Config) { c.SMTP.TLS = "yes" },
		"smtp.connections":         func(c *Config) { c.SMTP.Connections = 0 },
		"smtp.per_connection":      func(c *Config) { c.SMTP.PerConnection = -1 },
		"smtp.timeout_seconds":     func(c *Config) { c.SMTP.TimeoutSeconds = 0 },
		"smtp.rate_per_second":     func(c *Config) { c.SMTP.RatePerSecond = -1 },
		"smtp.weight":              func(c *Config) { c.SMTP.Weight = 0 },
		"smtp.priority":            func(c *Config) { c.SMTP.Priority = 0 },
		"retry_hours":              func(c *Config) { c.RetryHours = 0 },
		"bounces.soft_count":       func(c *Config) { c.Bounces.SoftCount = 0 },
		"bounces.soft_days":        func(c *Config) { c.Bounces.SoftDays = -1 },
		"bounces.listen":           func(c *Config) { c.Bounces.Listen = "127.0.0.1:2525" }, // no bounce_domain
		"bounces.mailbox.host":     func(c *Config) { c.Bounces.Mailbox.Protocol = "imap" },
		"bounces.mailbox.protocol": func(c *Config) { c.Bounces.Mailbox.Protocol, c.Bounces.Mailbox.Host = "exchange", "x" },
		"bounces.mailbox.tls": func(c *Config) {
			c.Bounces.Mailbox = Mailbox{Protocol: "imap", Host: "x", TLS: "ssl", Folder: "INBOX", PollSeconds: 60, Done: "keep"}
		},
		"bounces.mailbox.done": func(c *Config) {
			c.Bounces.Mailbox = Mailbox{Protocol: "pop3", Host: "x", TLS: "tls", Folder: "INBOX", PollSeconds: 60, Done: "move:Done"}
		},
		"limits[0]": func(c *Config) { c.Limits = []Limit{{Domain: "nodot", Rates: sending.Rates{PerDay: 1}}} },
		"limits[1]": func(c *Config) {
			c.Limits = []Limit{{Rates: sending.Rates{PerDay: 1}}, {Domain: "a.test", Sender: "x@b.test", Rates: sending.Rates{PerDay: 1}}}
		},
		"limits[2]": func(c *Config) {
			c.Limits = []Limit{{Domain: "a.test", Rates: sending.Rates{PerDay: 1}}, {Rates: sending.Rates{PerDay: 1}}, {Domain: "A.test", Rates: sending.Rates{PerDay: 2}}}
		},
	}
	for name, spoil := range cases {
		c := Defaults()
		spoil(&c)
		err := c.Validate()
		if err == nil || !strings.HasPrefix(err.Error(), name+": ") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %v", name, err)
		}
		if err != nil && strings.Contains(err.Error(), "hush") {
			t.Errorf("%s: the error shows a password: %v", name, err)
		}
	}
}

func TestUnsubscribeMailIsOnlyPromisedWhereItIsTaken(t *testing.T) {
	for want, c := range map[string]Config{
		"":                       {BounceDomain: "b.shop.example"},
		"unsub@b.shop.example":   {BounceDomain: "b.shop.example", Bounces: Bounces{Pipe: true}},
		"unsub@l.shop.example":   {BounceDomain: "l.shop.example", Bounces: Bounces{Listen: "unix:/run/x"}},
		"unsub@box.shop.example": {BounceDomain: "box.shop.example", Bounces: Bounces{Mailbox: Mailbox{Protocol: "imap"}}},
	} {
		if got := c.UnsubscribeMail(); got != want {
			t.Errorf("%+v: %q, want %q", c.Bounces, got, want)
		}
	}
	if got := (Config{Bounces: Bounces{Pipe: true}}).UnsubscribeMail(); got != "" {
		t.Errorf("without a domain: %q", got)
	}
}

func TestBase(t *testing.T) {
	c := Defaults()
	if got := c.Base(); got != "http://127.0.0.1:8080" {
		t.Errorf("got %s", got)
	}
	c.BaseURL = "https://mail.example.org/"
	if got := c.Base(); got != "https://mail.example.org" {
		t.Errorf("got %s", got)
	}
}

func TestSecretIsMadeOnceAndKept(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "data")
	keys := make([][]byte, 8)
	var wg sync.WaitGroup
	for i := range keys {
		wg.Go(func() {
			key, err := LoadSecret(dir)
			if err != nil {
				t.Error(err)
			}
			keys[i] = key
		})
	}
	wg.Wait()
	for _, k := range keys {
		if len(k) < minSecret || !bytes.Equal(k, keys[0]) {
			t.Errorf("starts at once disagree: %d and %d bytes", len(k), len(keys[0]))
		}
	}
	info, err := os.Stat(filepath.Join(dir, SecretFile))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("got %v, %v; want 0600", info.Mode(), err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
}

func TestEmptySecretFileIsNotReplaced(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, SecretFile), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadSecret(dir); err == nil {
		t.Error("an emptied secret is taken as if it were one")
	}
}

func TestKeyPrefersTheSetSecret(t *testing.T) {
	c := Defaults()
	c.Data = t.TempDir()
	c.Secret = strings.Repeat("k", minSecret)
	if got, err := c.Key(); err != nil || string(got) != c.Secret {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := os.Stat(filepath.Join(c.Data, SecretFile)); err == nil {
		t.Error("a secret was written though one is set")
	}
}

func TestLoggerObeysLevelAndFormat(t *testing.T) {
	var b bytes.Buffer
	l := Log{Level: "warn", Format: "json"}.Logger(&b)
	l.Info("quiet")
	l.Warn("loud", "delivery", 7)
	if got := b.String(); strings.Contains(got, "quiet") || !strings.Contains(got, `"delivery":7`) {
		t.Errorf("got %s", got)
	}
}

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestAnUnknownKeyIsNamedAsTheFileWritesIt(t *testing.T) {
	for text, want := range map[string]string{"smtp:\n  hots: a\n": "unknown key smtp.hots in line 2", "adr: a\n": "unknown key adr in line 1",
		"bounces:\n  mailbox:\n    hots: a\n": "unknown key bounces.mailbox.hots in line 3"} {
		c := Defaults()
		if err := c.decode(strings.NewReader(text)); err == nil || err.Error() != want {
			t.Errorf("%q: %v; want %s", text, err, want)
		}
	}
}
