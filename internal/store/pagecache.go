package store

/*
extern int sqlite3_config(int, ...);
static int keepsake_pages(void) { return sqlite3_config(7, (void *)0, 0, 0); } // SQLITE_CONFIG_PAGECACHE
static int keepsake_uncounted(void) { return sqlite3_config(9, 0); } // SQLITE_CONFIG_MEMSTATUS
*/
import "C"

// SQLite would reserve twenty pages of memory for each table that a statement makes in passing,
// and give them back to the system behind it: a third of a small commit's time. And it would count its memory, under a lock
// that connections wait for each other at.
func init() {
	C.keepsake_pages()
	C.keepsake_uncounted()
}
