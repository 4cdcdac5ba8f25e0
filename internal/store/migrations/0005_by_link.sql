-- +goose Up
-- A session that began with a one-time link: its user may have forgotten the password.
ALTER TABLE sessions ADD COLUMN by_link BOOLEAN NOT NULL DEFAULT FALSE;

-- +goose Down
ALTER TABLE sessions DROP COLUMN by_link;
