// Package templates holds the pages, the starter letters and the catalogues, built into the program.
package templates

import "embed"

// FS holds the folders admin, public, kinds, letters, lang and art.
//
//go:embed all:admin all:public letters kinds lang art
var FS embed.FS
