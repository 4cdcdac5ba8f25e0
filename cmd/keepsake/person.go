package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/internal/config"
	"keepsake/internal/exchange"
	"keepsake/internal/jobs"
	"keepsake/internal/render"
	"keepsake/internal/store"
	"keepsake/templates"
)

func personCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "person", Short: "Look after all that is on record of one person"}
	cmd.AddCommand(personExportCommand(), personEraseCommand(), personTracesCommand(), personMergeCommand(), personPartCommand())
	return cmd
}

// whose finds a person by number or by address.
func whose(ctx context.Context, st *store.Store, who string) (audience.Subscriber, error) {
	if id, err := strconv.ParseInt(who, 10, 64); err == nil {
		return st.Subscriber(ctx, id)
	}
	return st.SubscriberByEmail(ctx, who)
}

func personExportCommand() *cobra.Command {
	var f flags
	var out, lang string
	cmd := &cobra.Command{Use: "export WHO", Short: "Write all that is on record of one person", Args: cobra.ExactArgs(1),
		Long: "WHO is a number or an address. JSON goes to standard output, or with --out FILE.zip a zip file with the JSON and a page to read.\nIt may run beside a serving Keepsake.",
		RunE: func(cmd *cobra.Command, args []string) error {
			return withStore(cmd.Context(), f, func(ctx context.Context, st *store.Store) error {
				p, err := whose(ctx, st, args[0])
				if err != nil {
					return err
				}
				read := func(w audience.RecordWriter) error { return st.WriteRecord(ctx, p.ID, w) }
				if out == "" {
					return exchange.RecordJSON(cmd.OutOrStdout(), time.Now(), read)
				}
				words, err := recordWords(ctx, st, firstOf(lang, p.Lang))
				if err != nil {
					return err
				}
				return newFile(out, func(w io.Writer) error { return exchange.RecordZip(w, time.Now(), words, read) })
			})
		}}
	f.register(cmd)
	cmd.Flags().StringVar(&out, "out", "", "the zip file; it must not exist yet")
	cmd.Flags().StringVar(&lang, "lang", "", "of the page to read: en, bg or ru (default the person's)")
	return cmd
}

func firstOf(a, b string) string {
	if a != "" {
		return audience.Language(a)
	}
	return b
}

func recordWords(ctx context.Context, st *store.Store, lang string) (w exchange.RecordWords, err error) {
	catalog, err := render.LoadCatalog(templates.FS)
	if err != nil {
		return w, err
	}
	attributes, err := st.Attributes(ctx)
	if err != nil {
		return w, err
	}
	shop, err := st.Shop(ctx)
	return exchange.WordsOf(catalog, lang, shop.Location(), attributes), err
}

// newFile writes a file that was not there, and leaves no half of it behind.
func newFile(name string, write func(io.Writer) error) error {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fault.New(fault.Away, "The file cannot be stored: %v", err)
	}
	if err := errors.Join(write(f), f.Close()); err != nil {
		return errors.Join(err, os.Remove(name))
	}
	return nil
}

// withSecret is withStore for what needs the installation's secret.
func withSecret(ctx context.Context, f flags, do func(ctx context.Context, c config.Config, st *store.Store) error) error {
	c, err := f.load()
	if err != nil {
		return err
	}
	key, err := keptKey(c, false)
	if err != nil {
		return err
	}
	return withStore(ctx, f, func(ctx context.Context, st *store.Store) error {
		i, err := st.Bind(ctx, store.Home{Dir: c.Data, Secret: key})
		if err != nil {
			return err
		}
		if i.NewSecret() {
			return fault.New(fault.Conflict, "The secret in this folder is not the database's: erased addresses would not be known again. Bring the old secret.key back.")
		}
		return do(ctx, c, st)
	})
}

func personEraseCommand() *cobra.Command {
	var f flags
	var sure bool
	cmd := &cobra.Command{Use: "erase WHO", Short: "Erase one person for good", Args: cobra.ExactArgs(1),
		Long: "WHO is a number or an address. Everything about the person goes, answers and files of imports and exports that name them too.\n" +
			"What stays: a hash of the address, so that no import brings it back, the sums of the orders, and campaigns' figures.\n" +
			"It may run beside a serving Keepsake. Backups made before still hold the person.",
		RunE: func(cmd *cobra.Command, args []string) error {
			return withSecret(cmd.Context(), f, func(ctx context.Context, c config.Config, st *store.Store) error {
				p, err := whose(ctx, st, args[0])
				if err != nil {
					return err
				}
				if !sure {
					return fault.New(fault.Invalid, "This erases number %d, %s, and cannot be undone. Say --yes to do it.", p.ID, p.Email)
				}
				if _, err := st.Erase(ctx, p.ID, "command"); err != nil {
					return err
				}
				if err := st.Audit(ctx, 0, "subscriber.erase", fmt.Sprintf("subscriber:%d", p.ID)); err != nil {
					return err
				}
				files, err := jobs.New(jobs.Options{Store: st, Data: c.Data, Now: time.Now}).Forget(ctx)
				fmt.Fprintf(cmd.OutOrStdout(), "Number %d is erased; %d files of imports and exports went with it.\n", p.ID, files)
				return err
			})
		}}
	f.register(cmd)
	cmd.Flags().BoolVar(&sure, "yes", false, "do it")
	return cmd
}

func personTracesCommand() *cobra.Command {
	var f flags
	cmd := &cobra.Command{Use: "traces WORD...", Short: "Look through the whole database for an address, a name or another word", Args: cobra.MinimumNArgs(1),
		Long: "Every column of every table is read: to see, after an erasure, that nothing is left. It names tables and columns, not what stands there.\nIt may run beside a serving Keepsake, and takes a while with millions of rows.",
		RunE: func(cmd *cobra.Command, args []string) error {
			return withStore(cmd.Context(), f, func(ctx context.Context, st *store.Store) error {
				found, err := st.Traces(ctx, args...)
				if err != nil {
					return err
				}
				for _, t := range found {
					fmt.Fprintf(cmd.OutOrStdout(), "%s.%s: %d\n", t.Table, t.Column, t.Rows)
				}
				if len(found) == 0 {
					fmt.Fprintf(cmd.OutOrStdout(), "Nothing holds %s.\n", strings.Join(args, ", "))
				}
				return nil
			})
		}}
	f.register(cmd)
	return cmd
}

func personMergeCommand() *cobra.Command {
	var f flags
	var take []string
	cmd := &cobra.Command{Use: "merge WHO OTHER", Short: "Make one person of two", Args: cobra.ExactArgs(2),
		Long: "WHO and OTHER are numbers or addresses. All history of OTHER goes to WHO, whose words stay unless --take names them; what WHO lacks is\nOTHER's anyway. The stricter state wins. It prints the number by which it can be undone for 30 days.",
		RunE: func(cmd *cobra.Command, args []string) error {
			return withStore(cmd.Context(), f, func(ctx context.Context, st *store.Store) error {
				one, err := whose(ctx, st, args[0])
				if err != nil {
					return err
				}
				two, err := whose(ctx, st, args[1])
				if err != nil {
					return err
				}
				id, err := st.Merge(ctx, audience.Merge{Keep: one.ID, Gone: two.ID, Take: take})
				if err != nil {
					return err
				}
				fmt.Fprintf(cmd.OutOrStdout(), "Number %d is number %d now. To undo it: keepsake person part %d\n", two.ID, one.ID, id)
				return st.Audit(ctx, 0, "subscriber.merge", fmt.Sprintf("subscriber:%d", one.ID))
			})
		}}
	f.register(cmd)
	cmd.Flags().StringSliceVar(&take, "take", nil, "fields that are OTHER's: "+strings.Join(audience.MergeFields, ", ")+" or attributes.<key>")
	return cmd
}

func personPartCommand() *cobra.Command {
	var f flags
	cmd := &cobra.Command{Use: "part MERGE", Short: "Undo a merge, for 30 days", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := strconv.ParseInt(args[0], 10, 64)
			if err != nil {
				return fault.New(fault.Invalid, "There is no merge with that number.")
			}
			return withStore(cmd.Context(), f, func(ctx context.Context, st *store.Store) error {
				gone, err := st.Unmerge(ctx, id)
				if err != nil {
					return err
				}
				fmt.Fprintf(cmd.OutOrStdout(), "Number %d is a person of their own again.\n", gone)
				return st.Audit(ctx, 0, "subscriber.unmerge", fmt.Sprintf("subscriber:%d", gone))
			})
		}}
	f.register(cmd)
	return cmd
}
