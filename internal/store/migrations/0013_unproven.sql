-- +goose Up
-- Reports that carry no token of ours: anybody may have written them, so nothing follows from
-- them. One row for each verdict on a person, the newest, so that strangers cannot fill it.
CREATE TABLE unproven_reports (
	subscriber_id BIGINT NOT NULL REFERENCES subscribers(id) ON DELETE CASCADE, verdict TEXT NOT NULL,
	status TEXT NOT NULL, words TEXT NOT NULL, source TEXT NOT NULL, at {{ts}} NOT NULL, PRIMARY KEY (subscriber_id, verdict));
CREATE INDEX unproven_reports_at ON unproven_reports (at);

-- +goose Down
DROP TABLE unproven_reports;
