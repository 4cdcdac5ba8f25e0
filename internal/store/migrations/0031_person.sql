-- +goose Up
-- Where a person who was merged into another is found now, and what is needed to part the two again.
CREATE TABLE former_addresses (
	email_norm TEXT PRIMARY KEY, email TEXT NOT NULL, subscriber_id BIGINT NOT NULL REFERENCES subscribers(id) ON DELETE CASCADE, at {{ts}} NOT NULL);
CREATE INDEX former_addresses_subscriber ON former_addresses (subscriber_id);
CREATE TABLE merges (
	id {{pk}}, kept_id BIGINT NOT NULL, gone_id BIGINT NOT NULL, at {{ts}} NOT NULL, undone_at {{ts}},
	record TEXT NOT NULL); -- both as they were, and what was moved, JSON; '' once it can no longer be undone
CREATE INDEX merges_gone ON merges (gone_id);
CREATE INDEX merges_kept ON merges (kept_id);

-- What is asked of one person.
CREATE INDEX codes_subscriber ON codes (subscriber_id) WHERE subscriber_id IS NOT NULL;
CREATE INDEX alerts_subscriber ON alerts (subscriber_id);
CREATE INDEX audits_object ON audits (object, id);

-- What erased people had bought, added up by the month of the order (12 × year + month from 0, UTC): nobody is in it.
CREATE TABLE erased_orders (
	currency TEXT NOT NULL, month INTEGER NOT NULL, orders BIGINT NOT NULL, total_cents BIGINT NOT NULL, refunded_cents BIGINT NOT NULL,
	PRIMARY KEY (currency, month));
-- On how many letters a link was clicked, of the clicks that are no longer on record.
CREATE TABLE kept_clicks (
	campaign_id BIGINT NOT NULL, link_id BIGINT NOT NULL, letters BIGINT NOT NULL, PRIMARY KEY (campaign_id, link_id));

-- +goose Down
DROP TABLE kept_clicks;
DROP TABLE erased_orders;
DROP INDEX audits_object;
DROP INDEX alerts_subscriber;
DROP INDEX codes_subscriber;
DROP TABLE merges;
DROP TABLE former_addresses;
