package store

import (
	"database/sql"
	"fmt"
	"strings"
	"sync"
	"unicode"

	"github.com/mattn/go-sqlite3"
	"gorm.io/driver/sqlite"
	"gorm.io/gorm"
)

// sqliteDriver is SQLite with a function of ours: its own LOWER and LIKE know ASCII letters only,
// and "иван" would not find Иван.
const sqliteDriver = "keepsake-sqlite"

var register = sync.OnceFunc(func() {
	sql.Register(sqliteDriver, &sqlite3.SQLiteDriver{ConnectHook: func(c *sqlite3.SQLiteConn) error {
		if _, err := c.Exec("PRAGMA wal_autocheckpoint = 4000", nil); err != nil { // 16 MB: a page written often is copied back seldom
			return err
		}
		return c.RegisterFunc("ulower", strings.ToLower, true)
	}})
})

func openSQLite(dsn string) gorm.Dialector {
	register()
	return sqlite.New(sqlite.Config{DriverName: sqliteDriver, DSN: dsn})
}

// part is the condition that one of the columns holds the text, in either case. ASCII, so every address, is found
// fastest; for other letters SQLite's GLOB is given each in both its cases, and PostgreSQL ICU's rules: a database made
// with the locale C has none.
func part(db *gorm.DB, text string, columns ...string) *gorm.DB {
	sql, args := parts(db, text, columns...)
	return db.Where("("+sql+")", args...)
}

func parts(db *gorm.DB, text string, columns ...string) (sql string, args []any) {
	like := "%" + likeEscape.Replace(strings.ToLower(text)) + "%"
	holds := map[string]string{"sqlite": `%s LIKE ? ESCAPE '\'`, "postgres": `LOWER(%s) LIKE ? ESCAPE '\'`}[db.Name()] // SQLite's LIKE does not tell the cases of ASCII apart
	switch foreign := strings.ContainsFunc(text, func(r rune) bool { return r > 0x7f }); {
	case foreign && db.Name() == "sqlite":
		holds, like = `%s GLOB ?`, "*"+globOf(text)+"*"
	case foreign:
		holds = `LOWER(%s COLLATE "und-x-icu") LIKE ? ESCAPE '\'`
	}
	var or []string
	for _, c := range columns {
		how := holds
		if strings.HasSuffix(c, "email_norm") && db.Name() == "postgres" { // in small letters as it is
			how = `%s LIKE ? ESCAPE '\'`
		}
		or, args = append(or, fmt.Sprintf(how, c)), append(args, like)
	}
	return strings.Join(or, " OR "), args
}

// foundBy are the columns in which a person is looked for, the address first: what has an @ is a part of one.
func foundBy(text string, columns ...string) []string {
	if strings.Contains(text, "@") {
		return columns[:1]
	}
	return columns
}

var likeEscape = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// globOf is the pattern of GLOB for the text in any case.
func globOf(text string) string {
	var pattern strings.Builder
	for _, r := range text {
		cases := string(r)
		for other := unicode.SimpleFold(r); other != r; other = unicode.SimpleFold(other) {
			cases += string(other)
		}
		if cases != string(r) || strings.ContainsRune("*?[", r) {
			cases = "[" + cases + "]"
		}
		pattern.WriteString(cases)
	}
	return pattern.String()
}
