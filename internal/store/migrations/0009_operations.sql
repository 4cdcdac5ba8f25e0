-- +goose Up
CREATE TABLE processes ( -- who is alive: beats grows every few seconds, and the others watch it
	owner TEXT PRIMARY KEY, host TEXT NOT NULL, roles TEXT NOT NULL, version TEXT NOT NULL, beats BIGINT NOT NULL DEFAULT 0,
	started_at {{ts}} NOT NULL, seen_at {{ts}} NOT NULL);

CREATE TABLE leaders ( -- works that one process at a time does; a term ends when the next begins
	name TEXT PRIMARY KEY, owner TEXT NOT NULL, term BIGINT NOT NULL, since {{ts}} NOT NULL);

CREATE TABLE instances ( -- one row: whose database this is, where it lives, and why it may not send
	id INTEGER PRIMARY KEY, token TEXT NOT NULL, home TEXT NOT NULL, secret TEXT NOT NULL, beat BIGINT NOT NULL,
	held TEXT NOT NULL DEFAULT '', moved_to TEXT NOT NULL DEFAULT '', confirmed_at {{ts}}, confirmed_by TEXT NOT NULL DEFAULT '');

CREATE INDEX deliveries_unsure ON deliveries (campaign_id, id) WHERE state = 'unsure';

-- +goose Down
DROP INDEX deliveries_unsure;
DROP TABLE instances;
DROP TABLE leaders;
DROP TABLE processes;
