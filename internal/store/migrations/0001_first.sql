-- +goose Up
-- One source for both databases: {{pk}} is a growing integer key, {{ts}} a moment in UTC, {{blob}} bytes.

CREATE TABLE users (
	id {{pk}}, email TEXT NOT NULL UNIQUE, name TEXT NOT NULL, password_hash TEXT NOT NULL DEFAULT '',
	role TEXT NOT NULL, lang TEXT NOT NULL, zone TEXT NOT NULL, created_at {{ts}} NOT NULL);

CREATE TABLE sessions (
	id {{pk}}, token_hash TEXT NOT NULL UNIQUE, user_id BIGINT NOT NULL REFERENCES users(id) ON DELETE CASCADE,
	agent TEXT NOT NULL, created_at {{ts}} NOT NULL, last_seen_at {{ts}} NOT NULL, expires_at {{ts}} NOT NULL);

CREATE TABLE tickets ( -- one-time links: first sign-in, password reset
	id {{pk}}, token_hash TEXT NOT NULL UNIQUE, purpose TEXT NOT NULL, user_id BIGINT NOT NULL,
	expires_at {{ts}} NOT NULL, used_at {{ts}});

CREATE TABLE api_tokens (
	id {{pk}}, token_hash TEXT NOT NULL UNIQUE, name TEXT NOT NULL, hint TEXT NOT NULL,
	created_at {{ts}} NOT NULL, last_used_at {{ts}});

CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL, updated_at {{ts}} NOT NULL);

CREATE TABLE audits (
	id {{pk}}, user_id BIGINT NOT NULL, action TEXT NOT NULL, object TEXT NOT NULL, at {{ts}} NOT NULL);

CREATE TABLE subscribers (
	id {{pk}}, email TEXT NOT NULL, email_norm TEXT NOT NULL UNIQUE, first_name TEXT NOT NULL, last_name TEXT NOT NULL,
	lang TEXT NOT NULL, zone TEXT NOT NULL, attributes TEXT NOT NULL DEFAULT '{}', source TEXT NOT NULL,
	created_at {{ts}} NOT NULL, updated_at {{ts}} NOT NULL);

CREATE TABLE lists (
	id {{pk}}, name TEXT NOT NULL, label TEXT NOT NULL UNIQUE, description TEXT NOT NULL, opt_in TEXT NOT NULL,
	confirmed BIGINT NOT NULL DEFAULT 0, pending BIGINT NOT NULL DEFAULT 0, -- kept, never counted when a page is shown
	created_at {{ts}} NOT NULL, deleted_at {{ts}});

CREATE TABLE subscriptions (
	list_id BIGINT NOT NULL REFERENCES lists(id), subscriber_id BIGINT NOT NULL REFERENCES subscribers(id) ON DELETE CASCADE,
	state TEXT NOT NULL, created_at {{ts}} NOT NULL, updated_at {{ts}} NOT NULL, PRIMARY KEY (list_id, subscriber_id));
CREATE INDEX subscriptions_subscriber ON subscriptions (subscriber_id);

CREATE TABLE consents (
	id {{pk}}, subscriber_id BIGINT NOT NULL REFERENCES subscribers(id) ON DELETE CASCADE, list_id BIGINT NOT NULL,
	given BOOLEAN NOT NULL, source TEXT NOT NULL, wording TEXT NOT NULL, address TEXT NOT NULL, at {{ts}} NOT NULL);
CREATE INDEX consents_subscriber ON consents (subscriber_id);

CREATE TABLE suppressions (
	email_norm TEXT PRIMARY KEY, reason TEXT NOT NULL, source TEXT NOT NULL, at {{ts}} NOT NULL);

CREATE TABLE orders (
	id {{pk}}, subscriber_id BIGINT NOT NULL REFERENCES subscribers(id) ON DELETE CASCADE, number TEXT NOT NULL UNIQUE,
	state TEXT NOT NULL, currency TEXT NOT NULL, total_cents BIGINT NOT NULL, channel TEXT NOT NULL,
	items TEXT NOT NULL DEFAULT '[]', placed_at {{ts}} NOT NULL, updated_at {{ts}} NOT NULL);
CREATE INDEX orders_subscriber ON orders (subscriber_id, placed_at);

CREATE TABLE events (
	id {{pk}}, subscriber_id BIGINT NOT NULL REFERENCES subscribers(id) ON DELETE CASCADE, name TEXT NOT NULL,
	occasion TEXT NOT NULL, order_id BIGINT, data TEXT NOT NULL DEFAULT '{}', at {{ts}} NOT NULL,
	UNIQUE (name, occasion));
CREATE INDEX events_subscriber ON events (subscriber_id, at);

CREATE TABLE campaigns (
	id {{pk}}, name TEXT NOT NULL, kind TEXT NOT NULL, state TEXT NOT NULL, settings TEXT NOT NULL DEFAULT '{}',
	trigger_at {{ts}}, trigger_cron TEXT NOT NULL DEFAULT '', trigger_on TEXT NOT NULL DEFAULT '', zone TEXT NOT NULL DEFAULT '',
	lists TEXT NOT NULL DEFAULT '[]', not_lists TEXT NOT NULL DEFAULT '[]', audience_lang TEXT NOT NULL DEFAULT '',
	goal TEXT NOT NULL DEFAULT '', lang TEXT NOT NULL, sender_name TEXT NOT NULL DEFAULT '', sender_email TEXT NOT NULL DEFAULT '',
	reply_to TEXT NOT NULL DEFAULT '', archived BOOLEAN NOT NULL DEFAULT FALSE,
	next_run_at {{ts}}, -- when Tick plans it next
	keep_at {{ts}},     -- the kind's own next appointment
	created_at {{ts}} NOT NULL, updated_at {{ts}} NOT NULL);
CREATE INDEX campaigns_next ON campaigns (next_run_at) WHERE next_run_at IS NOT NULL;

CREATE TABLE messages (
	id {{pk}}, campaign_id BIGINT NOT NULL REFERENCES campaigns(id) ON DELETE CASCADE, position INTEGER NOT NULL,
	name TEXT NOT NULL, wait_seconds BIGINT NOT NULL DEFAULT 0, local_time TEXT NOT NULL DEFAULT '',
	on_response TEXT NOT NULL DEFAULT '', only_if TEXT NOT NULL DEFAULT '', UNIQUE (campaign_id, name));

CREATE TABLE contents (
	message_id BIGINT NOT NULL REFERENCES messages(id) ON DELETE CASCADE, lang TEXT NOT NULL, mode TEXT NOT NULL,
	subject TEXT NOT NULL, preheader TEXT NOT NULL, document TEXT NOT NULL, html TEXT NOT NULL,
	version INTEGER NOT NULL, updated_at {{ts}} NOT NULL, updated_by TEXT NOT NULL DEFAULT '', PRIMARY KEY (message_id, lang));

CREATE TABLE links ( -- the only addresses a click may be led to
	id {{pk}}, message_id BIGINT NOT NULL, url TEXT NOT NULL, UNIQUE (message_id, url));

CREATE TABLE runs (
	id {{pk}}, campaign_id BIGINT NOT NULL REFERENCES campaigns(id) ON DELETE CASCADE, run_key TEXT NOT NULL,
	state TEXT NOT NULL, note TEXT NOT NULL DEFAULT '', due_at {{ts}} NOT NULL, started_at {{ts}} NOT NULL, finished_at {{ts}},
	planned BIGINT NOT NULL DEFAULT 0, sent BIGINT NOT NULL DEFAULT 0, skipped BIGINT NOT NULL DEFAULT 0,
	failed BIGINT NOT NULL DEFAULT 0, unsure BIGINT NOT NULL DEFAULT 0, cancelled BIGINT NOT NULL DEFAULT 0,
	opened BIGINT NOT NULL DEFAULT 0, machine_opened BIGINT NOT NULL DEFAULT 0, clicked BIGINT NOT NULL DEFAULT 0,
	responded BIGINT NOT NULL DEFAULT 0, unsubscribed BIGINT NOT NULL DEFAULT 0, bounced BIGINT NOT NULL DEFAULT 0,
	complained BIGINT NOT NULL DEFAULT 0, UNIQUE (campaign_id, run_key));

CREATE TABLE enrolments (
	id {{pk}}, campaign_id BIGINT NOT NULL, run_id BIGINT NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
	subscriber_id BIGINT NOT NULL, occasion TEXT NOT NULL, event_id BIGINT NOT NULL DEFAULT 0, order_id BIGINT NOT NULL DEFAULT 0,
	state TEXT NOT NULL, reason TEXT NOT NULL DEFAULT '', created_at {{ts}} NOT NULL,
	UNIQUE (campaign_id, subscriber_id, occasion));
CREATE INDEX enrolments_run ON enrolments (run_id);
CREATE INDEX enrolments_subscriber ON enrolments (subscriber_id);
CREATE INDEX enrolments_order ON enrolments (order_id) WHERE order_id <> 0;

CREATE TABLE deliveries (
	id {{pk}}, run_id BIGINT NOT NULL REFERENCES runs(id) ON DELETE CASCADE, campaign_id BIGINT NOT NULL,
	enrolment_id BIGINT NOT NULL, message_id BIGINT NOT NULL, subscriber_id BIGINT NOT NULL,
	state TEXT NOT NULL, reason TEXT NOT NULL DEFAULT '', reply TEXT NOT NULL DEFAULT '', stage TEXT NOT NULL DEFAULT '',
	attempts INTEGER NOT NULL DEFAULT 0, due_at {{ts}} NOT NULL, leased_by TEXT NOT NULL DEFAULT '', lease_until {{ts}},
	counted BOOLEAN NOT NULL DEFAULT FALSE, -- its final state is in the run's counters
	sent_at {{ts}}, opened_at {{ts}}, clicked_at {{ts}}, created_at {{ts}} NOT NULL, updated_at {{ts}} NOT NULL,
	UNIQUE (enrolment_id, message_id));
CREATE INDEX deliveries_due ON deliveries (due_at, id) WHERE state = 'queued';
CREATE INDEX deliveries_planned ON deliveries (due_at) WHERE state = 'planned';
CREATE INDEX deliveries_held ON deliveries (lease_until) WHERE state IN ('leased', 'sending');
CREATE INDEX deliveries_run ON deliveries (run_id, state);
CREATE INDEX deliveries_campaign ON deliveries (campaign_id, id);
CREATE INDEX deliveries_subscriber ON deliveries (subscriber_id);

CREATE TABLE activities (
	id {{pk}}, delivery_id BIGINT NOT NULL, campaign_id BIGINT NOT NULL, subscriber_id BIGINT NOT NULL, kind TEXT NOT NULL,
	link_id BIGINT NOT NULL DEFAULT 0, verdict TEXT NOT NULL, why TEXT NOT NULL DEFAULT '', at {{ts}} NOT NULL);
CREATE INDEX activities_subscriber ON activities (subscriber_id, at);
CREATE INDEX activities_delivery ON activities (delivery_id);
CREATE INDEX activities_link ON activities (campaign_id, link_id) WHERE kind = 'click';

CREATE TABLE responses (
	enrolment_id BIGINT NOT NULL, field TEXT NOT NULL, campaign_id BIGINT NOT NULL, subscriber_id BIGINT NOT NULL,
	value TEXT NOT NULL, created_at {{ts}} NOT NULL, updated_at {{ts}} NOT NULL, PRIMARY KEY (enrolment_id, field));
CREATE INDEX responses_campaign ON responses (campaign_id, field, value);
CREATE INDEX responses_subscriber ON responses (subscriber_id);

CREATE TABLE codes (
	id {{pk}}, campaign_id BIGINT NOT NULL, code TEXT NOT NULL, code_norm TEXT NOT NULL UNIQUE,
	state TEXT NOT NULL, subscriber_id BIGINT, enrolment_id BIGINT, expires_at {{ts}}, issued_at {{ts}}, redeemed_at {{ts}},
	redeemed_by TEXT NOT NULL DEFAULT '', created_at {{ts}} NOT NULL, UNIQUE (campaign_id, subscriber_id));
CREATE INDEX codes_free ON codes (campaign_id, id) WHERE state = 'free';
CREATE INDEX codes_enrolment ON codes (enrolment_id);

CREATE TABLE notes ( -- what a kind keeps for good: a seed, its commitment, a draw
	campaign_id BIGINT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, at {{ts}} NOT NULL, PRIMARY KEY (campaign_id, name));

CREATE TABLE alerts (
	id {{pk}}, campaign_id BIGINT NOT NULL, subscriber_id BIGINT NOT NULL, text TEXT NOT NULL, at {{ts}} NOT NULL, done_at {{ts}});
CREATE INDEX alerts_open ON alerts (at) WHERE done_at IS NULL;

CREATE TABLE items ( -- articles: the shop's own (source 'own') and of feeds (source the feed's address)
	id {{pk}}, source TEXT NOT NULL, guid TEXT NOT NULL, title TEXT NOT NULL, url TEXT NOT NULL, excerpt TEXT NOT NULL,
	image TEXT NOT NULL, published_at {{ts}} NOT NULL, seen_at {{ts}} NOT NULL, UNIQUE (source, guid));
CREATE INDEX items_seen ON items (seen_at);

CREATE TABLE media (
	id {{pk}}, asset TEXT NOT NULL UNIQUE, name TEXT NOT NULL, type TEXT NOT NULL, bytes BIGINT NOT NULL,
	width INTEGER NOT NULL, height INTEGER NOT NULL, alt TEXT NOT NULL DEFAULT '', created_at {{ts}} NOT NULL);

CREATE TABLE jobs ( -- imports and exports: rows with a lease and progress
	id {{pk}}, kind TEXT NOT NULL, state TEXT NOT NULL, params TEXT NOT NULL, file TEXT NOT NULL DEFAULT '',
	done BIGINT NOT NULL DEFAULT 0, total BIGINT NOT NULL DEFAULT 0, result TEXT NOT NULL DEFAULT '{}', error TEXT NOT NULL DEFAULT '',
	user_id BIGINT NOT NULL DEFAULT 0, lease_until {{ts}}, created_at {{ts}} NOT NULL, started_at {{ts}}, finished_at {{ts}});

CREATE TABLE letters ( -- the built-in mailbox
	id {{pk}}, sender TEXT NOT NULL, recipient TEXT NOT NULL, subject TEXT NOT NULL, data {{blob}} NOT NULL, at {{ts}} NOT NULL);
CREATE INDEX letters_recipient ON letters (recipient, id);

-- +goose Down
SELECT 1;
