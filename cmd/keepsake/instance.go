package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"keepsake/campaigns/fault"
	"keepsake/internal/config"
	"keepsake/internal/store"
)

func confirmCommand() *cobra.Command {
	var f flags
	var newSecret bool
	cmd := &cobra.Command{Use: "confirm", Short: "Say that this database is the live one, so that it sends again", Args: cobra.NoArgs,
		Long: "A database that was copied or restored does not send until somebody says that it is the live one and the other is stopped.\nA running Keepsake sees it within seconds. Where the secret is another one as well, links in letters already sent\nstop working: bring the old secret.key back, or say --new-secret.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withInstance(cmd.Context(), f, newSecret, func(ctx context.Context, i *store.Instance) error {
				return confirm(ctx, i, newSecret, cmd.OutOrStdout())
			})
		}}
	f.register(cmd)
	cmd.Flags().BoolVar(&newSecret, "new-secret", false, "also take the secret of this folder for the new one")
	return cmd
}

func confirm(ctx context.Context, i *store.Instance, newSecret bool, out io.Writer) error {
	if i.Held() == "" {
		_, err := fmt.Fprintln(out, "Nothing is held: this database may send already.")
		return err
	}
	for _, why := range i.Reasons() {
		if _, err := fmt.Fprintln(out, why); err != nil {
			return err
		}
	}
	say, by := i.Confirm, "keepsake confirm"
	if newSecret {
		say = i.ConfirmSecret
	}
	alien := i.NewSecret()
	if err := say(ctx, by); err != nil {
		return err
	}
	done := "Confirmed: sending goes on."
	if alien {
		done = "Confirmed with the new secret. Start a running Keepsake anew, so that it uses it; then sending goes on."
	}
	_, err := fmt.Fprintln(out, done)
	return err
}

func holdCommand() *cobra.Command {
	var f flags
	cmd := &cobra.Command{Use: "hold", Short: "Stop all sending until somebody confirms", Args: cobra.NoArgs,
		Long: "No campaign sends or plans anything until keepsake confirm, or an owner in Settings. Use it on a copy that\nnothing can tell from the live one, such as a clone of a whole virtual machine, before it is started.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withInstance(cmd.Context(), f, false, func(ctx context.Context, i *store.Instance) error {
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

// keptKey is the secret; a new one would be the wrong one, unless somebody asked for it.
func keptKey(c config.Config, fresh bool) ([]byte, error) {
	if !fresh && !c.HasKey() {
		return nil, fault.New(fault.NotFound, "There is no secret in %s. Run this where Keepsake runs, or name its folder with --data.", c.Data)
	}
	return c.Key()
}

// withInstance binds the configured database for one piece of work beside a running Keepsake;
// fresh makes a secret where there is none.
func withInstance(ctx context.Context, f flags, fresh bool, do func(context.Context, *store.Instance) error) error {
	c, err := f.load()
	if err != nil {
		return err
	}
	if _, err := os.Stat(dsn(c)); c.Database == "" && err != nil {
		fresh = false // nothing to confirm: the folder is wrong
	}
	key, err := keptKey(c, fresh)
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
