package letterfile

import (
	"archive/zip"
	"bytes"
	"io"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"keepsake/campaigns/fault"
)

// The limits of a zip. What it says about itself is not believed: octets are counted as they come.
const (
	maxFiles    = 300
	maxUnpacked = 60 << 20 // of all files that are read
	maxFile     = 10 << 20
)

// files are what stands beside a letter, by their cleaned paths. Nothing is written to disk,
// so a path that leads elsewhere is only a name that nobody asks for.
type files struct {
	of   map[string]*zip.File
	dir  string // where the letter lies
	left *int64 // octets that may still be unpacked
}

func readZip(data []byte, keep Keep) (Letter, error) {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return Letter{}, fault.Field("file", "The zip is damaged. Make it again and try once more.")
	}
	if len(z.File) > maxFiles {
		return Letter{}, fault.Field("file", "The zip holds more than %d files. Put only the letter and its pictures into it.", maxFiles)
	}
	left := int64(maxUnpacked)
	have := files{of: map[string]*zip.File{}, left: &left}
	var letters []string
	for _, f := range z.File {
		name := clean(f.Name)
		if name == "" || f.FileInfo().IsDir() || strings.HasPrefix(path.Base(name), ".") || strings.HasPrefix(name, "__MACOSX/") {
			continue
		}
		have.of[name] = f
		if slices.Contains([]string{".html", ".htm", ".mjml"}, ending(name)) {
			letters = append(letters, name)
		}
	}
	if len(letters) == 0 {
		return Letter{}, fault.Field("file", "There is no .html file in the zip.")
	}
	slices.SortFunc(letters, nearer)
	have.dir = path.Dir(letters[0])
	src, err := have.read(letters[0])
	if err != nil {
		return Letter{}, err
	}
	l, err := readCode(src, have, keep)
	if len(letters) > 1 && err == nil {
		l.Notes = append([]Note{{Text: "There are %d letters in the zip: this is “%s”.", Args: []any{len(letters), letters[0]}}}, l.Notes...)
	}
	return l, err
}

// nearer puts the file first that is most likely the letter: MJML, then index, then the highest up.
func nearer(a, b string) int {
	rank := func(name string) int {
		r := 10 * strings.Count(name, "/")
		if ending(name) == ".mjml" {
			r -= 5
		}
		if strings.HasPrefix(strings.ToLower(path.Base(name)), "index.") {
			r -= 2
		}
		return r
	}
	if d := rank(a) - rank(b); d != 0 {
		return d
	}
	return strings.Compare(a, b)
}

// clean is a path inside the zip, or "" for one that leads out of it.
func clean(name string) string {
	name = strings.ReplaceAll(name, `\`, "/")
	if !utf8.ValidString(name) || strings.HasPrefix(name, "/") || strings.Contains(name, ":") {
		return ""
	}
	name = path.Clean(name)
	if name == "." || name == ".." || strings.HasPrefix(name, "../") {
		return ""
	}
	return name
}

// find is the file a reference means, seen from the letter; false when it is not there. A
// name that differs only in case, or a cid: that only names the file, is found too.
func (f files) find(ref string) (string, bool) {
	if f.of == nil {
		return "", false
	}
	if name := clean(path.Join(f.dir, ref)); name != "" && f.of[name] != nil {
		return name, true
	}
	base, found := path.Base(ref), ""
	for name := range f.of {
		plain := strings.TrimSuffix(path.Base(name), path.Ext(name))
		if (strings.EqualFold(path.Base(name), base) || strings.EqualFold(plain, base)) && (found == "" || name < found) {
			found = name
		}
	}
	return found, found != ""
}

// read unpacks one file within the limits.
func (f files) read(name string) ([]byte, error) {
	r, err := f.of[name].Open()
	if err != nil {
		return nil, fault.Field("file", "The zip is damaged. Make it again and try once more.")
	}
	defer r.Close()
	data, err := io.ReadAll(io.LimitReader(r, min(maxFile, *f.left)+1))
	if *f.left -= int64(len(data)); *f.left < 0 || len(data) > maxFile {
		return nil, fault.Field("file", "“%s” in the zip is too large when unpacked.", path.Base(name))
	}
	if err != nil {
		return nil, fault.Field("file", "The zip is damaged. Make it again and try once more.")
	}
	return data, nil
}

func validUTF8(data []byte) bool { return utf8.Valid(data) }
