package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"keepsake/internal/show/stage"
)

// house is a mail house of our own: Postfix and Dovecot on private ports, with private folders, beside whatever else
// runs here. It must be started by root, for both change their users.
type house struct {
	w                *stage.Workshop
	dir              string
	smtp             string // where Postfix listens
	imap, pop3, port int    // Dovecot's, with TLS; Postfix's
	running          bool
}

func openHouse(ctx context.Context, w *stage.Workshop) (*house, error) {
	if os.Geteuid() != 0 {
		return nil, errors.New("only root can start Postfix and Dovecot")
	}
	for _, name := range []string{"postfix", "dovecot"} {
		if _, err := exec.LookPath(name); err != nil {
			return nil, fmt.Errorf("%s is not installed", name)
		}
	}
	dir, err := w.Folder("house")
	if err != nil {
		return nil, err
	}
	h := &house{w: w, dir: dir}
	for _, port := range []*int{&h.imap, &h.pop3, &h.port} {
		if *port, err = freePort(); err != nil {
			return nil, err
		}
	}
	h.smtp = fmt.Sprintf("127.0.0.1:%d", h.port)
	w.After(h.stop)
	return h, h.start(ctx)
}

func (h *house) start(ctx context.Context) error {
	if err := errors.Join(os.Chmod(h.dir, 0o755), h.certificate(), h.dovecot(), h.postfix()); err != nil {
		return err
	}
	h.running = true
	if err := errors.Join(h.run(ctx, "dovecot", "-c", filepath.Join(h.dir, "dovecot.conf")), h.run(ctx, "postfix", "-c", filepath.Join(h.dir, "postfix"), "start")); err != nil {
		return fmt.Errorf("%w %s", err, h.said())
	}
	return stage.Until(ctx, 20*time.Second, "Postfix and Dovecot listen", func() (bool, error) {
		for _, port := range []int{h.port, h.imap, h.pop3} {
			c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
			if err != nil {
				return false, err
			}
			c.Close()
		}
		return true, nil
	})
}

// stop ends both; a second stop does nothing.
func (h *house) stop() error {
	if !h.running {
		return nil
	}
	h.running = false
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	return errors.Join(h.run(ctx, "postfix", "-c", filepath.Join(h.dir, "postfix"), "stop"), h.run(ctx, "doveadm", "-c", filepath.Join(h.dir, "dovecot.conf"), "stop"))
}

// run writes what a command says to a file: a pipe would stay open for as long as the servers it starts.
func (h *house) run(ctx context.Context, name string, args ...string) error {
	out, err := os.OpenFile(filepath.Join(h.dir, "commands.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer out.Close()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = h.dir, out, out
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// write puts a file into the house, with {dir} and the ports filled in.
func (h *house) write(name, text string) error {
	path := filepath.Join(h.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	fill := strings.NewReplacer("{dir}", h.dir, "{smtp}", fmt.Sprint(h.port), "{imap}", fmt.Sprint(h.imap), "{pop3}", fmt.Sprint(h.pop3),
		"{customers}", customers, "{bounces}", bounceHost)
	return os.WriteFile(path, []byte(fill.Replace(text)), 0o644)
}

const dovecotConf = `base_dir = {dir}/run
state_dir = {dir}/state
log_path = {dir}/dovecot.log
protocols = imap pop3 lmtp
listen = 127.0.0.1
ssl = required
ssl_cert = <{dir}/cert.pem
ssl_key = <{dir}/key.pem
mail_location = maildir:{dir}/mail/%u
mail_uid = mail
mail_gid = mail
first_valid_uid = 1
recipient_delimiter = +
service imap-login {
  inet_listener imap { 
    port = 0
  }
  inet_listener imaps {
    port = {imap}
    ssl = yes
  }
}
service pop3-login {
  inet_listener pop3 {
    port = 0
  }
  inet_listener pop3s {
    port = {pop3}
    ssl = yes
  }
}
service lmtp {
  unix_listener lmtp {
    mode = 0666
  }
}
passdb {
  driver = passwd-file
  args = scheme=plain username_format=%u {dir}/users
}
userdb {
  driver = passwd-file
  args = username_format=%u {dir}/users
}
mail_plugins = quota
plugin {
  quota = maildir:User quota
  quota_rule = *:storage=100M
  quota_grace = 0
}
namespace inbox {
  inbox = yes
}
`

// dovecot has a mailbox for everybody who exists; those of the full hold one kilobyte.
func (h *house) dovecot() error {
	users := []string{"bounce@" + bounceHost + ":secret::::::"}
	for _, one := range sort("here", existing) {
		users = append(users, one.Email+":secret::::::")
	}
	for _, one := range sort("full", full) {
		users = append(users, one.Email+":secret::::::userdb_quota_rule=*:bytes=1024")
	}
	mail := filepath.Join(h.dir, "mail")
	return errors.Join(h.write("dovecot.conf", dovecotConf), h.write("users", strings.Join(users, "\n")+"\n"),
		os.MkdirAll(mail, 0o777), os.Chmod(mail, 0o777), os.MkdirAll(filepath.Join(h.dir, "state"), 0o755))
}

// mainCF takes mail for customers it has no list of, as a relay does, so that it is Dovecot who refuses; and sends all
// mail of the bounce domain to one mailbox.
const mainCF = `compatibility_level = 3.6
queue_directory = {dir}/queue
data_directory = {dir}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = {dir}/postfix.log
maillog_file_prefixes = {dir}
myhostname = mx.example
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mydestination =
alias_maps =
alias_database =
local_recipient_maps =
relay_domains = {customers}, {bounces}
relay_transport = lmtp:unix:{dir}/run/lmtp
virtual_alias_maps = regexp:{dir}/postfix/aliases
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_recipient_restrictions =
smtp_tls_security_level = none
bounce_queue_lifetime = 1d
`

const masterCF = `127.0.0.1:{smtp} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
local unix - n n - - local
virtual unix - n n - - virtual
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
`

func (h *house) postfix() error {
	return errors.Join(h.write("postfix/main.cf", mainCF), h.write("postfix/master.cf", masterCF),
		h.write("postfix/aliases", `/^unsub\+(.*)@bounces\.shop\.test$/ bounce+$1@{bounces}`+"\n"),
		os.MkdirAll(filepath.Join(h.dir, "queue"), 0o755), own("postfix", filepath.Join(h.dir, "data")))
}

// own makes a folder of that user's.
func own(user, dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return exec.Command("chown", user, dir).Run()
}

// certificate makes one for this machine, believed by whom SSL_CERT_FILE names it to.
func (h *house) certificate() error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mail house"}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(24 * time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		return err
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	block := func(kind string, b []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: b}))
	}
	return errors.Join(h.write("cert.pem", block("CERTIFICATE", der)), h.write("key.pem", block("PRIVATE KEY", secret)))
}
