package web

import "embed"

// static holds the stylesheet, the sprite and the built scripts.
//
//go:embed static
var static embed.FS
