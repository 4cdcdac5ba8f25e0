-- +goose Up
ALTER TABLE processes ADD COLUMN base_url TEXT NOT NULL DEFAULT ''; -- what links begin with that it writes; the same for all

-- +goose Down
ALTER TABLE processes DROP COLUMN base_url;
