-- +goose Up
-- A message's variants: '' is A, then b to e, each in every language.
CREATE TABLE contents_of (
	message_id BIGINT NOT NULL REFERENCES messages(id) ON DELETE CASCADE, lang TEXT NOT NULL, variant TEXT NOT NULL DEFAULT '', mode TEXT NOT NULL,
	subject TEXT NOT NULL, preheader TEXT NOT NULL, sender_name TEXT NOT NULL DEFAULT '', document TEXT NOT NULL, html TEXT NOT NULL,
	version INTEGER NOT NULL, updated_at {{ts}} NOT NULL, updated_by TEXT NOT NULL DEFAULT '', PRIMARY KEY (message_id, lang, variant));
INSERT INTO contents_of (message_id, lang, mode, subject, preheader, document, html, version, updated_at, updated_by)
	SELECT message_id, lang, mode, subject, preheader, document, html, version, updated_at, updated_by FROM contents;
DROP TABLE contents;
ALTER TABLE contents_of RENAME TO contents;
ALTER TABLE messages ADD COLUMN test TEXT NOT NULL DEFAULT ''; -- the rule of its test, JSON; '' for none

CREATE TABLE trials ( -- a message's test in one run: what was asked, and how it ended
	id {{pk}}, campaign_id BIGINT NOT NULL, run_id BIGINT NOT NULL REFERENCES runs(id) ON DELETE CASCADE, message_id BIGINT NOT NULL,
	variants TEXT NOT NULL, rule TEXT NOT NULL, -- JSON, as they were when it began
	one_by_one BOOLEAN NOT NULL, held BIGINT NOT NULL DEFAULT 0, -- people who were kept back for the winner
	began_at {{ts}} NOT NULL, ends_at {{ts}}, -- when it is decided; unknown until the test letters have left
	winner TEXT NOT NULL DEFAULT '', decided_at {{ts}}, decided_by TEXT NOT NULL DEFAULT '', -- '' by the rule, else who
	verdict TEXT NOT NULL DEFAULT '{}', figures TEXT NOT NULL DEFAULT '[]', -- JSON, as they were at the decision
	retired_at {{ts}}); -- when its winner became the letter, and another test may begin
CREATE UNIQUE INDEX trials_of ON trials (run_id, message_id) WHERE retired_at IS NULL;
CREATE INDEX trials_open ON trials (id) WHERE decided_at IS NULL;
CREATE INDEX trials_campaign ON trials (campaign_id, id);

ALTER TABLE deliveries ADD COLUMN variant TEXT NOT NULL DEFAULT ''; -- '' without a test, or while it waits for the winner
ALTER TABLE deliveries ADD COLUMN trial_id BIGINT; -- of those who try a variant or wait; NULL for all others, who are in no index of it
CREATE INDEX deliveries_trial ON deliveries (trial_id, variant) WHERE trial_id IS NOT NULL;

-- +goose Down
-- There is one letter again, A; the others stay in the history. Who waits for a winner gets A now.
UPDATE deliveries SET due_at = created_at WHERE trial_id IS NOT NULL AND state = 'planned' AND variant = '';
DROP INDEX deliveries_trial;
ALTER TABLE deliveries DROP COLUMN trial_id;
ALTER TABLE deliveries DROP COLUMN variant;
DROP TABLE trials;
ALTER TABLE messages DROP COLUMN test;
CREATE TABLE contents_of (
	message_id BIGINT NOT NULL REFERENCES messages(id) ON DELETE CASCADE, lang TEXT NOT NULL, mode TEXT NOT NULL,
	subject TEXT NOT NULL, preheader TEXT NOT NULL, document TEXT NOT NULL, html TEXT NOT NULL,
	version INTEGER NOT NULL, updated_at {{ts}} NOT NULL, updated_by TEXT NOT NULL DEFAULT '', PRIMARY KEY (message_id, lang));
INSERT INTO contents_of (message_id, lang, mode, subject, preheader, document, html, version, updated_at, updated_by)
	SELECT message_id, lang, mode, subject, preheader, document, html, version, updated_at, updated_by FROM contents WHERE variant = '';
DROP TABLE contents;
ALTER TABLE contents_of RENAME TO contents;
