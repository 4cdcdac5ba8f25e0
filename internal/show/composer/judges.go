package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"keepsake/internal/show/stage"
)

var spamStatus = regexp.MustCompile(`(?m)^X-Spam-Status: (?:Yes|No), score=(-?[\d.]+) .*(?:\n[ \t].*)*`)

// spam is SpamAssassin's highest score, by its local rules alone.
func spam(ctx context.Context, _ *stage.Workshop, folder string, figures map[string]stage.Figure) error {
	letters, err := filepath.Glob(filepath.Join(folder, "*.eml"))
	if err != nil {
		return err
	}
	worst := -100.0
	for _, letter := range letters {
		out, err := stage.Output(ctx, "", "sh", "-c", `exec spamassassin --local --test-mode <"$1"`, "sh", letter)
		m := spamStatus.FindStringSubmatch(out)
		if m == nil {
			return errors.Join(fmt.Errorf("SpamAssassin said no score of %s", filepath.Base(letter)), err)
		}
		score, err := strconv.ParseFloat(m[1], 64)
		if err != nil {
			return err
		}
		if score > worst {
			worst = score
			fmt.Fprintf(os.Stderr, "  %s: %s\n", filepath.Base(letter), stage.OneLine(m[0]))
		}
	}
	figures["spamassassin_max"] = stage.AtMost("%.1f", worst, 1.0)
	return nil
}

// valid counts what the W3C's checker calls an error.
func valid(ctx context.Context, _ *stage.Workshop, folder string, figures map[string]stage.Figure) error {
	pages, err := filepath.Glob(filepath.Join(folder, "*.html"))
	if err != nil {
		return err
	}
	out, err := stage.Output(ctx, "", "java", append([]string{"-jar", os.Getenv("KEEPSAKE_VNU"), "--format", "json", "--stdout", "--exit-zero-always", "--errors-only"}, pages...)...)
	if err != nil {
		return err
	}
	var said struct {
		Messages []struct{ Type, URL, Message, Extract string }
	}
	if err := json.Unmarshal([]byte(out), &said); err != nil {
		return err
	}
	for i, m := range said.Messages {
		if i < 10 {
			fmt.Fprintf(os.Stderr, "  %s: %s: %s\n", filepath.Base(m.URL), m.Message, stage.OneLine(m.Extract))
		}
	}
	figures["html_errors"] = stage.Count(len(said.Messages), 0)
	return nil
}

// complete counts words and links of the HTML that the text part does not say.
func complete(ctx context.Context, w *stage.Workshop, folder string, figures map[string]stage.Figure) error {
	var gaps map[string][]string
	if err := w.Script(ctx, &gaps, "scripts/show-text.py", folder); err != nil {
		return err
	}
	n := 0
	for letter, words := range gaps {
		n += len(words)
		fmt.Fprintf(os.Stderr, "  %s lacks in its text: %s\n", letter, strings.Join(words, ", "))
	}
	figures["text_gaps"] = stage.Count(n, 0)
	return nil
}

// looked draws each letter in light and dark, 640 and 375 px wide, keeps the pictures and asks axe.
func looked(ctx context.Context, w *stage.Workshop, folder string, figures map[string]stage.Figure) error {
	var seen struct {
		Axe, Wide []string
		Pictures  int
	}
	if err := node(ctx, w, &seen, "show-letters.mjs", folder); err != nil {
		return err
	}
	for _, line := range append(seen.Axe, seen.Wide...) {
		fmt.Fprintln(os.Stderr, " ", line)
	}
	fmt.Fprintf(os.Stderr, "  %d pictures in %s\n", seen.Pictures, folder)
	figures["letter_axe"], figures["letter_wide"] = stage.Count(len(seen.Axe), 0), stage.Count(len(seen.Wide), 0)
	return nil
}
