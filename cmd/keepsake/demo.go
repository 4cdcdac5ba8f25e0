package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"keepsake/campaigns/fault"
	"keepsake/internal/config"
	"keepsake/internal/demo"
	"keepsake/internal/inbound"
	"keepsake/internal/link"
	"keepsake/internal/store"
	"keepsake/templates"
)

func demoCommand() *cobra.Command {
	var f flags
	cmd := &cobra.Command{Use: "demo", Short: "Run a sample shop with a built-in mailbox; nothing leaves this machine", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runDemo(cmd.Context(), f, cmd.OutOrStdout()) }}
	f.registerFolder(cmd)
	return cmd
}

func runDemo(ctx context.Context, f flags, out io.Writer) error {
	dir := f.data
	if dir == "" {
		var err error
		if dir, err = os.MkdirTemp("", "keepsake-demo-"); err != nil {
			return err
		}
		defer os.RemoveAll(dir)
	}
	c, err := demoConfig(f, dir)
	if err != nil {
		return err
	}
	slog.SetDefault(c.Log.Logger(cmdErr))
	return serveDemo(ctx, c, out)
}

// demoConfig is that of a demo whose data is in dir. Saved exports may be tried in a folder there.
func demoConfig(f flags, dir string) (config.Config, error) {
	c := config.Defaults()
	c.Log.Level = "warn"
	c.Data = dir
	c, err := f.over(c)
	if err != nil {
		return c, err
	}
	if f.addr == "" && taken(c.Addr) {
		c.Addr = "127.0.0.1:0"
	}
	c.Exports.Folder = filepath.Join(c.Data, "saved-exports")
	return c, os.MkdirAll(c.Exports.Folder, 0o750)
}

// taken reports whether something already listens at the default address.
func taken(addr string) bool {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return true
	}
	l.Close()
	return false
}

func serveDemo(ctx context.Context, c config.Config, out io.Writer) error {
	clock := &demo.Clock{}
	box := &mailbox{}
	receiver, err := inbound.Listen("127.0.0.1:0", box.keep, inbound.Limits{})
	if err != nil {
		return err
	}
	defer receiver.Close()
	host, port, err := net.SplitHostPort(receiver.Addr())
	if err != nil {
		return err
	}
	c.SMTP.Host, c.SMTP.TLS, c.SMTP.HELO = host, config.NoTLS, "localhost"
	if _, err := fmt.Sscan(port, &c.SMTP.Port); err != nil {
		return err
	}
	p, err := open(ctx, c, clock.Now)
	if err != nil {
		return err
	}
	box.store, box.links, p.site.Mailbox = p.store, p.site.Links, true
	p.site.Dispatch.KeepHere()
	if err := p.sample(ctx, clock, out); err != nil {
		return errors.Join(err, p.close())
	}
	if err := p.inviteDemo(ctx, out); err != nil {
		return errors.Join(err, p.close())
	}
	return p.run(ctx)
}

// sample builds the sample shop, once for each folder. It touches no other database.
func (p *program) sample(ctx context.Context, clock *demo.Clock, out io.Writer) error {
	built, err := p.store.Setting(ctx, "demo")
	if err != nil || built != "" {
		return err
	}
	users, err := p.store.Users(ctx)
	if err != nil {
		return err
	}
	n, err := p.store.CountSubscribers(ctx, store.SubscriberQuery{})
	if err != nil {
		return err
	}
	if n > 0 || len(users) > 0 {
		return fault.New(fault.Conflict, "%s holds a Keepsake that is no demo. Choose another folder with --data.", filepath.Clean(p.config.Data))
	}
	b := demo.Builder{Store: p.store, Dispatch: p.site.Dispatch, Clock: clock, Files: templates.FS,
		Say: func(format string, args ...any) { fmt.Fprintf(out, format+"\n", args...) }}
	return b.Build(ctx)
}

const demoUser = "demo@shop.example"

// inviteDemo prints the address and a one-time sign-in link.
func (p *program) inviteDemo(ctx context.Context, out io.Writer) error {
	u, err := p.store.UserByEmail(ctx, demoUser)
	if fault.Is(err, fault.NotFound) {
		u = store.User{Email: demoUser, Name: "Sample marketer", Role: store.Owner, Lang: "en", Zone: "Europe/Sofia"}
		err = p.store.CreateUser(ctx, &u)
	}
	if err != nil {
		return err
	}
	token, err := p.store.CreateTicket(ctx, store.SignInLink, u.ID, 24*time.Hour)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "\nKeepsake is at %s with a sample shop; its people and orders are invented.\nLetters go to the built-in mailbox and nowhere else.\n\nSign in, once, with this link:\n%s/sign-in/%s\n", p.config.Base(), p.config.Base(), token)
	return nil
}

// mailbox keeps what the built-in receiver takes.
type mailbox struct {
	store *store.Store
	links *link.Signer
}

func (m *mailbox) keep(ctx context.Context, from string, to []string, data []byte) error {
	mail, err := inbound.Parse(data)
	if err != nil {
		return err
	}
	for _, rcpt := range to {
		if test, err := m.links.TestOf(rcpt); err == nil {
			return m.store.TakeSelfTest(ctx, test, data)
		}
		l := store.BoxLetter{Sender: from, Recipient: strings.ToLower(rcpt), Subject: mail.Header("Subject"), Data: data}
		if err := m.store.KeepLetter(ctx, l); err != nil {
			return err
		}
	}
	return nil
}
