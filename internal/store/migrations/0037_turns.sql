-- +goose Up
-- How often a job was handed out: a worker whose lease another has taken over writes nothing more.
ALTER TABLE jobs ADD COLUMN turn BIGINT NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE jobs DROP COLUMN turn;
