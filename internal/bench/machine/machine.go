// Package machine says what a measurement was taken on, and what processes have used of it.
package machine

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// Describe is the machine in one line: a figure without it says little.
func Describe(now time.Time) string {
	return fmt.Sprintf("%s, %d cores, %s of memory, Linux %s, %s, %s", field("/proc/cpuinfo", "model name"), runtime.NumCPU(),
		memory(), strings.TrimSpace(read("/proc/sys/kernel/osrelease")), runtime.Version(), now.UTC().Format(time.DateOnly))
}

func memory() string {
	kib, _ := strconv.Atoi(strings.TrimSuffix(field("/proc/meminfo", "MemTotal"), " kB"))
	return fmt.Sprintf("%.0f GiB", float64(kib)/(1<<20))
}

// Load is the load average of the last minute: figures of a machine that had other work mean less.
func Load() string {
	first, _, _ := strings.Cut(read("/proc/loadavg"), " ")
	return first
}

func read(file string) string {
	b, _ := os.ReadFile(file) // what is not there is not described
	return string(b)
}

// field is the value behind "name:" in one of /proc's lists.
func field(file, name string) string {
	for line := range strings.Lines(read(file)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// tick is the unit of /proc's times: USER_HZ, which Linux shows as 100 on every architecture we build for.
const tick = 10 * time.Millisecond

// CPU is the time a process, its children that ended and those that run have used.
func CPU(pid int) (time.Duration, error) {
	own, err := times(pid)
	if err != nil {
		return 0, err
	}
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, f := range files {
		for _, child := range strings.Fields(read(f)) {
			n, _ := strconv.Atoi(child)
			used, err := CPU(n)
			if err == nil { // else it ended just now, and is in its parent's sum
				own += used
			}
		}
	}
	return own, err
}

// times is utime + stime + cutime + cstime of proc_pid_stat(5), the 14th field and the three after it.
func times(pid int) (time.Duration, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	fields := bytes.Fields(b[bytes.LastIndexByte(b, ')')+1:]) // begins with the third
	var sum time.Duration
	for _, f := range fields[11:15] {
		n, err := strconv.Atoi(string(f))
		if err != nil {
			return 0, err
		}
		sum += time.Duration(n) * tick
	}
	return sum, nil
}

// Peak is the most memory a process has held so far, in octets.
func Peak(pid int) (int64, error) {
	text := field(fmt.Sprintf("/proc/%d/status", pid), "VmHWM")
	kib, err := strconv.ParseInt(strings.TrimSuffix(text, " kB"), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("peak memory of process %d: %w", pid, err)
	}
	return kib << 10, nil
}
