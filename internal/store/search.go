package store

import (
	"database/sql"
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
		return c.RegisterFunc("ulower", strings.ToLower, true)
	}})
})

func openSQLite(dsn string) gorm.Dialector {
	register()
	return sqlite.New(sqlite.Config{DriverName: sqliteDriver, DSN: dsn})
}

// part is the condition that one of the columns holds the text, in either case. SQLite
// calls back into Go only for letters that it does not know: addresses are found as fast as ever.
func part(db *gorm.DB, text string, columns ...string) *gorm.DB {
	lower := "LOWER"
	if db.Name() == "sqlite" && strings.ContainsFunc(text, func(r rune) bool { return r > 0x7f }) {
		lower = "ulower"
	}
	like := "%" + likeEscape.Replace(strings.ToLower(text)) + "%"
	var or []string
	var args []any
	for _, c := range columns {
		or, args = append(or, lower+"("+c+`) LIKE ? ESCAPE '\'`), append(args, like)
	}
	return db.Where("("+strings.Join(or, " OR ")+")", args...)
}

var likeEscape = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)
