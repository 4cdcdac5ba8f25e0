-- +goose Up
CREATE TABLE transports ( -- mail servers beside the one of the configuration file
	id {{pk}}, name TEXT NOT NULL, host TEXT NOT NULL, port INTEGER NOT NULL, tls TEXT NOT NULL, username TEXT NOT NULL,
	password TEXT NOT NULL, -- sealed
	helo TEXT NOT NULL, connections INTEGER NOT NULL, per_connection INTEGER NOT NULL, timeout_seconds INTEGER NOT NULL,
	weight INTEGER NOT NULL, priority INTEGER NOT NULL, enabled BOOLEAN NOT NULL,
	per_second DOUBLE PRECISION NOT NULL, per_minute BIGINT NOT NULL, per_hour BIGINT NOT NULL, per_day BIGINT NOT NULL,
	warm_up TEXT NOT NULL, first_day TEXT NOT NULL, created_at {{ts}} NOT NULL, updated_at {{ts}} NOT NULL, deleted_at {{ts}});

CREATE TABLE limits ( -- on letters to a domain or from a sender, over all transports
	id {{pk}}, scope TEXT NOT NULL, name TEXT NOT NULL,
	per_second DOUBLE PRECISION NOT NULL, per_minute BIGINT NOT NULL, per_hour BIGINT NOT NULL, per_day BIGINT NOT NULL,
	updated_at {{ts}} NOT NULL, deleted_at {{ts}}, UNIQUE (scope, name));

CREATE TABLE allowances ( -- what all senders together have taken of a limit; moments in microseconds since 1970
	name TEXT PRIMARY KEY, next_at BIGINT NOT NULL, -- a paced limit's next free moment
	began_at BIGINT NOT NULL, used BIGINT NOT NULL, -- a counted limit's window
	updated_at {{ts}} NOT NULL);

CREATE TABLE transport_health ( -- why one is left alone, as the sender that found out wrote it down
	transport_id BIGINT PRIMARY KEY, since {{ts}} NOT NULL, trial_at {{ts}} NOT NULL, why TEXT NOT NULL);

ALTER TABLE deliveries ADD COLUMN tried_at {{ts}}; -- when a letter that was asked to come later was first tried

-- +goose Down
SELECT 1;
