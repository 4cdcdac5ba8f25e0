package depot

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"

	"keepsake/campaigns"
	"keepsake/campaigns/fault"
)

// toServer writes beside the file's place and moves it there when it is whole.
func (d Depot) toServer(ctx context.Context, to campaigns.Destination, secret, name string, f io.Reader) error {
	files, done, err := d.server(ctx, to, secret)
	if err != nil {
		return err
	}
	defer done()
	return send(ctx, files, to, path.Join(to.Folder, name), f)
}

// server is a connection to an SFTP server, which ends with ctx and with done.
func (d Depot) server(ctx context.Context, to campaigns.Destination, secret string) (files *sftp.Client, done func(), err error) {
	client, err := d.connect(ctx, to, secret)
	if err != nil {
		return nil, nil, err
	}
	stop := context.AfterFunc(ctx, func() { client.Close() })
	files, err = sftp.NewClient(client, sftp.UseConcurrentWrites(true))
	if err != nil {
		stop()
		client.Close()
		return nil, nil, fault.New(fault.Away, "%s does not offer SFTP.", to.Host)
	}
	return files, func() { files.Close(); stop(); client.Close() }, nil
}

func send(ctx context.Context, files *sftp.Client, to campaigns.Destination, place string, f io.Reader) error {
	if err := upload(files, place, f); err != nil {
		_ = files.Remove(place + ".part") // if it can: a next run writes over it
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return fault.New(fault.Away, "%s does not take the file %s: %v", to.Host, place, err)
	}
	return nil
}

func upload(files *sftp.Client, place string, f io.Reader) error {
	if dir := path.Dir(place); dir != "." && dir != "/" {
		if err := files.MkdirAll(dir); err != nil {
			return err
		}
	}
	out, err := files.OpenFile(place+".part", os.O_CREATE|os.O_TRUNC|os.O_WRONLY)
	if err != nil {
		return err
	}
	_, err = out.ReadFrom(f)
	if err = errors.Join(err, out.Close()); err != nil {
		return err
	}
	if err = files.PosixRename(place+".part", place); err == nil {
		return nil
	}
	_ = files.Remove(place) // servers without that extension do not write over a file
	return files.Rename(place+".part", place)
}

// connect signs in to a server that shows the pinned key, and to no other.
func (d Depot) connect(ctx context.Context, to campaigns.Destination, secret string) (*ssh.Client, error) {
	pinned, err := hostKey(to.HostKey)
	if err != nil {
		return nil, err
	}
	auth, err := signIn(secret)
	if err != nil {
		return nil, err
	}
	address := to.Host
	if _, _, err := net.SplitHostPort(address); err != nil {
		address = net.JoinHostPort(strings.Trim(address, "[]"), "22")
	}
	c, err := d.dial(ctx, address)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { c.Close() }) // a server may be silent from the start
	defer stop()
	var shown ssh.PublicKey
	conn, channels, requests, err := ssh.NewClientConn(c, address, &ssh.ClientConfig{User: to.Username, Auth: auth, Timeout: 20 * time.Second, HostKeyAlgorithms: algorithms(pinned),
		HostKeyCallback: func(_ string, _ net.Addr, key ssh.PublicKey) error {
			if shown = key; !bytes.Equal(key.Marshal(), pinned.Marshal()) {
				return errOtherKey
			}
			return nil
		}})
	if err != nil {
		c.Close()
		return nil, saidByServer(err, to, shown)
	}
	return ssh.NewClient(conn, channels, requests), nil
}

var errOtherKey = errors.New("another host key")

func saidByServer(err error, to campaigns.Destination, shown ssh.PublicKey) error {
	switch {
	case errors.Is(err, errOtherKey) && shown != nil:
		return fault.New(fault.Away, "%s shows another host key (%s) than the one that was given. Ask whoever runs it before you change the key here.", to.Host, ssh.FingerprintSHA256(shown))
	case strings.Contains(err.Error(), "unable to authenticate"):
		return fault.New(fault.Away, "%s refuses the user name or the secret.", to.Host)
	case strings.Contains(err.Error(), "no common algorithm"):
		return fault.New(fault.Away, "%s has no host key of the kind that was given.", to.Host)
	}
	return fault.New(fault.Away, "%s does not answer. Try again in a moment.", to.Host)
}

// hostKey reads a key as known_hosts, ssh-keyscan or a .pub file writes it.
func hostKey(text string) (ssh.PublicKey, error) {
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if key, _, _, _, err := ssh.ParseAuthorizedKey([]byte(line)); err == nil && slices.Contains(kinds, key.Type()) {
			return key, nil
		}
		if _, _, key, _, _, err := ssh.ParseKnownHosts([]byte(line)); err == nil && slices.Contains(kinds, key.Type()) {
			return key, nil
		}
	}
	return nil, fault.Field("host_key", "This is no host key. Run “ssh-keyscan -t ed25519 HOST” and give the line it prints.")
}

// kinds are the host keys that can be pinned; DSA is broken.
var kinds = []string{ssh.KeyAlgoED25519, ssh.KeyAlgoECDSA256, ssh.KeyAlgoECDSA384, ssh.KeyAlgoECDSA521, ssh.KeyAlgoRSA}

// algorithms asks the server for the pinned key, or it might show another one it has.
func algorithms(key ssh.PublicKey) []string {
	if key.Type() == ssh.KeyAlgoRSA {
		return []string{ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256} // never with SHA-1
	}
	return []string{key.Type()}
}

// signIn is by a private key where the secret is one, else by password.
func signIn(secret string) ([]ssh.AuthMethod, error) {
	if !strings.Contains(secret, "PRIVATE KEY-----") {
		ask := func(_, _ string, questions []string, _ []bool) ([]string, error) {
			return slices.Repeat([]string{secret}, len(questions)), nil
		}
		return []ssh.AuthMethod{ssh.Password(secret), ssh.KeyboardInteractive(ask)}, nil
	}
	key, err := ssh.ParsePrivateKey([]byte(strings.TrimSpace(secret) + "\n"))
	if err != nil {
		return nil, fault.Field("secret", "The private key cannot be read. It must be whole, from its BEGIN to its END, and without a passphrase.")
	}
	return []ssh.AuthMethod{ssh.PublicKeys(key)}, nil
}
