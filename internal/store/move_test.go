package store_test

import (
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"
	_ "github.com/mattn/go-sqlite3"

	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/internal/store"
	"keepsake/internal/store/storetest"
)

// table is one of the migrated schema, whatever the migrations made.
type table struct {
	name  string
	names []string
	kinds []string
	null  []bool
}

// stays are the tables that are not moved.
var stays = []string{"goose_db_version", "instances", "processes", "leaders", "sqlite_sequence"}

func schema(t *testing.T, db *sql.DB) (all []table) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), `SELECT m.name, c.name, c.type, c."notnull" = 0 AND c.pk = 0 FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table' ORDER BY m.name, c.cid`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var name, column, kind string
		var null bool
		if err := rows.Scan(&name, &column, &kind, &null); err != nil {
			t.Fatal(err)
		}
		if slices.Contains(stays, name) {
			continue
		}
		if len(all) == 0 || all[len(all)-1].name != name {
			all = append(all, table{name: name})
		}
		last := &all[len(all)-1]
		last.names, last.kinds, last.null = append(last.names, column), append(last.kinds, kind), append(last.null, null)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// fill writes n rows into every table; a row refers to those of the same number.
func fill(t *testing.T, path string, n int) []table {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+path+"?_loc=UTC&_foreign_keys=off")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	all := schema(t, db)
	for _, tab := range all {
		for i := 1; i <= n; i++ {
			values := make([]any, len(tab.names))
			for c := range tab.names {
				values[c] = sample(tab, c, i)
			}
			if _, err := db.ExecContext(t.Context(), `INSERT INTO `+tab.name+` VALUES (?`+strings.Repeat(", ?", len(values)-1)+`)`, values...); err != nil {
				t.Fatalf("%s: %v", tab.name, err)
			}
		}
	}
	return all
}

func sample(tab table, c, i int) any {
	if tab.null[c] && i%3 == 0 {
		return nil
	}
	switch tab.kinds[c] {
	case "DATETIME":
		return time.Date(2026, 3, 29, i%24, 30, 0, i*1000, time.UTC)
	case "BOOLEAN":
		return i%2 == 0
	case "BLOB":
		return []byte{0, 255, byte(i)}
	case "TEXT":
		return fmt.Sprintf("%s %d Жар-птица „“ '\"\\ \n", tab.names[c], i)
	case "DOUBLE PRECISION":
		return float64(i) / 3
	}
	return i
}

// dump is a table's rows as text, in an order that both databases agree on.
func dump(t *testing.T, driver, dsn string, tab table) []string {
	t.Helper()
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.QueryContext(t.Context(), `SELECT "`+strings.Join(tab.names, `", "`)+`" FROM `+tab.name)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		values, to := make([]any, len(tab.names)), make([]any, len(tab.names))
		for i := range values {
			to[i] = &values[i]
		}
		if err := rows.Scan(to...); err != nil {
			t.Fatal(err)
		}
		for i, v := range values {
			if at, ok := v.(time.Time); ok {
				values[i] = at.UTC().Format(time.RFC3339Nano)
			}
		}
		all = append(all, fmt.Sprintf("%#v", values))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	slices.Sort(all)
	return all
}

// folder is a data folder whose SQLite file holds n rows in every table, bound to it.
func folder(t *testing.T, n int) (store.MoveOptions, []table) {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "keepsake.db")
	st, err := store.Open(t.Context(), store.Options{DSN: path})
	if err != nil {
		t.Fatal(err)
	}
	beat(t, bind(t, st, dir))
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	return store.MoveOptions{From: path, To: storetest.PostgresDSN(t, postgres(t)), Home: store.Home{Dir: dir, Secret: home}}, fill(t, path, n)
}

var errKilled = errors.New("killed")

func TestAMoveThatIsKilledAtEveryStepMovesEveryRow(t *testing.T) {
	postgres(t)
	o, tables := folder(t, 15)
	o.Rows = 10
	o.Step = func(store.MovedTable) error { return errKilled }
	kills := 0
	for {
		moved, err := store.Move(t.Context(), o)
		if err == nil {
			if len(moved) != len(tables) {
				t.Errorf("%d tables are moved of %d", len(moved), len(tables))
			}
			break
		}
		if !errors.Is(err, errKilled) {
			t.Fatal(err)
		}
		kills++
		if st, err := store.Open(t.Context(), store.Options{DSN: o.From}); err != nil {
			t.Fatal(err)
		} else if _, err = st.Bind(t.Context(), o.Home); !fault.Is(err, fault.Conflict) {
			t.Fatalf("a database that is half moved is served: %v", err)
		} else {
			st.Close()
		}
	}
	if kills != 2*len(tables) {
		t.Errorf("killed %d times; want 2 for each of %d tables", kills, len(tables))
	}
	for _, tab := range tables {
		want, got := dump(t, "sqlite3", o.From, tab), dump(t, "pgx", o.To, tab)
		if len(want) != 15 || !slices.Equal(got, want) {
			t.Errorf("%s differs: %d rows and %d\n%.300s\n%.300s", tab.name, len(want), len(got), want, got)
		}
	}
	afterMove(t, o, 15)
}

// afterMove sees that the one goes on sending and the other does not.
func afterMove(t *testing.T, o store.MoveOptions, rows int64) {
	t.Helper()
	to, from := openAt(t, o.To), openAt(t, o.From)
	i := bind(t, to, o.Home.Dir)
	wantHeld(t, i, "")
	beat(t, i)
	wantHeld(t, i, "")
	old := bind(t, from, o.Home.Dir)
	wantHeld(t, old, store.HeldMoved)
	if err := old.Confirm(t.Context(), "test"); !fault.Is(err, fault.Conflict) {
		t.Errorf("what was moved can be confirmed: %v", err)
	}
	l := audience.List{Name: "New"}
	if err := l.Validate(); err != nil {
		t.Fatal(err)
	}
	if err := to.CreateList(t.Context(), &l); err != nil || l.ID != rows+1 {
		t.Errorf("the next list is number %d, %v; want %d", l.ID, err, rows+1)
	}
	from.Close()
	if _, err := store.Move(t.Context(), o); !fault.Is(err, fault.Conflict) {
		t.Errorf("moved twice: %v", err)
	}
}

func TestAMoveIntoADatabaseThatHoldsSomethingIsRefused(t *testing.T) {
	postgres(t)
	o, _ := folder(t, 2)
	st := openAt(t, o.To)
	if err := st.SaveSetting(t.Context(), "shop", "{}"); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Move(t.Context(), o); !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "settings") {
		t.Errorf("got %v", err)
	}
	st = openAt(t, o.From)
	wantHeld(t, bind(t, st, o.Home.Dir), "") // nothing was begun
}

func TestAMoveCanBeGivenUp(t *testing.T) {
	postgres(t)
	o, _ := folder(t, 3)
	o.Step = func(store.MovedTable) error { return errKilled }
	if _, err := store.Move(t.Context(), o); !errors.Is(err, errKilled) {
		t.Fatal(err)
	}
	if err := store.GiveUpMove(t.Context(), o.From, o.Home); err != nil {
		t.Fatal(err)
	}
	st := openAt(t, o.From)
	wantHeld(t, bind(t, st, o.Home.Dir), "")
	st.Close()
	if _, err := store.Move(t.Context(), o); !fault.Is(err, fault.Conflict) {
		t.Errorf("a move that was given up goes on: %v", err)
	}
	o.To, o.Step = storetest.PostgresDSN(t, postgres(t)), nil
	if _, err := store.Move(t.Context(), o); err != nil {
		t.Error(err)
	}
}

func TestATextThatPostgresDoesNotTakeIsRepairedAndCounted(t *testing.T) {
	postgres(t)
	o, _ := folder(t, 1)
	db, err := sql.Open("sqlite3", o.From)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), `UPDATE deliveries SET reply = CAST(x'35353020e4ff0062' AS TEXT)`); err != nil {
		t.Fatal(err)
	}
	db.Close()
	moved, err := store.Move(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	for _, tab := range moved {
		if want := map[bool]int64{true: 1}[tab.Name == "deliveries"]; tab.Repaired != want {
			t.Errorf("%s: %d repaired; want %d", tab.Name, tab.Repaired, want)
		}
	}
}
