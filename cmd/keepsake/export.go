package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/internal/exchange"
	"keepsake/internal/jobs"
	"keepsake/internal/store"
)

func exportCommand() *cobra.Command {
	var f flags
	var e audience.Export
	var out string
	cmd := &cobra.Command{Use: "export", Short: "Write people to a CSV file, beside a Keepsake that serves", Args: cobra.NoArgs,
		Long: "People are written as they stand at one moment, to standard output or with --out to a file, beside which stands its manifest: rows,\nbytes and SHA-256.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := e.Validate(); err != nil {
				return err
			}
			debug.SetGCPercent(40) // pages of people come and go, nothing stays
			return withStore(cmd.Context(), f, func(ctx context.Context, st *store.Store) error {
				x := exporter{e: e, told: cmd.ErrOrStderr(), Runner: jobs.New(jobs.Options{Store: st, Now: time.Now, Exchange: jobs.Exchange{
					Writer: func(w io.Writer, form string) jobs.Writer { return exchange.NewWriter(w, form) }}})}
				if out == "" {
					_, err := x.Write(ctx, e, cmd.OutOrStdout(), x.tell)
					return err
				}
				return x.toFile(ctx, out)
			})
		}}
	f.register(cmd)
	cmd.Flags().StringVar(&out, "out", "", "the file; it must not exist yet")
	cmd.Flags().StringSliceVar(&e.Fields, "fields", nil, strings.Join(audience.ExportFields, ", ")+" or attributes.<key>, in the columns' order (default email,first_name,last_name,lang)")
	cmd.Flags().StringVar(&e.Form, "form", audience.Spreadsheet, "spreadsheet: no cell is ever run as a formula; raw: for programs")
	cmd.Flags().StringVar(&e.Search, "search", "", "part of an address or a name")
	cmd.Flags().Int64Var(&e.List, "list", 0, "the number of a list")
	cmd.Flags().StringVar((*string)(&e.State), "state", "", "on that list: confirmed (the default), pending, unsubscribed or any")
	cmd.Flags().StringVar(&e.Lang, "lang", "", "en, bg or ru")
	return cmd
}

// exporter is one export by command.
type exporter struct {
	*jobs.Runner
	e    audience.Export
	told io.Writer
}

func (x exporter) tell(r jobs.Report) error {
	if r.Rows%500_000 == 0 {
		fmt.Fprintf(x.told, "%d people\n", r.Rows)
	}
	return nil
}

// toFile leaves no half of a file behind.
func (x exporter) toFile(ctx context.Context, name string) error {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fault.New(fault.Away, "The file cannot be stored: %v", err)
	}
	report, err := x.Write(ctx, x.e, f, x.tell)
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(name))
	}
	m, err := os.OpenFile(name+".manifest.json", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return fault.New(fault.Away, "The file cannot be stored: %v", err)
	}
	err = errors.Join(x.Declare(x.e, report, m), m.Close())
	fmt.Fprintf(x.told, "%d people, %d bytes, SHA-256 %s\n", report.Rows, report.Bytes, report.SHA256)
	return err
}
