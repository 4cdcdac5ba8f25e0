package store

import (
	"database/sql"
	"fmt"
	"strings"
	"sync"

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

// part is the condition that one of the columns holds the text, in either case. ASCII, so
// every address, is found as fast as ever; other letters need a function of ours on SQLite,
// and on PostgreSQL ICU's rules: a database made with the locale C has none.
func part(db *gorm.DB, text string, columns ...string) *gorm.DB {
	sql, args := parts(db, text, columns...)
	return db.Where("("+sql+")", args...)
}

func parts(db *gorm.DB, text string, columns ...string) (sql string, args []any) {
	lower := map[string]string{"sqlite": "%s", "postgres": "LOWER(%s)"}[db.Name()] // SQLite's LIKE does not tell the cases of ASCII apart
	if strings.ContainsFunc(text, func(r rune) bool { return r > 0x7f }) {
		lower = map[string]string{"sqlite": "ulower(%s)", "postgres": `LOWER(%s COLLATE "und-x-icu")`}[db.Name()]
	}
	like := "%" + likeEscape.Replace(strings.ToLower(text)) + "%"
	var or []string
	for _, c := range columns {
		or, args = append(or, fmt.Sprintf(lower, c)+` LIKE ? ESCAPE '\'`), append(args, like)
	}
	return strings.Join(or, " OR "), args
}

var likeEscape = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)
