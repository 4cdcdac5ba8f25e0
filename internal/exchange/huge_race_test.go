//go:build race

package exchange

// huge is smaller with the race detector, which takes ten times as long for each octet; so is what a file may unpack to.
const huge = 32 << 20

// bombMB is more than what a file may then unpack to, which is more than the memory that reading it may take.
const (
	bombMB     = 20
	bombMemory = 10 << 20
)

func init() { maxUnpacked = 16 << 20 }
