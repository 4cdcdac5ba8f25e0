//go:build race

package exchange

// huge is smaller with the race detector, which takes ten times as long for each octet; so is what a file may unpack to.
const huge = 64 << 20

func init() { maxUnpacked = 64 << 20 }
