-- +goose Up
CREATE TABLE segments (
	id {{pk}}, name TEXT NOT NULL, rule TEXT NOT NULL, version INTEGER NOT NULL DEFAULT 1,
	created_at {{ts}} NOT NULL, updated_at {{ts}} NOT NULL, updated_by TEXT NOT NULL DEFAULT '', deleted_at {{ts}});

-- Of those on the lists of a campaign only who is in one of these segments, and in none of those.
ALTER TABLE campaigns ADD COLUMN segments TEXT NOT NULL DEFAULT '[]';
ALTER TABLE campaigns ADD COLUMN not_segments TEXT NOT NULL DEFAULT '[]';

-- +goose Down
ALTER TABLE campaigns DROP COLUMN not_segments;
ALTER TABLE campaigns DROP COLUMN segments;
DROP TABLE segments;
