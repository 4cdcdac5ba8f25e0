package page

import (
	"bytes"
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"strings"
	"sync"

	"keepsake/internal/render"
)

// Book holds every page's template: a page is its layout, the partials of its folder and its
// own file, so no page can overwrite another's blocks.
type Book struct {
	Files   fs.FS // of all templates: the starter letters and the catalogues, too
	catalog *render.Catalog
	pages   map[string]*sync.Pool // of *leaf
}

// leaf is one parsed page with the reader it speaks to at the moment. It serves one
// request at a time, so its functions may look at the reader.
type leaf struct {
	template *template.Template
	view     *view
}

// NewBook parses all pages of the folders admin and public: layout.html, the partials
// _*.html, and a page for each other file, named "admin/lists". The kinds' landing pages,
// "kinds/gift/redeem", are pages within the public layout.
func NewBook(fsys fs.FS, catalog *render.Catalog) (*Book, error) {
	b := &Book{Files: fsys, catalog: catalog, pages: map[string]*sync.Pool{}}
	for _, folder := range [][]string{{"admin/*.html"}, {"public/*.html", "kinds/*/*.html"}} {
		if err := b.folder(fsys, folder); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// folder reads the pages of the patterns, which share a layout and partials, to see their faults.
func (b *Book) folder(fsys fs.FS, patterns []string) error {
	var shared, own []string
	for _, pattern := range patterns {
		files, err := fs.Glob(fsys, pattern)
		if err != nil {
			return err
		}
		for _, f := range files {
			if name := path.Base(f); name == "layout.html" || strings.HasPrefix(name, "_") {
				shared = append(shared, f)
			} else {
				own = append(own, f)
			}
		}
	}
	layout, err := template.New("page").Funcs(b.funcs(&view{})).ParseFS(fsys, shared...)
	if err != nil {
		return fmt.Errorf("layout: %w", err)
	}
	if layout.Lookup("layout") == nil {
		return fmt.Errorf("there is no layout")
	}
	for _, f := range own {
		if _, err := b.leaf(layout, fsys, f); err != nil {
			return fmt.Errorf("page %s: %w", f, err)
		}
		b.pages[strings.TrimSuffix(f, ".html")] = &sync.Pool{New: func() any { // parsed before, without a fault
			l, err := b.leaf(layout, fsys, f)
			if err != nil {
				panic(err)
			}
			return l
		}}
	}
	return nil
}

// leaf makes a page. Only those that are looked at stay in memory: all together they were half
// of what a sending process held.
func (b *Book) leaf(layout *template.Template, fsys fs.FS, file string) (*leaf, error) {
	root, err := layout.Clone()
	if err != nil {
		return nil, err
	}
	l := &leaf{view: &view{}}
	l.template, err = root.Funcs(b.funcs(l.view)).ParseFS(fsys, file)
	return l, err
}

// Has reports whether there is a page of that name.
func (b *Book) Has(name string) bool { return b.pages[name] != nil }

// file is a file of the templates as text, for a page that shows it.
func (b *Book) file(name string) (string, error) {
	text, err := fs.ReadFile(b.Files, name)
	return string(text), err
}

// execute writes a block of a page as the view's reader sees it.
func (b *Book) execute(name, block string, v view) ([]byte, error) {
	pool := b.pages[name]
	if pool == nil {
		return nil, fmt.Errorf("there is no page %q", name)
	}
	l := pool.Get().(*leaf)
	defer pool.Put(l)
	*l.view = v
	defer func() { *l.view = view{} }()
	var out bytes.Buffer
	if err := l.template.ExecuteTemplate(&out, block, v.Data); err != nil {
		return nil, fmt.Errorf("page %s: %w", name, err)
	}
	return out.Bytes(), nil
}
