package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"keepsake/internal/store"
)

func valueCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "value", Short: "Look after the figures of customers' value"}
	cmd.AddCommand(valueCheckCommand())
	return cmd
}

func valueCheckCommand() *cobra.Command {
	var f flags
	var repair bool
	cmd := &cobra.Command{Use: "check", Short: "Make every figure anew from the orders and compare it with what is kept", Args: cobra.NoArgs,
		Long: "Make every figure of customers' value anew from the orders, in one snapshot of the database, and compare it with what is kept.\n" +
			"It may run beside a serving Keepsake. With --repair, figures that differ are forgotten and made anew.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withStore(cmd.Context(), f, func(ctx context.Context, st *store.Store) error {
				return checkValue(ctx, st, repair, cmd.OutOrStdout())
			})
		}}
	f.register(cmd)
	cmd.Flags().BoolVar(&repair, "repair", false, "make figures that differ anew")
	return cmd
}

func checkValue(ctx context.Context, st *store.Store, repair bool, out io.Writer) error {
	w, err := st.ValueWork(ctx)
	if err != nil {
		return err
	}
	if w.Due && !repair {
		return fmt.Errorf("figures are being made anew, up to subscriber %d so far: run it again when that is done", w.AtID)
	}
	c, err := st.CheckValue(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "people: %d\nfigures of people: %d\nsums: %d\nfigure_mismatches: %d\n", c.People, c.Rows, c.Cells, c.Mismatches)
	for _, e := range c.Examples {
		fmt.Fprintf(out, "  %s\n", e)
	}
	if c.Mismatches == 0 {
		return nil
	}
	if !repair {
		return fmt.Errorf("%d figures differ from the orders: run it again with --repair", c.Mismatches)
	}
	n, err := st.RepairValue(ctx)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "Made anew, from the orders of %d people.\n", n)
	return err
}

// refreshValue is how soon a change of a margin or of the shop's time zone begins to show in past figures.
const refreshValue = 10 * time.Second

// watchValue makes figures anew where that is due, until ctx ends.
func watchValue(ctx context.Context, st *store.Store) {
	every(ctx, refreshValue, "customers' value was not made anew", func() error {
		_, err := st.RefreshValue(ctx)
		return err
	})
}
