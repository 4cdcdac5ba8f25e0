-- +goose Up
-- A test is over when its winner has reached everybody who waited for it: that goes in steps.
ALTER TABLE trials ADD COLUMN released_at {{ts}};
UPDATE trials SET released_at = decided_at;
DROP INDEX trials_open;
CREATE INDEX trials_open ON trials (id) WHERE released_at IS NULL;

-- +goose Down
-- Who still waits for a winner that is decided has it now: before, deciding gave it to all at once.
UPDATE deliveries SET variant = t.winner, due_at = t.decided_at, trial_id = NULL FROM trials t
	WHERE t.id = deliveries.trial_id AND t.decided_at IS NOT NULL AND t.released_at IS NULL AND deliveries.state = 'planned' AND deliveries.variant = '';
DROP INDEX trials_open;
CREATE INDEX trials_open ON trials (id) WHERE decided_at IS NULL;
ALTER TABLE trials DROP COLUMN released_at;
