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
	var out, of string
	cmd := &cobra.Command{Use: "export", Short: "Write people, orders or what came of campaigns to a file, beside a Keepsake that serves", Args: cobra.NoArgs,
		Long: "Rows are written as they stand at one moment, to standard output or with --out to a file, beside which stands its manifest: rows,\nbytes, SHA-256, columns and the moment.\n\n" + exportHelp(),
		Example: "  keepsake export --out people.csv\n  keepsake export --what orders --days 30 --format xlsx --out orders.xlsx\n" +
			"  keepsake export --segment 'Loyal customers' --out loyal.csv\n" +
			"  keepsake export --segment 3 --fields email,attributes.size --names attributes.size=Size --format jsonl --gzip | ssh backup 'cat > people.jsonl.gz'",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !cmd.Flags().Changed("format") {
				e.Format, e.Gzip = formatOf(out, e.Gzip)
			}
			if err := e.Validate(); err != nil {
				return err
			}
			debug.SetGCPercent(40) // pages of rows come and go, nothing stays
			return withStore(cmd.Context(), f, func(ctx context.Context, st *store.Store) error {
				if err := ofSegment(ctx, st, &e, of); err != nil {
					return err
				}
				if err := st.ExportThere(ctx, e); err != nil {
					return err
				}
				x := exporter{e: e, told: cmd.ErrOrStderr(), Runner: jobs.New(jobs.Options{Store: st, Now: time.Now, Exchange: jobs.Exchange{
					Rows: func(w io.Writer, e audience.Export) jobs.Rows { return exchange.NewRows(w, e) }}})}
				if out == "" {
					_, err := x.Write(ctx, e, cmd.OutOrStdout(), x.tell)
					return err
				}
				return x.toFile(ctx, out)
			})
		}}
	f.register(cmd)
	cmd.Flags().StringVar(&out, "out", "", "the file; it must not exist yet")
	cmd.Flags().StringVar(&of, "segment", "", "the number or the name of a segment: only who is in it, and what is theirs")
	exportFlags(cmd, &e)
	return cmd
}

// ofSegment narrows an export to the segment of that number or name.
func ofSegment(ctx context.Context, st *store.Store, e *audience.Export, of string) error {
	if of == "" {
		return nil
	}
	one, err := st.SegmentCalled(ctx, of)
	if err != nil {
		return err
	}
	e.Segment = one.ID
	return e.Validate()
}

func exportFlags(cmd *cobra.Command, e *audience.Export) {
	cmd.Flags().StringVar(&e.What, "what", audience.Subscribers, "what the rows are: see above")
	cmd.Flags().StringVar(&e.Format, "format", audience.CSV, "csv, xlsx or jsonl; by the ending of --out when it is not given")
	cmd.Flags().BoolVar(&e.Gzip, "gzip", false, "compress CSV or JSON Lines")
	cmd.Flags().StringSliceVar(&e.Fields, "fields", nil, "the columns in their order; without it the usual ones")
	cmd.Flags().StringToStringVar(&e.Names, "names", nil, "what columns are called: field=name, separated by commas")
	cmd.Flags().StringVar(&e.Form, "form", audience.Spreadsheet, "of CSV: spreadsheet, no cell is ever run as a formula; raw, for programs")
	cmd.Flags().Int64Var(&e.Campaign, "campaign", 0, "the number of a campaign: only what is of it")
	cmd.Flags().IntVar(&e.Days, "days", 0, "only what happened in the last days")
	cmd.Flags().StringVar(&e.Search, "search", "", "part of a person's address or name")
	cmd.Flags().Int64Var(&e.List, "list", 0, "the number of a list")
	cmd.Flags().StringVar((*string)(&e.State), "state", "", "on that list: confirmed (the default), pending, unsubscribed or any")
	cmd.Flags().StringVar(&e.Lang, "lang", "", "en, bg or ru")
}

// exportHelp lists what each kind may hold.
func exportHelp() string {
	var b strings.Builder
	b.WriteString("--what, and the --fields of each:\n")
	for _, k := range audience.ExportKinds {
		names := make([]string, len(k.Fields))
		for i, f := range k.Fields {
			names[i] = f.Name
		}
		fmt.Fprintf(&b, "  %s: %s\n", k.What, strings.Join(names, ", "))
	}
	return b.String() + "Of subscribers also attributes.<key> and lists.<label>, where they stand on a list."
}

// formatOf goes by the ending of a file's name.
func formatOf(out string, zip bool) (format string, gzip bool) {
	name, zipped := strings.CutSuffix(strings.ToLower(out), ".gz")
	for _, format := range audience.Formats {
		if strings.HasSuffix(name, "."+format) {
			return format, zip || zipped
		}
	}
	return audience.CSV, zip || zipped
}

// exporter is one export by command.
type exporter struct {
	*jobs.Runner
	e    audience.Export
	told io.Writer
}

func (x exporter) tell(r jobs.Report) error {
	if r.Rows%500_000 == 0 {
		fmt.Fprintf(x.told, "%d rows\n", r.Rows)
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
	fmt.Fprintf(x.told, "%d rows, %d bytes, SHA-256 %s\n", report.Rows, report.Bytes, report.SHA256)
	return err
}
