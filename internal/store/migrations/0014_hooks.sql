-- +goose Up
-- Calls of a way that could not be verified: how many, when the last, and which check failed.
ALTER TABLE intakes ADD COLUMN refused BIGINT NOT NULL DEFAULT 0;
ALTER TABLE intakes ADD COLUMN refused_at {{ts}};
ALTER TABLE intakes ADD COLUMN refused_why TEXT NOT NULL DEFAULT '';

-- What was noted of webhooks so far could have been anybody's doing.
UPDATE intakes SET trouble = '', trouble_at = NULL WHERE source IN ('ses', 'sendgrid', 'postmark', 'mailgun', 'brevo');

-- Tokens of webhooks that may be used once, until their call is too old to be believed anyway.
CREATE TABLE hook_tokens (
	source TEXT NOT NULL, token TEXT NOT NULL, until {{ts}} NOT NULL, PRIMARY KEY (source, token));
CREATE INDEX hook_tokens_until ON hook_tokens (until);

-- +goose Down
DROP TABLE hook_tokens;
ALTER TABLE intakes DROP COLUMN refused_why;
ALTER TABLE intakes DROP COLUMN refused_at;
ALTER TABLE intakes DROP COLUMN refused;
