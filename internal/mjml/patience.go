//go:build !race

package mjml

import "time"

// patience is how long one letter may take.
const patience = 10 * time.Second
