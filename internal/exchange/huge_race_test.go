//go:build race

package exchange

// huge is smaller with the race detector, which takes ten times as long for each octet; so is what a file may unpack to.
const huge = 64 << 20

const bombMB = 72 // more than the 64 a file may then unpack to

func init() { maxUnpacked = 64 << 20 }
