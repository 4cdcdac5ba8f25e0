package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"keepsake/internal/config"
	"keepsake/internal/store"
)

// A finding is what the doctor saw, and what to do about it.
type finding struct {
	Name  string `json:"name"`
	Level string `json:"level"` // ok, warn or bad
	Found string `json:"found"`
	Do    string `json:"do,omitempty"`
}

// The levels of a finding. Only bad ends with status 1.
const (
	well    = "ok"
	warning = "warn"
	bad     = "bad"
)

func doctorCommand() *cobra.Command {
	var f flags
	var asJSON bool
	cmd := &cobra.Command{Use: "doctor", Short: "Say what is wrong, and what to do", Args: cobra.NoArgs,
		Long: "It looks at configuration, database, disk, mail server and processes, and changes nothing. The status is 1 when something is wrong.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			found := examine(cmd.Context(), f)
			if err := report(cmd.OutOrStdout(), found, asJSON); err != nil {
				return err
			}
			for _, x := range found {
				if x.Level == bad {
					return exitError{1, errSaid}
				}
			}
			return nil
		}}
	f.register(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "for programs")
	return cmd
}

func report(out io.Writer, found []finding, asJSON bool) error {
	if asJSON {
		e := json.NewEncoder(out)
		e.SetIndent("", "  ")
		return e.Encode(found)
	}
	for _, x := range found {
		fmt.Fprintf(out, "%-5s %-10s %s\n", x.Level, x.Name, x.Found)
		if x.Do != "" {
			fmt.Fprintf(out, "%17s→ %s\n", "", x.Do)
		}
	}
	return nil
}

// A patient is what the checks look at.
type patient struct {
	config config.Config
	key    []byte       // nil when there is no good secret
	store  *store.Store // nil when the database cannot be opened
	found  []finding
}

func (p *patient) say(level, name, do, found string, args ...any) {
	p.found = append(p.found, finding{name, level, fmt.Sprintf(found, args...), do})
}

func examine(ctx context.Context, f flags) []finding {
	p := &patient{}
	var err error
	if p.config, err = f.load(); err != nil {
		p.say(bad, "config", "Correct it; config.example.yaml explains each key.", "%s", say(err))
		return p.found
	}
	p.say(well, "config", "", "readable, and every value makes sense")
	p.address()
	p.folder()
	p.secret()
	p.zones()
	p.database(ctx)
	if p.store != nil {
		defer p.store.Close()
		p.instance(ctx)
		p.clock(ctx)
		p.processes(ctx)
		p.queue(ctx)
		p.sender(ctx)
		p.leftAlone(ctx)
	}
	p.media(ctx)
	p.mailServers(ctx)
	p.bounces()
	return p.found
}

// short is a span for people.
func short(d time.Duration) string {
	switch {
	case d < time.Minute:
		return d.Round(time.Second).String()
	case d < time.Hour:
		return fmt.Sprintf("%d minutes", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d hours", int(d.Hours()))
	}
	return fmt.Sprintf("%d days", int(d.Hours()/24))
}
