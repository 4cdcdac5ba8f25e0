package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime/debug"
	"time"

	"github.com/spf13/cobra"

	"keepsake/campaigns/fault"
	"keepsake/internal/config"
	"keepsake/internal/store"
)

func serveCommand() *cobra.Command {
	var f flags
	cmd := &cobra.Command{Use: "serve", Short: "Serve the pages and send what is due", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return serve(cmd.Context(), f, cmd.OutOrStdout()) }}
	f.register(cmd)
	cmd.Flags().StringSliceVar(&f.roles, "role", nil, "what this process does, of web, send and cron (default all)")
	return cmd
}

func serve(ctx context.Context, f flags, out io.Writer) error {
	c, err := f.load()
	if err != nil {
		return err
	}
	if err := reachable(c); err != nil {
		return err
	}
	slog.SetDefault(c.Log.Logger(cmdErr))
	p, err := open(ctx, c, time.Now)
	if err != nil {
		return err
	}
	frugal()                                          // what a start leaves behind is not worth four times its size
	if err := p.welcome(ctx, out); ctx.Err() != nil { // asked to stop before it began: that is no failure
		return p.close()
	} else if err != nil {
		return errors.Join(err, p.close())
	}
	slog.Info("serving", "addr", p.config.Addr, "roles", p.config.Roles, "process", p.site.Dispatch.Owner(), "version", version())
	return p.run(ctx)
}

// reachable wants base_url of a process that sends but serves no pages: its own address,
// which links begin with otherwise, has none of them.
func reachable(c config.Config) error {
	if c.BaseURL == "" && c.Has(config.Send) && !c.Has(config.Web) {
		return fault.New(fault.Invalid, "Set base_url: this process sends but serves no pages, so every link in its letters would be dead. Use the same base_url for all processes.")
	}
	return nil
}

// frugal lets garbage grow to four times what lives, which is little, but not beyond
// 100 MB: a sender makes much and keeps nothing. GOGC and GOMEMLIMIT say otherwise.
func frugal() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(84 << 20)
	}
}

// welcomeTime is how long the first owner's link is good for; a new start prints a new one.
const welcomeTime = 24 * time.Hour

// welcome prints the address, and while there is no user the one-time link that makes the owner.
func (p *program) welcome(ctx context.Context, out io.Writer) error {
	users, err := p.store.Users(ctx)
	if err != nil {
		return err
	}
	if !p.config.Has(config.Web) {
		_, err := fmt.Fprintf(out, "Keepsake works without pages; http://%s/readyz says how it is\n", p.config.Addr)
		return err
	}
	fmt.Fprintf(out, "Keepsake is at %s\n", p.config.Base())
	if len(users) > 0 {
		return nil
	}
	token, err := p.store.CreateTicket(ctx, store.Welcome, 0, welcomeTime)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "Nobody can sign in yet. Open this link once, within a day, to become the owner:\n%s/welcome/%s\n", p.config.Base(), token)
	return nil
}

func migrateCommand() *cobra.Command {
	var f flags
	cmd := &cobra.Command{Use: "migrate", Short: "Bring the database to this version and stop", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withStore(cmd.Context(), f, func(ctx context.Context, st *store.Store) error {
				_, err := fmt.Fprintln(cmd.OutOrStdout(), "The database is up to date.")
				return err
			})
		}}
	f.register(cmd)
	return cmd
}

// withStore opens the configured database, which migrates it, for one piece of work.
func withStore(ctx context.Context, f flags, do func(context.Context, *store.Store) error) error {
	c, err := f.load()
	if err != nil {
		return err
	}
	st, err := store.Open(ctx, store.Options{DSN: dsn(c), Beside: true, Soft: softRule(c), Guard: c.Guard.Rule()})
	if err != nil {
		return err
	}
	defer st.Close()
	return do(ctx, st)
}
