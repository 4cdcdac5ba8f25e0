// Command keepsake is a self-hosted email campaign manager.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/spf13/cobra"

	"keepsake/campaigns/fault"
	"keepsake/internal/config"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := root().ExecuteContext(ctx); err != nil {
		if text := say(err); text != "" {
			fmt.Fprintln(os.Stderr, "keepsake: "+text)
		}
		os.Exit(code(err))
	}
}

// errSaid is a failure that was told already.
var errSaid = errors.New("")

// say is a fault's own sentence, or the whole chain of what is none.
func say(err error) string {
	if f, ok := errors.AsType[*fault.Error](err); ok {
		return f.Error()
	}
	return err.Error()
}

// code is what the program ends with: 1, unless the error has its own.
func code(err error) int {
	if e, ok := errors.AsType[exitError](err); ok {
		return e.code
	}
	return 1
}

// flags are what the command line says over the file and the variables.
type flags struct {
	config, addr, data string
	roles              []string
}

func (f *flags) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.config, "config", "", "the configuration file (default config.yaml, where there is one)")
	f.registerFolder(cmd)
}

func (f *flags) registerFolder(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.addr, "addr", "", "host:port to listen on")
	cmd.Flags().StringVar(&f.data, "data", "", "the folder of the SQLite file and media")
}

// load is the checked configuration.
func (f *flags) load() (config.Config, error) {
	c, err := config.Load(f.config)
	if err != nil {
		return c, err
	}
	return f.over(c)
}

func (f *flags) over(c config.Config) (config.Config, error) {
	if f.addr != "" {
		c.Addr = f.addr
	}
	if f.data != "" {
		c.Data = f.data
	}
	if len(f.roles) > 0 {
		c.Roles = f.roles
	}
	return c, c.Validate()
}

func root() *cobra.Command {
	cmd := &cobra.Command{Use: "keepsake", Short: "A self-hosted email campaign manager that gives the customer something",
		SilenceUsage: true, SilenceErrors: true}
	cmd.AddCommand(serveCommand(), demoCommand(), migrateCommand(), bounceCommand(), userCommand(), tokenCommand(), valueCommand(), versionCommand(),
		confirmCommand(), holdCommand(), backupCommand(), moveCommand(), doctorCommand(), fixtureCommand(), exportCommand(), personCommand())
	return cmd
}

func versionCommand() *cobra.Command {
	return &cobra.Command{Use: "version", Short: "Say which version this is", Args: cobra.NoArgs,
		Run: func(cmd *cobra.Command, _ []string) { fmt.Fprintln(cmd.OutOrStdout(), "keepsake "+version()) }}
}

// version is what the build says of itself: the module's version, else the commit.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value
		}
	}
	return "development"
}
