// Command composer measures letters and the composer, and prints each figure as "name: value".
//
// Every figure is taken at that moment. Letters go the real way: a fresh Keepsake sends each starter letter of each
// language by SMTP, and what arrives is judged by others' tools: SpamAssassin, the W3C's checker of HTML, axe, Chromium,
// npm's mjml, Python's parser of mail. Standard output holds the figures alone; whether each is as wanted stands beside it
// on standard error. The exit code is 1 when one is not. With BRIEF=1 the fuzzers run for a minute, not for ten.
//
//	go run ./internal/show/composer [-keep] [story ...]
package main

import (
	"time"

	"keepsake/internal/show/stage"
)

var stories = []stage.Story{
	{Name: "liquid", Figures: []string{"golden_liquid_pass", "liquid_us", "liquid_loop_ms", "liquid_torture_lost", "escape_faults"}, Tell: liquid},
	{Name: "letters", Figures: []string{"starter_letters", "spamassassin_max", "letter_kb_max", "html_errors", "text_gaps", "letter_axe", "letter_wide"}, Tell: letters, Longest: 20 * time.Minute},
	{Name: "mjml", Figures: []string{"mjml_pixel_pct", "mjml_gallery_errors"}, Tell: mjml},
	{Name: "canvas", Figures: []string{"canvas_ms", "composer_gzip_kb", "editor_gzip_kb"}, Tell: canvas},
	{Name: "browser", Figures: []string{"axe_serious", "csp_violations"}, Tell: browser, Longest: 20 * time.Minute},
	{Name: "fuzz", Figures: []string{"liquid_fuzz_min"}, Tell: fuzz, Longest: 15 * time.Minute},
}

func main() { stage.Main("show-composer", stories) }
