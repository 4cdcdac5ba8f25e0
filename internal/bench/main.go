// Command bench holds the parts of our measurements, to run by hand.
//
//	bench sink  -addr 127.0.0.1:2525 -after-data 20ms -soft 0.05   an SMTP server that takes everything, or nearly
//	bench blast -addr 127.0.0.1:2525 -n 100000 -mode rset          letters as fast as it takes them
//	bench web   -addr 127.0.0.1:8080 -for 10s /healthz             requests as fast as they are answered
//	bench machine                                                  what all this runs on
//	go test -bench . | bench table FILE                            both into the page, between its marks
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"keepsake/internal/bench/blast"
	"keepsake/internal/bench/machine"
	"keepsake/internal/bench/sink"
	"keepsake/internal/bench/web"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

var errUsage = errors.New("say sink, blast, web, machine or table, and -h for its options")

func run(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return errUsage
	}
	f := flag.NewFlagSet(args[0], flag.ExitOnError)
	switch args[0] {
	case "sink":
		return serve(ctx, f, args[1:])
	case "blast":
		return send(ctx, f, args[1:])
	case "web":
		return ask(ctx, f, args[1:])
	case "machine":
		fmt.Println(machine.Describe(time.Now()))
		return nil
	case "table":
		if len(args) == 2 {
			return table(ctx, os.Stdin, args[1])
		}
	}
	return errUsage
}

// serve runs a sink until it is stopped, then prints what came.
func serve(ctx context.Context, f *flag.FlagSet, args []string) error {
	var o sink.Options
	addr := f.String("addr", "127.0.0.1:2525", "where to listen")
	f.DurationVar(&o.AfterData, "after-data", 0, "wait before a letter is answered")
	f.DurationVar(&o.EveryReply, "every-reply", 0, "wait before each write of replies")
	f.Float64Var(&o.Soft, "soft", 0, "share of recipients who are told to come back")
	f.Float64Var(&o.Hard, "hard", 0, "share of recipients who are unknown")
	f.Float64Var(&o.Drop, "drop", 0, "share of letters after which the line is cut")
	f.Float64Var(&o.Stall, "stall", 0, "share of letters that are never answered")
	f.BoolVar(&o.Late, "late", false, "refuse letters, not recipients")
	f.IntVar(&o.Trickle, "trickle", 0, "octets read and written in a millisecond")
	f.IntVar(&o.Letters, "letters", 0, "letters a connection may bring")
	f.IntVar(&o.Connections, "connections", 0, "connections at once")
	f.BoolVar(&o.NoPipelining, "no-pipelining", false, "do not offer PIPELINING")
	f.BoolVar(&o.NoUTF8, "no-utf8", false, "do not offer SMTPUTF8")
	f.Parse(args)
	s, err := sink.Listen(*addr, o)
	if err != nil {
		return err
	}
	fmt.Fprintln(os.Stderr, "listening on", s.Addr())
	<-ctx.Done()
	got := s.Figures()
	return errors.Join(s.Close(), say(map[string]any{"letters": got.Taken, "octets": got.Octets, "connections": got.Connections, "letters_per_s": got.Rate()}))
}

func send(ctx context.Context, f *flag.FlagSet, args []string) error {
	var o blast.Options
	f.StringVar(&o.Addr, "addr", "127.0.0.1:2525", "the server")
	f.IntVar(&o.Letters, "n", 100_000, "letters")
	f.IntVar(&o.Connections, "c", 10, "connections")
	f.IntVar(&o.Size, "size", 10<<10, "octets of a letter's body")
	f.StringVar((*string)(&o.Mode), "mode", string(blast.Fold), "fold, group, step or rset")
	f.Parse(args)
	r, err := blast.Run(ctx, o)
	return errors.Join(err, say(r))
}

func ask(ctx context.Context, f *flag.FlagSet, args []string) error {
	var o web.Options
	f.StringVar(&o.Addr, "addr", "127.0.0.1:8080", "the server")
	f.StringVar(&o.Host, "host", "", "the Host header")
	f.IntVar(&o.Connections, "c", 16, "connections")
	f.DurationVar(&o.For, "for", 10*time.Second, "how long")
	f.Parse(args)
	o.Paths = f.Args()
	r, err := web.Run(ctx, o)
	return errors.Join(err, say(r))
}

func say(v any) error { return json.NewEncoder(os.Stdout).Encode(v) }
