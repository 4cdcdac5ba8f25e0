// Command letter measures the way of a letter through a fresh Keepsake and prints each figure as "name: value".
//
// Every figure is taken at that moment: the built binary serves a new folder, is driven over HTTP as a shop would
// drive it, and hands its letters to Postfix's smtp-sink or to the built-in receiver. What arrived is judged by
// scripts that share no code with it (scripts/show-*, docs/check_draw.py). Standard output holds the figures alone;
// whether each is as wanted stands beside it on standard error. The exit code is 1 when one is not.
//
//	go run ./internal/show/letter [-keep] [story ...]
package main

import (
	"context"

	"keepsake/internal/show/stage"
)

var stories = []stage.Story{
	{Name: "newsletter", Figures: []string{"letters_lost", "letters_twice", "header_faults", "letters_per_s"}, Tell: tell(newsletter)},
	{Name: "orders", Figures: []string{"order_repeat_letters", "refunded_letters"}, Tell: tell(orders)},
	{Name: "gift", Figures: []string{"codes_twice", "gift_letters", "gift_skipped", "double_redemptions"}, Tell: tell(gift)},
	{Name: "scanner", Figures: []string{"scanner_changes", "scanner_links", "wire_faults"}, Tell: tell(scanner)},
	{Name: "contest", Figures: []string{"draw_recomputed"}, Tell: tell(contest)},
	{Name: "input", Figures: []string{"import_rows_lost", "import_rows_unnamed", "import_revived", "bad_letters_started"}, Tell: tell(input)},
	{Name: "kill", Figures: []string{"kill_lost", "kill_twice", "kill_unsure"}, Tell: tell(kill)},
	{Name: "disk", Figures: []string{"full_disk"}, Tell: tell(fullDisk)},
	{Name: "second", Figures: []string{"second_serve"}, Tell: tell(secondServe)},
	{Name: "away", Figures: []string{"unreachable_smtp"}, Tell: tell(unreachable)},
	{Name: "browser", Figures: []string{"axe_serious", "csp_violations"}, Tell: tell(browser)},
	{Name: "demo", Figures: []string{"demo_ready_s"}, Tell: tell(demoReady)},
}

func main() { stage.Main("show-letter", stories) }

// tell lets a story work in a workshop of its own kind.
func tell(f func(context.Context, *workshop) (map[string]stage.Figure, error)) func(context.Context, *stage.Workshop) (map[string]stage.Figure, error) {
	return func(ctx context.Context, w *stage.Workshop) (map[string]stage.Figure, error) {
		return f(ctx, &workshop{w})
	}
}

// workshop and keepsake are the stage's, with what only these stories do in them.
type (
	workshop struct{ *stage.Workshop }
	keepsake struct{ *stage.Keepsake }
)

// serve starts a Keepsake on a new folder whose letters go to the SMTP server at addr.
func (w *workshop) serve(ctx context.Context, smtp string) (*keepsake, error) {
	k, err := w.Serve(ctx, smtp)
	return &keepsake{k}, err
}

func (w *workshop) serveIn(ctx context.Context, data, smtp string) (*keepsake, error) {
	k, err := w.ServeIn(ctx, data, smtp)
	return &keepsake{k}, err
}
