package deps

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

const root = "../.."

// rooms says which of our packages each package may import; the longest name that fits counts.
// A name ending in "/..." fits the folder and all below it. Tests are free to look around.
var rooms = map[string][]string{
	"campaigns":                     {"campaigns/..."},
	"campaigns/...":                 {"campaigns/audience", "campaigns/fault", "campaigns/trial"},
	"campaigns/segment":             {"campaigns/audience", "campaigns/fault"},
	"campaigns/segment/segmenttest": {"campaigns/segment"},
	"campaigns/kindtest":            {"campaigns/..."},
	"campaigns/value":               {"campaigns/audience", "campaigns/fault"},
	"templates":                     {"campaigns/audience", "campaigns/fault"},
	"internal/store/...":            {"campaigns/...", "internal/store/..."},
	"internal/render/...":           {"campaigns/...", "internal/render/...", "internal/liquid", "internal/mjml"},
	"internal/mjml":                 {"campaigns/fault"},
	"internal/liquid":               {"campaigns/..."},
	"internal/mailer/...":           {"campaigns/...", "internal/mailer/..."},
	"internal/inbound":              {"campaigns/..."},
	"internal/hooks":                {"campaigns/..."},
	"internal/shop":                 {"campaigns/..."},
	"internal/exchange":             {"campaigns/..."},
	"internal/jobs":                 {"campaigns/..."},
	"internal/feed":                 {"campaigns/...", "internal/fetch"},
	"internal/fetch":                {},
	"internal/preflight":            {"campaigns/...", "internal/render"}, // what a contrast is
	"internal/link":                 {"campaigns/..."},
	"internal/media":                {"campaigns/fault"},
	"internal/depot":                {"campaigns/...", "internal/fetch"},
	"internal/dkim":                 {},
	"internal/domain":               {"campaigns/...", "internal/dkim"},
	"internal/config":               {"campaigns/..."},
	"internal/demo":                 {"campaigns/...", "internal/store", "internal/dispatch", "internal/render"},
	"internal/dispatch":             {"campaigns/...", "internal/store", "internal/render", "internal/mailer", "internal/link", "internal/feed", "internal/fetch", "internal/preflight"},
	"internal/deps":                 {},
	"internal/bench/...":            {"internal/bench/..."},
	"internal/show/...":             {"..."},
	"web":                           append([]string{"web/..."}, belowWeb...),
	"web/page":                      belowWeb,
	"web/admin":                     append([]string{"web/page"}, belowWeb...),
	"web/public":                    append([]string{"web/page"}, belowWeb...),
	"web/api":                       append([]string{"web/page"}, belowWeb...),
	"cmd/keepsake":                  {"campaigns/...", "internal/...", "web/...", "templates"},
	"internal/store/storetest":      {"campaigns/...", "internal/store"},
	"internal/mailer/smtptest":      {},
	"internal/render/rendertest":    {"campaigns/...", "internal/render"},
}

// belowWeb is all under web's floor, except mailer: only dispatch sends.
var belowWeb = []string{"campaigns/...", "internal/config", "internal/depot", "internal/dispatch", "internal/dkim", "internal/domain", "internal/exchange", "internal/feed", "internal/fetch",
	"internal/hooks", "internal/inbound", "internal/jobs", "internal/link", "internal/liquid", "internal/media", "internal/preflight", "internal/render/...", "internal/shop", "internal/store"}

// testOnly packages help tests; the program never holds them.
var testOnly = []string{"campaigns/kindtest", "campaigns/segment/segmenttest", "internal/store/storetest", "internal/mailer/smtptest", "internal/render/rendertest"}

// technology says where a part may be known: everybody else talks to the room that wraps it.
var technology = map[string][]string{
	"github.com/gin-gonic/gin":       {"web/..."},
	"github.com/danielgtaylor/":      {"web/..."},
	"gorm.io/":                       {"internal/store/..."},
	"github.com/pressly/goose":       {"internal/store/..."},
	"github.com/jackc/pgx":           {"internal/store/..."},
	"github.com/mattn/go-sqlite3":    {"internal/store/..."},
	"database/sql":                   {"internal/store/..."},
	"github.com/wneessen/go-mail":    {"internal/mailer/...", "internal/render/...", "internal/dispatch"},
	"github.com/robfig/cron":         {"campaigns", "internal/dispatch", "cmd/keepsake"},
	"github.com/mmcdole/gofeed":      {"internal/feed"},
	"modernc.org/quickjs":            {"internal/mjml"},
	"github.com/yuin/goldmark":       {"internal/render/letterfile"},
	"github.com/spf13/cobra":         {"cmd/keepsake"},
	"github.com/caarlos0/env":        {"internal/config"},
	"go.yaml.in/yaml":                {"internal/config"},
	"github.com/nicksnyder/go-i18n":  {"internal/render"},
	"github.com/emersion/go-imap":    {"internal/inbound"},
	"github.com/minio/minio-go":      {"internal/media", "internal/depot"},
	"github.com/pkg/sftp":            {"internal/depot"},
	"golang.org/x/crypto/ssh":        {"internal/depot"},
	"github.com/emersion/go-msgauth": {"internal/dkim"},
}

// A goFile is one file's imports.
type goFile struct {
	dir, name string // slash-separated, from the root
	imports   []string
	tree      *ast.File
}

func TestImportsGoDown(t *testing.T) {
	for _, f := range goFiles(t) {
		allowed, known := roomOf(f.dir)
		if !known {
			t.Errorf("%s: there is no room %q in STYLE.md's table: add it to the table and here", f.name, f.dir)
			continue
		}
		for _, imp := range f.imports {
			ours, is := strings.CutPrefix(imp, "keepsake/")
			if is && !fitsAny(ours, allowed) {
				t.Errorf("%s: %s may not import %s", f.name, f.dir, ours)
			}
			if is && fitsAny(ours, testOnly) && !fitsAny(f.dir, testOnly) && !fits(f.dir, "internal/show/...") {
				t.Errorf("%s: %s is for tests only", f.name, ours)
			}
		}
	}
}

func TestPartsStayInTheirRooms(t *testing.T) {
	for _, f := range goFiles(t) {
		if fits(f.dir, "internal/show/...") {
			continue
		}
		for _, imp := range f.imports {
			for part, where := range technology {
				if strings.HasPrefix(imp, part) && !fitsAny(f.dir, where) {
					t.Errorf("%s: %s belongs in %s", f.name, imp, strings.Join(where, ", "))
				}
			}
		}
	}
}

// The heart knows no database, network or clock; of others' code it has cron's parser and Unicode's tables.
func TestCampaignsArePure(t *testing.T) {
	pure := regexp.MustCompile(`^(github.com/robfig/cron/v3|golang.org/x/text/.*|golang.org/x/net/idna)$`)
	impure := regexp.MustCompile(`^(os|os/.*|net|net/http.*|net/smtp|log.*|math/rand.*|.*\..*/.*)$`)
	for _, f := range goFiles(t) {
		if !fits(f.dir, "campaigns/...") || fitsAny(f.dir, testOnly) {
			continue
		}
		for _, imp := range f.imports {
			if impure.MatchString(imp) && !pure.MatchString(imp) {
				t.Errorf("%s imports %s", f.name, imp)
			}
		}
		ast.Inspect(f.tree, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok && selects(call.Fun, "time", "Now") {
				t.Errorf("%s asks for the time: it is handed down", f.name)
			}
			return true
		})
	}
}

func TestTopLevelFolders(t *testing.T) {
	want := map[string]bool{"cmd": true, "web": true, "templates": true, "campaigns": true, "internal": true,
		"docs": true, "scripts": true}
	ignored := gitignored(t)
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.IsDir() && !strings.HasPrefix(e.Name(), ".") && !want[e.Name()] && !ignored[e.Name()] {
			t.Errorf("%s/ is no room of the house", e.Name())
		}
	}
}

func TestNothingIsLeftUnfinished(t *testing.T) {
	marks := regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|XX` + `X)\b|(?i)not ` + `implemented|coming ` + `soon|lorem ` + `ipsum`)
	for _, name := range sources(t, ".go", ".html", ".ts", ".tsx", ".mjs", ".css", ".sql", ".json", ".yaml") {
		for i, line := range strings.Split(read(t, name), "\n") {
			if mark := marks.FindString(line); mark != "" {
				t.Errorf("%s:%d: %s", name, i+1, mark)
			}
		}
	}
}

// roomOf returns what a package may import: its own room's, else by the longest name that fits it.
func roomOf(dir string) (allowed []string, known bool) {
	best := ""
	for room, imports := range rooms {
		if room == dir {
			return imports, true
		}
		if fits(dir, room) && len(room) > len(best) {
			best, allowed, known = room, imports, true
		}
	}
	return allowed, known
}

// fits reports whether dir is the room, or below it where the room's name ends in "/...".
func fits(dir, room string) bool {
	parent, tree := strings.CutSuffix(room, "...")
	if !tree {
		return dir == room
	}
	return dir == strings.TrimSuffix(parent, "/") || strings.HasPrefix(dir, parent)
}

func fitsAny(dir string, rooms []string) bool {
	for _, room := range rooms {
		if fits(dir, room) {
			return true
		}
	}
	return false
}

// goFiles parses all of our Go files but the tests.
func goFiles(t *testing.T) []goFile {
	t.Helper()
	var files []goFile
	for _, name := range sources(t, ".go") {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		tree, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, name), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		f := goFile{dir: path.Dir(name), name: name, tree: tree}
		for _, s := range tree.Imports {
			imp, _ := strconv.Unquote(s.Path.Value)
			f.imports = append(f.imports, imp)
		}
		files = append(files, f)
	}
	return files
}

// sources lists our files that end so, from the root, without what is built or others' work.
func sources(t *testing.T, endings ...string) []string {
	t.Helper()
	var names []string
	ignored := gitignored(t)
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := filepath.ToSlash(strings.TrimPrefix(strings.TrimPrefix(p, root), string(filepath.Separator)))
		if d.IsDir() && name != "" && (ignored[name] || strings.HasPrefix(d.Name(), ".") || d.Name() == "node_modules" || d.Name() == "testdata") {
			return fs.SkipDir
		}
		for _, e := range endings {
			if !d.IsDir() && strings.HasSuffix(name, e) && !isBuilt(name) {
				names = append(names, name)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// isBuilt reports whether a tool wrote the file.
func isBuilt(name string) bool {
	return name == "package-lock.json" || strings.HasPrefix(name, "web/static/") && !strings.HasSuffix(name, ".css")
}

// gitignored are the folders at the root that .gitignore names.
func gitignored(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	for line := range strings.Lines(read(t, ".gitignore")) {
		names[strings.Trim(strings.TrimSpace(line), "/")] = true
	}
	return names
}

func read(t *testing.T, name string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// selects reports whether e is pkg.name.
func selects(e ast.Expr, pkg, name string) bool {
	s, ok := e.(*ast.SelectorExpr)
	if !ok || s.Sel.Name != name {
		return false
	}
	x, ok := s.X.(*ast.Ident)
	return ok && x.Name == pkg
}
