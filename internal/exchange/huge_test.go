//go:build !race

package exchange

// huge is how long the one line is that a file of a stranger may have.
const huge = 2 << 30

// bombMB is how much the parts of a bomb unpack to: four times the memory that reading them may take.
const (
	bombMB     = 100
	bombMemory = 24 << 20
)
