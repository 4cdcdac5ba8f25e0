-- +goose Up
CREATE TABLE segments (
	id {{pk}}, name TEXT NOT NULL, rule TEXT NOT NULL, version INTEGER NOT NULL DEFAULT 1,
	created_at {{ts}} NOT NULL, updated_at {{ts}} NOT NULL, updated_by TEXT NOT NULL DEFAULT '', deleted_at {{ts}});

-- Of those on the lists of a campaign only who is in one of these segments, and in none of those.
ALTER TABLE campaigns ADD COLUMN segments TEXT NOT NULL DEFAULT '[]';
ALTER TABLE campaigns ADD COLUMN not_segments TEXT NOT NULL DEFAULT '[]';

-- What segments ask of a million people: each answered from an index alone. The first two take the place of narrower ones.
DROP INDEX activities_clicks;
CREATE INDEX activities_clicks ON activities (at, subscriber_id, delivery_id) WHERE kind = 'click' AND verdict = 'human';
DROP INDEX orders_subscriber;
CREATE INDEX orders_subscriber ON orders (subscriber_id, placed_at, state, currency, total_cents, refunded_cents);
CREATE INDEX activities_opens ON activities (at, subscriber_id, delivery_id) WHERE kind = 'open' AND verdict = 'human';
CREATE INDEX orders_placed ON orders (placed_at, state, subscriber_id, currency);
CREATE INDEX orders_given_back ON orders (id) WHERE refunded_cents > 0;

-- +goose Down
DROP INDEX orders_given_back;
DROP INDEX orders_placed;
DROP INDEX activities_opens;
DROP INDEX orders_subscriber;
CREATE INDEX orders_subscriber ON orders (subscriber_id, placed_at);
DROP INDEX activities_clicks;
CREATE INDEX activities_clicks ON activities (at) WHERE kind = 'click' AND verdict = 'human';
ALTER TABLE campaigns DROP COLUMN not_segments;
ALTER TABLE campaigns DROP COLUMN segments;
DROP TABLE segments;
