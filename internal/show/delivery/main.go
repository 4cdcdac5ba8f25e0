// Command delivery measures how letters leave a fresh Keepsake and prints each figure as "name: value".
//
// The built binary serves a new folder and sends to our own sink (internal/bench/sink), which remembers every letter
// and is slow, forgetful or unfriendly to those it is told. Rates are compared with those of our own driver
// (internal/bench/blast) in the same minute, for absolutes move with the machine. Standard output holds the figures
// alone; notes and what is wanted stand on standard error. The exit code is 1 when a figure is not as wanted.
//
// With BRIEF=1 in the environment each story takes a small form.
//
//	go run ./internal/show/delivery [-keep] [story ...]
package main

import (
	"os"
	"time"

	"keepsake/internal/show/stage"
)

// Another story is a file with its function, and its line here.
var stories = []stage.Story{
	{Name: "send", Tell: sendSQLite, Longest: hour, Figures: []string{"send_letters_per_s", "send_share_of_rset", "cpu_us_per_letter", "rss_mb", "send_letter_kb", "send_lost", "send_twice"}},
	{Name: "send-postgres", Tell: sendPostgres, Longest: hour, Figures: []string{"pg_send_letters_per_s", "pg_share_of_rset", "pg_cpu_us_per_letter", "pg_rss_mb", "pg_send_lost", "pg_send_twice"}},
	{Name: "growth", Tell: growth, Longest: hour, Figures: []string{"growth_1m", "growth_rss_mb"}},
	{Name: "latency", Tell: latency, Longest: hour, Figures: []string{"latency20_share", "latency20_share_10", "latency20_share_25", "latency20_share_50",
		"latency20_ceiling_10", "latency20_ceiling_25", "latency20_ceiling_50", "every_reply20_per_s"}},
	{Name: "kills", Tell: kills, Longest: hour, Figures: []string{"kill_lost", "kill_twice", "unsure_over_connections", "unsure_unlisted"}},
	{Name: "kills-far", Tell: killsFar, Longest: hour, Figures: []string{"far_kill_lost", "far_kill_twice", "far_unsure_over_connections", "far_unsure_unlisted"}},
	{Name: "kills-postgres", Tell: killsPostgres, Longest: hour, Figures: []string{"pg_kill_lost", "pg_kill_twice", "pg_unsure_over_connections", "pg_unsure_unlisted"}},
	{Name: "stops", Tell: stops, Longest: hour, Figures: []string{"stop_lost", "stop_twice", "stop_unsure"}},
	{Name: "orders", Tell: orders, Longest: hour, Figures: []string{"api_kill_lost", "api_kill_twice"}},
	{Name: "senders", Tell: senders, Longest: hour, Figures: []string{"three_senders_lost", "three_senders_twice", "three_unsure_over"}},
	{Name: "restart", Tell: restart, Longest: hour, Figures: []string{"pg_restart_lost", "pg_restart_twice", "pg_restart_unsure"}},
	{Name: "faults", Tell: faults, Longest: hour, Figures: []string{"fault_wrong_state", "fault_others_delay_s"}},
	{Name: "limits", Tell: limits, Longest: hour, Figures: []string{"limit_error_pct", "limit_others_s"}},
	{Name: "mailbox", Tell: mailbox, Figures: []string{"mailbox_wrong", "mailbox_dsn_read"}},
	{Name: "dkim", Tell: signatures, Figures: []string{"dkim_letters", "dkim_unverified", "dkim_headers_uncovered"}},
	{Name: "tracking", Tell: tracking, Longest: hour, Figures: []string{"pixel_rps", "pixel_p99_ms", "click_rps", "click_p99_ms", "tracking_lost"}},
}

// hour is more than a story needs where sending is fast.
const hour = time.Hour

var brief = os.Getenv("BRIEF") != ""

// size is one of two: of a measurement worth its name, or of the small form.
func size(whole, small int) int {
	if brief {
		return small
	}
	return whole
}

func main() { stage.Main("show-delivery", stories) }
