#!/usr/bin/env python3
"""Prints what a Keepsake's SQLite file holds that no GET may change: every row of every table, by table, as JSON.

usage: show-state.py keepsake.db

Left out is what looking may leave behind: the record of opens and clicks itself, and what the program notes for
itself (sessions, jobs, when an API token was last used).
"""
import json
import sqlite3
import sys

TABLES = {"activities", "links", "sessions", "jobs", "letters", "api_tokens", "goose_db_version", "sqlite_sequence"}
COLUMNS = {"deliveries": {"opened_at", "clicked_at", "updated_at"}, "runs": {"opened", "machine_opened", "clicked"}}

db = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True)
out = {}
for (table,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
    if table in TABLES:
        continue
    columns = [c[1] for c in db.execute(f"PRAGMA table_info({table})") if c[1] not in COLUMNS.get(table, ())]
    out[table] = [repr(row) for row in db.execute(f"SELECT {', '.join(columns)} FROM {table}")]
json.dump(out, sys.stdout)
