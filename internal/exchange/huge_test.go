//go:build !race

package exchange

// huge is how long the one line is that a file of a stranger may have.
const huge = 2 << 30
