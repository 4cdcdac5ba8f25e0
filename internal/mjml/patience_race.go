//go:build race

package mjml

import "time"

// patience is longer where the race detector watches: it makes the machine ten to twenty times slower.
const patience = time.Minute
