-- +goose Up
-- Whom a job in bulk is about, and how it was before: by that it is undone for seven days.
CREATE TABLE bulk_people (
	job_id BIGINT NOT NULL REFERENCES jobs(id) ON DELETE CASCADE, subscriber_id BIGINT NOT NULL REFERENCES subscribers(id) ON DELETE CASCADE,
	mail BOOLEAN NOT NULL, -- undoing it may bring them mail: who leaves meanwhile is taken out
	was TEXT,              -- NULL until it is done, and where nothing was to do
	PRIMARY KEY (job_id, subscriber_id));
CREATE INDEX bulk_people_subscriber ON bulk_people (subscriber_id);

-- The job whose work a job takes back; each is taken back once.
ALTER TABLE jobs ADD COLUMN undoes BIGINT NOT NULL DEFAULT 0;
CREATE UNIQUE INDEX jobs_undoes ON jobs (undoes) WHERE undoes <> 0;

-- +goose Down
DROP INDEX jobs_undoes;
ALTER TABLE jobs DROP COLUMN undoes;
DROP TABLE bulk_people;
