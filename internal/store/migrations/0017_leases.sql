-- +goose Up
-- What a sender holds, by the batch: so that handing a letter over and settling it touch no index.
CREATE TABLE leases (
	id {{pk}}, owner TEXT NOT NULL, until {{ts}} NOT NULL,
	deliveries TEXT NOT NULL); -- their numbers, a JSON array
INSERT INTO leases (owner, until, deliveries)
	SELECT leased_by, MAX(lease_until), '[' || string_agg(CAST(id AS TEXT), ',') || ']'
	  FROM deliveries WHERE lease_until IS NOT NULL AND state IN ('leased', 'sending') GROUP BY leased_by;
ALTER TABLE deliveries ADD COLUMN lease_id BIGINT NOT NULL DEFAULT 0;
UPDATE deliveries SET lease_id = (SELECT l.id FROM leases l WHERE l.owner = leased_by)
	WHERE lease_until IS NOT NULL AND state IN ('leased', 'sending');
DROP INDEX deliveries_held;
ALTER TABLE deliveries DROP COLUMN lease_until;

-- The first page's count of letters by day (UTC), which took an index of every letter sent.
CREATE TABLE sent_days (day {{ts}} PRIMARY KEY, n BIGINT NOT NULL);
{{sqlite}} INSERT INTO sent_days SELECT substr(sent_at, 1, 10) || ' 00:00:00+00:00', COUNT(*) FROM deliveries WHERE sent_at IS NOT NULL GROUP BY 1;
{{postgres}} INSERT INTO sent_days SELECT date_trunc('day', sent_at AT TIME ZONE 'UTC') AT TIME ZONE 'UTC', COUNT(*) FROM deliveries WHERE sent_at IS NOT NULL GROUP BY 1;
DROP INDEX deliveries_sent;

-- PostgreSQL writes every index anew when a row changes what any of them knows, and here they
-- know the state. This column stays empty while a letter goes from leased to sent.
{{postgres}} ALTER TABLE deliveries ADD COLUMN resting TEXT GENERATED ALWAYS AS (CASE WHEN state IN ('leased', 'sending', 'sent') THEN '' ELSE state END) STORED;
{{postgres}} DROP INDEX deliveries_due, deliveries_planned, deliveries_odd, deliveries_unsure;
{{postgres}} CREATE INDEX deliveries_due ON deliveries (campaign_id, due_at, id) WHERE resting = 'queued';
{{postgres}} CREATE INDEX deliveries_planned ON deliveries (due_at) WHERE resting = 'planned';
{{postgres}} CREATE INDEX deliveries_odd ON deliveries (campaign_id, resting, id) WHERE resting IN ('skipped', 'failed', 'unsure', 'cancelled');
{{postgres}} CREATE INDEX deliveries_unsure ON deliveries (campaign_id, id) WHERE resting = 'unsure';
{{postgres}} ALTER TABLE deliveries SET (fillfactor = 60);

-- +goose Down
SELECT 1;
