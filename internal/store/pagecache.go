package store

/*
extern int sqlite3_config(int, ...);
static int keepsake_pages(void) { return sqlite3_config(7, (void *)0, 0, 0); } // SQLITE_CONFIG_PAGECACHE
*/
import "C"

// SQLite would reserve twenty pages of memory for each table that a statement makes in passing,
// and give them back to the system behind it: a third of a small commit's time.
func init() { C.keepsake_pages() }
