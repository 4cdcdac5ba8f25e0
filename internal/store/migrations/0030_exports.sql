-- +goose Up
CREATE TABLE saved_exports ( -- exports that are made again and again, and where their files go
	id {{pk}}, name TEXT NOT NULL, export TEXT NOT NULL, cron TEXT NOT NULL, zone TEXT NOT NULL, destination TEXT NOT NULL, -- two of them JSON
	secret TEXT NOT NULL, -- of the destination, sealed
	paused BOOLEAN NOT NULL DEFAULT FALSE, next_run_at {{ts}}, last_job_id BIGINT NOT NULL DEFAULT 0,
	created_at {{ts}} NOT NULL, updated_at {{ts}} NOT NULL, deleted_at {{ts}});
CREATE INDEX saved_exports_next ON saved_exports (next_run_at) WHERE next_run_at IS NOT NULL;

-- +goose Down
DROP TABLE saved_exports;
