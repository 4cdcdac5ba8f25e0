package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"keepsake/campaigns/fault"
	"keepsake/internal/config"
	"keepsake/internal/store"
)

func moveCommand() *cobra.Command {
	var f flags
	var to string
	var giveUp bool
	cmd := &cobra.Command{Use: "move --to postgres://…", Short: "Move a SQLite installation into an empty PostgreSQL database", Args: cobra.NoArgs,
		Long: "Stop Keepsake first. Everything is copied with its numbers; the counts are compared at the end. When it is killed or the\nconnection breaks, run it again: it goes on where it was. Then set database in config.yaml and start. The SQLite file stays as\nit is and sends no more.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := f.load()
			if err != nil {
				return err
			}
			if giveUp {
				return giveUpMove(cmd.Context(), c, cmd.OutOrStdout())
			}
			return move(cmd.Context(), c, to, cmd.OutOrStdout())
		}}
	f.register(cmd)
	cmd.Flags().StringVar(&to, "to", "", "the address of the PostgreSQL database")
	cmd.Flags().BoolVar(&giveUp, "give-up", false, "let the SQLite installation go on after a move that was begun")
	return cmd
}

// source is where a move comes from, whatever database is configured by now.
func source(c config.Config) (path string, h store.Home, err error) {
	key, err := keptKey(c, false)
	return filepath.Join(c.Data, "keepsake.db"), store.Home{Dir: c.Data, Secret: key}, err
}

func giveUpMove(ctx context.Context, c config.Config, out io.Writer) error {
	path, h, err := source(c)
	if err != nil {
		return err
	}
	if err := store.GiveUpMove(ctx, path, h); err != nil {
		return err
	}
	_, err = fmt.Fprintln(out, "The SQLite installation may be started again. Drop the PostgreSQL database before another try.")
	return err
}

func move(ctx context.Context, c config.Config, to string, out io.Writer) error {
	if to == "" {
		to = c.Database
	}
	if !strings.HasPrefix(to, "postgres") {
		return fault.New(fault.Invalid, "Say where to: --to postgres://user:password@host/database")
	}
	path, h, err := source(c)
	if err != nil {
		return err
	}
	start := time.Now()
	tables, err := store.Move(ctx, store.MoveOptions{From: path, To: to, Home: h, Step: func(t store.MovedTable) error {
		if t.Rows < t.Of {
			fmt.Fprintf(out, "%s: %d of %d\n", t.Name, t.Rows, t.Of)
		}
		return nil
	}})
	if err != nil {
		return err
	}
	var rows, repaired int64
	for _, t := range tables {
		fmt.Fprintf(out, "%-20s %12d\n", t.Name, t.Rows)
		rows, repaired = rows+t.Rows, repaired+t.Repaired
	}
	fmt.Fprintf(out, "%d rows of %d tables are in PostgreSQL, counted on both sides, in %s.\n", rows, len(tables), time.Since(start).Round(time.Second/10))
	if repaired > 0 {
		fmt.Fprintf(out, "%d texts held bytes that PostgreSQL does not take; they were replaced.\n", repaired)
	}
	_, err = fmt.Fprintln(out, "Now set database in config.yaml and start. The SQLite file sends no more; keep it as a backup.")
	return err
}
