package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"keepsake/internal/inbound"
	"keepsake/internal/link"
	"keepsake/internal/store"
)

// tempFail is sysexits' EX_TEMPFAIL: the mail server keeps the letter and comes again.
const tempFail = 75

// exitError ends the program with a code of its own.
type exitError struct {
	code int
	error
}

func (e exitError) Unwrap() error { return e.error }

func bounceCommand() *cobra.Command {
	var f flags
	var recipient string
	cmd := &cobra.Command{Use: "bounce", Short: "Take a bounce, a complaint or an unsubscription from standard input", Args: cobra.NoArgs,
		Long: `Take one letter that a mail server pipes in: a bounce, a complaint (ARF), or an unsubscription by mail.

It ends with 0 when the letter is written down, or is none of these: a bounce must not
bounce. It ends with 75 when the database cannot be reached: the mail server tries again.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			note, err := bounce(cmd.Context(), f, recipients(recipient), cmd.InOrStdin())
			if err != nil {
				return exitError{tempFail, err}
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), "Taken: "+note+".")
			return err
		}}
	f.register(cmd)
	cmd.Flags().StringVar(&recipient, "recipient", "", "the address the letter came to (default what the mail server says in ORIGINAL_RECIPIENT or RECIPIENT)")
	return cmd
}

// recipients are the addresses the mail server says the letter came to.
func recipients(flag string) (all []string) {
	for _, a := range []string{flag, os.Getenv("ORIGINAL_RECIPIENT"), os.Getenv("RECIPIENT")} {
		if a != "" {
			all = append(all, a)
		}
	}
	return all
}

func bounce(ctx context.Context, f flags, to []string, in io.Reader) (note string, err error) {
	data, err := io.ReadAll(io.LimitReader(in, inbound.MaxLetter))
	if err != nil {
		return "", err
	}
	if _, err := io.Copy(io.Discard, in); err != nil { // a pipe that closes early makes the server think it failed
		return "", err
	}
	c, err := f.load()
	if err != nil {
		return "", err
	}
	key, err := keptKey(c, false)
	if err != nil {
		return "", err
	}
	err = withStore(ctx, f, func(ctx context.Context, st *store.Store) error {
		note, _, err = intake{st, link.New(key, c.Base()), "pipe"}.take(ctx, to, data)
		return err
	})
	return note, err
}
