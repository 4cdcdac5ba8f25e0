package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"keepsake/internal/store"
)

// cmdErr is where logs go.
var cmdErr io.Writer = os.Stderr

func userCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "user", Short: "Look after who may sign in"}
	cmd.AddCommand(userAddCommand())
	return cmd
}

// inviteTime is how long a new user's sign-in link is good for.
const inviteTime = 7 * 24 * time.Hour

func userAddCommand() *cobra.Command {
	var f flags
	u := store.User{Role: store.Marketer, Lang: "en", Zone: "UTC"}
	cmd := &cobra.Command{Use: "add EMAIL", Short: "Add a user and print a one-time sign-in link", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			u.Email = args[0]
			return addUser(cmd.Context(), f, u, cmd.OutOrStdout())
		}}
	f.register(cmd)
	cmd.Flags().StringVar(&u.Name, "name", "", "the person's name")
	cmd.Flags().StringVar(&u.Role, "role", u.Role, "owner or marketer")
	cmd.Flags().StringVar(&u.Lang, "lang", u.Lang, "en, bg or ru")
	cmd.Flags().StringVar(&u.Zone, "zone", u.Zone, "time zone, for example Europe/Sofia")
	return cmd
}

func addUser(ctx context.Context, f flags, u store.User, out io.Writer) error {
	if u.Name == "" {
		u.Name = u.Email
	}
	if err := u.Validate(); err != nil {
		return err
	}
	c, err := f.load()
	if err != nil {
		return err
	}
	return withStore(ctx, f, func(ctx context.Context, st *store.Store) error {
		if err := st.CreateUser(ctx, &u); err != nil {
			return err
		}
		token, err := st.CreateTicket(ctx, store.SignInLink, u.ID, inviteTime)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(out, "Added %s. This link signs in once, within seven days; a password is chosen in Settings:\n%s/sign-in/%s\n", u.Email, c.Base(), token)
		return err
	})
}

func tokenCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "token", Short: "Look after API tokens"}
	cmd.AddCommand(tokenCreateCommand())
	return cmd
}

func tokenCreateCommand() *cobra.Command {
	var f flags
	cmd := &cobra.Command{Use: "create NAME", Short: "Create an API token and print it, once", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withStore(cmd.Context(), f, func(ctx context.Context, st *store.Store) error {
				token, err := st.CreateToken(ctx, args[0])
				if err != nil {
					return err
				}
				_, err = fmt.Fprintln(cmd.OutOrStdout(), token)
				return err
			})
		}}
	f.register(cmd)
	return cmd
}
