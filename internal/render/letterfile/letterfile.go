// Package letterfile reads letters that were made elsewhere: HTML or MJML in a file, a zip with its pictures, or Markdown.
package letterfile

import (
	"bytes"
	"fmt"
	"io"
	"path"
	"strings"

	"golang.org/x/net/html/charset"

	"keepsake/campaigns/document"
	"keepsake/campaigns/fault"
)

// MaxUpload is how large a file may be, in octets.
const MaxUpload = 20 << 20

// Letter is what was read.
type Letter struct {
	Mode   string          // html, mjml or blocks
	Code   string          // with html and mjml
	Blocks document.Blocks // with blocks; without a footer
	Title  string          // what the file calls itself, or ""
	Notes  []Note
}

// Note is one thing that was changed on the way in, with the reason: "3 pictures …". Count is
// 0 where there is nothing to count.
type Note struct {
	Text  string
	Count int
	Args  []any
}

// Keep takes a picture over and returns its address in letters. A *fault.Error says why this
// one cannot be taken; any other error ends the import.
type Keep func(name string, data []byte) (url string, err error)

// Read reads a file by its name's ending; without a name it is HTML, or MJML if it says so.
func Read(name string, data []byte, keep Keep) (Letter, error) {
	if len(data) > MaxUpload {
		return Letter{}, fault.Field("file", "The file is larger than 20 MB. Take out what the letter does not need.")
	}
	if bytes.HasPrefix(data, []byte("PK\x03\x04")) || ending(name) == ".zip" {
		return readZip(data, keep)
	}
	switch ending(name) {
	case ".md", ".markdown", ".txt":
		return Markdown(string(text(data)))
	case "", ".html", ".htm", ".xhtml", ".mjml":
		return readCode(data, files{}, keep)
	}
	return Letter{}, fault.Field("file", "“%s” is none of the kinds that are read here: .html, .mjml, .md, or a .zip with HTML and its pictures.", path.Base(name))
}

func ending(name string) string { return strings.ToLower(path.Ext(name)) }

// text is data as UTF-8: by its mark, by what it says itself, else as it is read in the West.
func text(data []byte) []byte {
	encoding, _, _ := charset.DetermineEncoding(data[:min(len(data), 1024)], "")
	if validUTF8(data) {
		return bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	}
	out, err := io.ReadAll(io.LimitReader(encoding.NewDecoder().Reader(bytes.NewReader(data)), 4*MaxUpload))
	if err != nil {
		return bytes.ToValidUTF8(data, nil)
	}
	return bytes.TrimPrefix(out, []byte("\xef\xbb\xbf"))
}

// readCode cleans HTML or MJML and takes its pictures over.
func readCode(data []byte, have files, keep Keep) (Letter, error) {
	src := string(text(data))
	if len(src) > document.MaxBytes {
		return Letter{}, fault.Field("file", "The code of the letter is larger than 1 MB. Pictures belong beside it, not inside.")
	}
	if strings.TrimSpace(src) == "" {
		return Letter{}, fault.Field("file", "There is nothing in it: choose the letter's HTML.")
	}
	if strings.ContainsRune(src, 0) {
		return Letter{}, fault.Field("file", "This is no text. Save the letter as HTML and choose that file.")
	}
	c := newCleaner(src, have, keep)
	if err := c.clean(); err != nil {
		return Letter{}, fmt.Errorf("read the letter: %w", err)
	}
	l := Letter{Mode: "html", Code: c.result(), Title: strings.TrimSpace(c.title), Notes: c.notes()}
	if c.mjml {
		l.Mode = "mjml"
	}
	if len(l.Code) > document.MaxBytes {
		return Letter{}, fault.Field("file", "The code of the letter is larger than 1 MB. Pictures belong beside it, not inside.")
	}
	return l, nil
}

// Clean is code of a letter without what no mail program would show or run. Its pictures stay where they are.
func Clean(code string) (string, error) {
	c := newCleaner(code, files{}, func(string, []byte) (string, error) {
		return "", &fault.Error{}
	})
	if err := c.clean(); err != nil {
		return "", fmt.Errorf("clean the letter: %w", err)
	}
	return c.result(), nil
}
