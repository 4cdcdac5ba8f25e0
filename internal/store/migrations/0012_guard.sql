-- +goose Up
-- What the server said, beside the report itself, for the operator's list of the last ones.
ALTER TABLE reports ADD COLUMN words TEXT NOT NULL DEFAULT '';
CREATE INDEX reports_at ON reports (at);
CREATE INDEX reports_source ON reports (source, at);

-- One row for each way that reports come by: when something came last, and what was in its way.
CREATE TABLE intakes (
	source TEXT PRIMARY KEY, heard_at {{ts}}, trouble TEXT NOT NULL DEFAULT '', trouble_at {{ts}});

-- What paused a run by itself ('hard' or 'complaint'; '' when nothing did), and the shares, in
-- percent, with which a person let it go on.
ALTER TABLE runs ADD COLUMN guarded TEXT NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN hard_passed DOUBLE PRECISION NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN complaint_passed DOUBLE PRECISION NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE runs DROP COLUMN complaint_passed;
ALTER TABLE runs DROP COLUMN hard_passed;
ALTER TABLE runs DROP COLUMN guarded;
DROP TABLE intakes;
DROP INDEX reports_source;
DROP INDEX reports_at;
ALTER TABLE reports DROP COLUMN words;
