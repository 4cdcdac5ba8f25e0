package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"keepsake/campaigns/fault"
	"keepsake/internal/config"
	"keepsake/internal/store"
)

func confirmCommand() *cobra.Command {
	var f flags
	cmd := &cobra.Command{Use: "confirm", Short: "Say that this database is the live one, so that it sends again", Args: cobra.NoArgs,
		Long: "A database that was copied or restored does not send until somebody says that it is the live one and the other is stopped.\nA running Keepsake sees it within seconds.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withInstance(cmd.Context(), f, func(ctx context.Context, i *store.Instance) error { return confirm(ctx, i, cmd.OutOrStdout()) })
		}}
	f.register(cmd)
	return cmd
}

func confirm(ctx context.Context, i *store.Instance, out io.Writer) error {
	if i.Held() == "" {
		_, err := fmt.Fprintln(out, "Nothing is held: this database may send already.")
		return err
	}
	if err := i.Confirm(ctx, "keepsake confirm"); err != nil {
		return err
	}
	_, err := fmt.Fprintln(out, "Confirmed: sending goes on.")
	return err
}

func holdCommand() *cobra.Command {
	var f flags
	cmd := &cobra.Command{Use: "hold", Short: "Stop all sending until somebody confirms", Args: cobra.NoArgs,
		Long: "No campaign sends or plans anything until keepsake confirm, or an owner in Settings. Use it on a copy that\nnothing can tell from the live one, such as a clone of a whole virtual machine, before it is started.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withInstance(cmd.Context(), f, func(ctx context.Context, i *store.Instance) error {
				if err := i.Hold(ctx); err != nil {
					return err
				}
				_, err := fmt.Fprintln(cmd.OutOrStdout(), "Held: nothing is sent until you confirm.")
				return err
			})
		}}
	f.register(cmd)
	return cmd
}

// withInstance binds the configured database for one piece of work beside a running Keepsake.
func withInstance(ctx context.Context, f flags, do func(context.Context, *store.Instance) error) error {
	c, err := f.load()
	if err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(c.Data, config.SecretFile)); err != nil && c.Secret == "" { // a new one would be the wrong one
		return fault.New(fault.NotFound, "There is no secret in %s. Run this where Keepsake runs, or name its folder with --data.", c.Data)
	}
	key, err := c.Key()
	if err != nil {
		return err
	}
	return withStore(ctx, f, func(ctx context.Context, st *store.Store) error {
		i, err := st.Bind(ctx, store.Home{Dir: c.Data, Secret: key})
		if err != nil {
			return err
		}
		return do(ctx, i)
	})
}
