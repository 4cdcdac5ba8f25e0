-- +goose Up
-- The name of the token by which a program did it; '' for people and the command line.
ALTER TABLE audits ADD COLUMN token TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE audits DROP COLUMN token;
