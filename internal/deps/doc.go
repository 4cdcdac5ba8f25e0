// Package deps holds the tests that keep the house as it is drawn: rooms, imports and catalogues.
package deps
