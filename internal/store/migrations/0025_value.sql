-- +goose Up
-- What each person bought in each currency, from orders of which something was kept: they are made in Go (store.revalue),
-- and those of the orders that are here already when the database is opened (value_work).
CREATE TABLE subscriber_value (
	subscriber_id BIGINT NOT NULL REFERENCES subscribers(id) ON DELETE CASCADE, currency TEXT NOT NULL,
	orders BIGINT NOT NULL, net_cents BIGINT NOT NULL,
	earned_cents BIGINT NOT NULL, plain_cents BIGINT NOT NULL, -- margin of goods with one of their own; net of the others
	first_at {{ts}} NOT NULL, last_at {{ts}} NOT NULL, span_seconds BIGINT NOT NULL,
	channel TEXT NOT NULL, country TEXT NOT NULL, product TEXT NOT NULL, month INTEGER NOT NULL, -- of the first order; 12 × year + month from 0
	months TEXT NOT NULL,                        -- [[months later, net, earned, plain], …]
	next_at {{ts}}, risk_at {{ts}}, lost_at {{ts}}, -- by the person's own rhythm, where there is one
	PRIMARY KEY (subscriber_id, currency));
CREATE INDEX subscriber_value_risk ON subscriber_value (currency, risk_at, lost_at) WHERE risk_at IS NOT NULL;
CREATE INDEX subscriber_value_net ON subscriber_value (currency, net_cents);

CREATE TABLE subscriber_moods ( -- the newest rating: 1 unhappy, 2 neither, 3 happy
	subscriber_id BIGINT PRIMARY KEY REFERENCES subscribers(id) ON DELETE CASCADE, mood INTEGER NOT NULL, rated_at {{ts}} NOT NULL);

-- Sums over subscriber_value, kept by increments; rows of nobody may stay.
CREATE TABLE value_sums (
	currency TEXT NOT NULL, dim TEXT NOT NULL, name TEXT NOT NULL, customers BIGINT NOT NULL, repeaters BIGINT NOT NULL, orders BIGINT NOT NULL,
	net_cents BIGINT NOT NULL, earned_cents BIGINT NOT NULL, plain_cents BIGINT NOT NULL, span_seconds BIGINT NOT NULL, PRIMARY KEY (currency, dim, name));
CREATE TABLE value_days ( -- by the day of the last order (UTC, since 1970) and the score of frequency
	currency TEXT NOT NULL, day BIGINT NOT NULL, frequency INTEGER NOT NULL, customers BIGINT NOT NULL, net_cents BIGINT NOT NULL, PRIMARY KEY (currency, day, frequency));
CREATE TABLE value_cohorts (
	currency TEXT NOT NULL, channel TEXT NOT NULL, month INTEGER NOT NULL, later INTEGER NOT NULL, customers BIGINT NOT NULL,
	net_cents BIGINT NOT NULL, earned_cents BIGINT NOT NULL, plain_cents BIGINT NOT NULL, PRIMARY KEY (currency, channel, month, later));

CREATE TABLE margins ( -- kind: product (by SKU or name), category, default (name '')
	kind TEXT NOT NULL, name TEXT NOT NULL, share_bp INTEGER NOT NULL, PRIMARY KEY (kind, name));
CREATE TABLE acquisition_costs (
	currency TEXT NOT NULL, channel TEXT NOT NULL, month INTEGER NOT NULL, cents BIGINT NOT NULL, PRIMARY KEY (currency, channel, month));
CREATE TABLE value_work ( -- a row while all figures are to be made anew: how far that is
	id INTEGER PRIMARY KEY, at_id BIGINT NOT NULL, began_at {{ts}}, first_fill BOOLEAN NOT NULL);
INSERT INTO value_work (id, at_id, first_fill) SELECT 1, 0, TRUE WHERE EXISTS (SELECT 1 FROM orders);

-- +goose Down
DROP TABLE value_work;
DROP TABLE acquisition_costs;
DROP TABLE margins;
DROP TABLE value_cohorts;
DROP TABLE value_days;
DROP TABLE value_sums;
DROP TABLE subscriber_moods;
DROP TABLE subscriber_value;
