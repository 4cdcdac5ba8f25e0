package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"

	"keepsake/campaigns/fault"
)

// Backup writes a consistent copy of the SQLite file at path to the new file to, while a
// Keepsake may be working on it, and returns how many rows each table of the copy has. The
// copy is looked through, and asks for a confirmation before it sends.
func Backup(ctx context.Context, path, to string) (rows map[string]int64, err error) {
	if _, err := os.Stat(path); err != nil {
		return nil, fault.New(fault.NotFound, "There is no SQLite database at %s.", path)
	}
	if _, err := os.Stat(to); err == nil {
		return nil, fault.New(fault.Conflict, "%s is there already.", to)
	}
	if err := vacuumInto(ctx, path, to); err != nil {
		return nil, errors.Join(err, removeIfThere(to))
	}
	if rows, err = sealBackup(ctx, to); err != nil {
		return nil, errors.Join(err, removeIfThere(to))
	}
	return rows, syncFile(to)
}

// vacuumInto copies what is committed at this moment; writers go on beside it.
func vacuumInto(ctx context.Context, path, to string) error {
	register()
	db, err := sql.Open(sqliteDriver, sqliteDSN(path, "&mode=ro"))
	if err != nil {
		return err
	}
	defer db.Close()
	if _, err := db.ExecContext(ctx, `VACUUM INTO ?`, to); err != nil {
		return fmt.Errorf("copy the database: %w", err)
	}
	return os.Chmod(to, 0o600)
}

// sealBackup checks the copy and lets it ask before it sends.
func sealBackup(ctx context.Context, path string) (map[string]int64, error) {
	db, err := sql.Open(sqliteDriver, "file:"+path+"?_synchronous=FULL")
	if err != nil {
		return nil, err
	}
	defer db.Close()
	if err := quickCheck(ctx, db); err != nil {
		return nil, fmt.Errorf("the copy: %w", err)
	}
	rows, err := countAll(ctx, db)
	if err != nil {
		return nil, err
	}
	if _, bound := rows["instances"]; bound { // one of a version before has no such table; its folder's file tells
		if _, err := db.ExecContext(ctx, `UPDATE instances SET held = ? WHERE held = ''`, HeldRestored); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// quickCheck has SQLite look through its file.
func quickCheck(ctx context.Context, db *sql.DB) error {
	var said string
	if err := db.QueryRowContext(ctx, `PRAGMA quick_check(1)`).Scan(&said); err != nil {
		return err
	}
	if said != "ok" {
		return fmt.Errorf("SQLite finds it damaged: %s", said)
	}
	return nil
}

func countAll(ctx context.Context, db *sql.DB) (map[string]int64, error) {
	rows, err := db.QueryContext(ctx, `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := map[string]int64{}
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		all[name] = 0
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	for name := range all {
		var n int64
		if err := db.QueryRowContext(ctx, `SELECT COUNT(*) FROM `+quoted(name)).Scan(&n); err != nil {
			return nil, err
		}
		all[name] = n
	}
	return all, nil
}

func removeIfThere(path string) error {
	if err := os.Remove(path); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

func syncFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}
