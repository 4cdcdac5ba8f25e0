package storetest

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	"github.com/jackc/pgx/v5"

	"keepsake/internal/store"
)

// Most tests want a database with today's tables and nothing in them. Making those takes longer than most tests, so it
// is done once: SQLite's file is copied, PostgreSQL copies a database.

// emptySQLite is the file of a database without rows.
var emptySQLite = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "keepsake-template-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "keepsake.db")
	if err := migrated(file); err != nil {
		return nil, err
	}
	return os.ReadFile(file)
})

// migrated makes the tables in the database of dsn.
func migrated(dsn string) error {
	st, err := store.Open(context.Background(), store.Options{DSN: dsn})
	if err != nil {
		return err
	}
	return st.Close()
}

// emptyPostgres is the name of a database without rows on the server of dsn. It stays there for other packages' tests and
// has its name from the migrations, so that others make another.
var emptyPostgres = sync.OnceValues(func() (string, error) {
	dsn := os.Getenv("KEEPSAKE_TEST_POSTGRES")
	hash, err := schemaHash()
	if err != nil {
		return "", err
	}
	ctx, name := context.Background(), "template_"+hash
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return "", err
	}
	defer conn.Close(ctx) // and with it the lock
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock(hashtext($1))", name); err != nil {
		return "", err
	}
	var there bool
	if err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)", name).Scan(&there); err != nil || there {
		return name, err
	}
	return name, makeTemplate(ctx, conn, dsn, name)
})

// makeTemplate gives the database its name when it is finished: one that was broken off is made anew.
func makeTemplate(ctx context.Context, conn *pgx.Conn, dsn, name string) error {
	raw := name + "_raw"
	for _, sql := range []string{"DROP DATABASE IF EXISTS " + raw, "CREATE DATABASE " + raw} {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return err
		}
	}
	made, err := at(dsn, raw)
	if err != nil {
		return err
	}
	if err := migrated(made); err != nil {
		return err
	}
	_, err = conn.Exec(ctx, "ALTER DATABASE "+raw+" RENAME TO "+name)
	return err
}

// schemaHash tells one set of migrations from another.
func schemaHash() (string, error) {
	_, own, _, _ := runtime.Caller(0)
	files, err := filepath.Glob(filepath.Join(filepath.Dir(own), "../migrations/*.sql"))
	if err != nil || len(files) == 0 {
		return "", fmt.Errorf("no migrations beside %s: %v", own, err)
	}
	sum := sha256.New()
	for _, file := range append(files, filepath.Join(filepath.Dir(own), "../dialect.go")) { // which has the words of each database
		b, err := os.ReadFile(file)
		if err != nil {
			return "", err
		}
		sum.Write(b)
	}
	return fmt.Sprintf("%x", sum.Sum(nil)[:8]), nil
}
