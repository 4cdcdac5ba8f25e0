-- +goose Up
-- A test is over when its winner has reached everybody who waited for it: that goes in steps.
ALTER TABLE trials ADD COLUMN released_at {{ts}};
UPDATE trials SET released_at = decided_at;
DROP INDEX trials_open;
CREATE INDEX trials_open ON trials (id) WHERE released_at IS NULL;

-- +goose Down
SELECT 1;
