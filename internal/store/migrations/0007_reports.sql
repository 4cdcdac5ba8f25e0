-- +goose Up
-- What other servers told of letters they took: bounces and complaints. One row for each
-- verdict on a delivery, so that a report that comes again, or in other words, adds nothing.
CREATE TABLE reports (
	report_key TEXT PRIMARY KEY, email_norm TEXT NOT NULL, subscriber_id BIGINT NOT NULL, delivery_id BIGINT NOT NULL, campaign_id BIGINT NOT NULL,
	verdict TEXT NOT NULL, status TEXT NOT NULL, source TEXT NOT NULL,
	counts BOOLEAN NOT NULL, -- against the address: a soft bounce that is about it
	at {{ts}} NOT NULL);
INSERT INTO reports -- until now only dead addresses were noted, when the letter was handed over
	SELECT 'activity:' || MIN(a.id), s.email_norm, a.subscriber_id, a.delivery_id, a.campaign_id, 'hard', '', 'sending', FALSE, MIN(a.at)
	  FROM activities a JOIN subscribers s ON s.id = a.subscriber_id WHERE a.kind = 'bounce'
	 GROUP BY s.email_norm, a.subscriber_id, a.delivery_id, a.campaign_id;
CREATE INDEX reports_address ON reports (email_norm, at);
CREATE INDEX reports_delivery ON reports (delivery_id);
CREATE INDEX reports_campaign ON reports (campaign_id, verdict);
CREATE INDEX reports_subscriber ON reports (subscriber_id);

-- Letters of the bounce mailbox that were read and left there.
CREATE TABLE letters_seen (
	mailbox TEXT NOT NULL, uid TEXT NOT NULL, at {{ts}} NOT NULL, PRIMARY KEY (mailbox, uid));

ALTER TABLE runs ADD COLUMN hard_bounced BIGINT NOT NULL DEFAULT 0;
UPDATE runs SET hard_bounced = bounced;

-- +goose Down
ALTER TABLE runs DROP COLUMN hard_bounced;
DROP TABLE letters_seen;
DROP TABLE reports;
