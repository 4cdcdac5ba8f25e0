package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"keepsake/internal/store"
)

func fixtureCommand() *cobra.Command {
	var f flags
	x := store.Fixture{People: 1_000_000, Orders: 3_000_000, Events: 20_000_000, Seed: 1}
	cmd := &cobra.Command{Use: "fixture", Short: "Fill an empty database with invented people, orders and events, to try Keepsake at its size", Args: cobra.NoArgs,
		Long: "Everybody is invented, has an address at example.com and is marked as a sample. Stop Keepsake first; a database that holds anything is\nrefused. The same seed makes the same books. It takes about 8 GB for a million people with 20 million events; were it killed, delete\nthe database and begin anew.",
		RunE: func(cmd *cobra.Command, _ []string) error { return fill(cmd.Context(), f, x, cmd.ErrOrStderr()) }}
	f.register(cmd)
	cmd.Flags().Int64Var(&x.People, "people", x.People, "how many people")
	cmd.Flags().Int64Var(&x.Orders, "orders", x.Orders, "how many orders")
	cmd.Flags().Int64Var(&x.Events, "events", x.Events, "how many opens and clicks, at least")
	cmd.Flags().Int64Var(&x.Seed, "seed", x.Seed, "another number makes other people")
	return cmd
}

// fill tells on out how far it is, each second.
func fill(ctx context.Context, f flags, x store.Fixture, out io.Writer) error {
	c, err := f.load()
	if err != nil {
		return err
	}
	st, err := store.Open(ctx, store.Options{DSN: dsn(c)}) // not beside a Keepsake that serves
	if err != nil {
		return err
	}
	defer st.Close()
	began, told := time.Now(), time.Time{}
	x.Say = func(step string, done, of int64) {
		if now := time.Now(); done == of || now.Sub(told) > time.Second {
			told = now
			fmt.Fprintf(out, "%4.0f s  %s: %d of %d\n", now.Sub(began).Seconds(), step, done, of)
		}
	}
	return st.Fill(ctx, x)
}
