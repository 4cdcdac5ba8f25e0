-- +goose Up
-- What an import changed of people and orders that were there before, for seven days, so that it can be undone. What it made
-- itself says so: subscribers.source, orders.import_id. The newest comes off first.
CREATE TABLE import_changes (
	id {{pk}}, job_id BIGINT NOT NULL, subscriber_id BIGINT NOT NULL REFERENCES subscribers(id) ON DELETE CASCADE,
	kind TEXT NOT NULL,                          -- person, place, order
	ref BIGINT NOT NULL,                         -- the list, or the order
	was TEXT NOT NULL, became TEXT NOT NULL);    -- of a person the fields that changed, of a place its states ('' for none), of an order all of it before
CREATE INDEX import_changes_job ON import_changes (job_id, id);
CREATE INDEX import_changes_subscriber ON import_changes (subscriber_id);
ALTER TABLE orders ADD COLUMN import_id BIGINT NOT NULL DEFAULT 0; -- the import that told of it last; 0 is the shop itself

-- +goose Down
ALTER TABLE orders DROP COLUMN import_id;
DROP TABLE import_changes;
