// Package render turns block documents and HTML with merge tags into letters, and ids into words of the reader's language.
package render
