-- A shop in full use, as the migrations up to 0018 left it: in the words of both databases.
INSERT INTO users (email, name, role, lang, zone, created_at) VALUES ('ana@shop.test', 'Ana', 'owner', 'bg', 'Europe/Sofia', '2026-10-01 08:00:00+00:00');
INSERT INTO settings (name, value, updated_at) VALUES ('shop', '{"name":"Tea","logo":"aaaaaaaaaaaaaaaaaaaaaaaa.png"}', '2026-10-01 08:00:00+00:00');

INSERT INTO subscribers (email, email_norm, first_name, last_name, lang, zone, attributes, source, created_at, updated_at) VALUES
	('eva@tea.test', 'eva@tea.test', 'Eva', 'Petrova', 'en', 'Europe/Sofia', '{"city":"Sofia"}', 'shop', '2026-10-02 08:00:00+00:00', '2026-10-02 08:00:00+00:00'),
	('Boris@tea.test', 'boris@tea.test', 'Борис', '', 'bg', '', '{}', 'import', '2026-10-02 08:00:01+00:00', '2026-10-02 08:00:01+00:00'),
	('olga@tea.test', 'olga@tea.test', '', '', 'ru', '', '{"points":"120"}', 'form', '2026-10-02 08:00:02+00:00', '2026-10-02 08:00:02+00:00');
INSERT INTO lists (name, label, description, opt_in, confirmed, created_at) VALUES ('Customers', 'customers', '', 'single', 3, '2026-10-01 08:00:00+00:00');
INSERT INTO subscriptions (list_id, subscriber_id, state, created_at, updated_at) SELECT 1, id, 'confirmed', created_at, updated_at FROM subscribers;
INSERT INTO consents (subscriber_id, list_id, given, source, wording, address, at) SELECT id, 1, TRUE, 'shop', 'yes', '', created_at FROM subscribers;
INSERT INTO suppressions (email_norm, reason, source, at) VALUES ('gone@tea.test', 'hard bounce', 'sending', '2026-10-03 08:00:00+00:00');
INSERT INTO orders (subscriber_id, number, state, currency, total_cents, channel, items, placed_at, updated_at) VALUES
	(1, '1001', 'fulfilled', 'EUR', 4200, 'web', '[{"sku":"T1","name":"Tea","quantity":2,"price_cents":2100},{"sku":"","name":"A card","quantity":1,"price_cents":0}]', '2026-10-05 08:00:00+00:00', '2026-10-05 08:00:00+00:00'),
	(2, '1002', 'refunded', 'EUR', 900, 'web', '[]', '2026-10-06 08:00:00+00:00', '2026-10-07 08:00:00+00:00');
INSERT INTO events (subscriber_id, name, occasion, order_id, at) VALUES (1, 'order.fulfilled', '1001', 1, '2026-10-05 08:00:00+00:00');

INSERT INTO campaigns (name, kind, state, lists, lang, trigger_at, trigger_on, created_at, updated_at) VALUES
	('October', 'newsletter', 'finished', '[1]', 'en', '2026-10-10 08:00:00+00:00', '', '2026-10-06 08:00:00+00:00', '2026-10-10 09:00:00+00:00'),
	('A gift', 'gift', 'running', '[1]', 'en', NULL, 'order.fulfilled', '2026-10-06 08:00:00+00:00', '2026-10-06 09:00:00+00:00'),
	('November', 'newsletter', 'paused', '[1]', 'bg', '2026-11-10 08:00:00+00:00', '', '2026-11-06 08:00:00+00:00', '2026-11-06 08:00:00+00:00'),
	('An idea', 'survey', 'draft', '[]', 'ru', NULL, '', '2026-11-07 08:00:00+00:00', '2026-11-07 08:00:00+00:00');
INSERT INTO messages (campaign_id, position, name, wait_seconds, local_time, on_response, only_if) VALUES
	(1, 0, 'issue', 0, '', '', ''), (2, 0, 'gift', 0, '', '', ''), (2, 1, 'reminder', 1728000, '10:00', '', 'not redeemed'), (3, 0, 'issue', 0, '09:00', '', ''), (4, 0, 'question', 0, '', '', '');
INSERT INTO contents (message_id, lang, mode, subject, preheader, document, html, version, updated_at, updated_by) VALUES
	(1, 'en', 'blocks', 'Hello, {{ subscriber.first_name }}', 'What is new', '{"version":1,"blocks":[{"id":"b1","type":"text","rich":[]},{"id":"b2","type":"image","asset":"aaaaaaaaaaaaaaaaaaaaaaaa.png","alt":"Tea"}]}', '', 7, '2026-10-09 08:00:00+00:00', 'Ana'),
	(1, 'bg', 'blocks', 'Здравей', '', '{"version":1,"blocks":[]}', '', 2, '2026-10-09 08:01:00+00:00', 'Ana'),
	(1, 'ru', 'html', 'Привет', '', '', '<p>{{ subscriber.first_name | default: "Друг" }}</p>', 1, '2026-10-09 08:02:00+00:00', ''),
	(2, 'en', 'mjml', 'A gift for you', '', '', '<mjml><mj-body></mj-body></mjml>', 3, '2026-10-06 08:30:00+00:00', 'Bo'),
	(3, 'en', 'blocks', 'Your gift waits', '', '{"version":1,"blocks":[{"id":"x","type":"of-tomorrow","what":1}]}', '', 1, '2026-10-06 08:31:00+00:00', ''),
	(4, 'bg', 'html', '', '', '', '', 1, '2026-11-06 08:00:00+00:00', ''),
	(5, 'ru', 'blocks', 'Вопрос', '', '{"version":1,"blocks":[{"id":"r","type":"rating","question":"?","scale":"nps"}]}', '', 12, '2026-11-07 08:00:00+00:00', 'Ana');
INSERT INTO links (message_id, url) VALUES (1, 'https://shop.test/tea'), (2, 'https://shop.test/gift');

INSERT INTO runs (campaign_id, run_key, state, due_at, started_at, finished_at, planned, sent, skipped, opened, clicked) VALUES
	(1, 'at', 'finished', '2026-10-10 08:00:00+00:00', '2026-10-10 08:00:01+00:00', '2026-10-10 08:05:00+00:00', 3, 1, 1, 1, 1),
	(2, 'on', 'running', '2026-10-06 09:00:00+00:00', '2026-10-06 09:00:00+00:00', NULL, 2, 1, 0, 0, 0),
	(3, 'at', 'paused', '2026-11-10 08:00:00+00:00', '2026-11-10 08:00:00+00:00', NULL, 3, 0, 0, 0, 0);
INSERT INTO enrolments (campaign_id, run_id, subscriber_id, occasion, event_id, order_id, state, created_at) VALUES
	(1, 1, 1, '', 0, 0, 'done', '2026-10-10 08:00:00+00:00'), (1, 1, 2, '', 0, 0, 'done', '2026-10-10 08:00:00+00:00'), (1, 1, 3, '', 0, 0, 'done', '2026-10-10 08:00:00+00:00'),
	(2, 2, 1, 'order:1', 1, 1, 'active', '2026-10-05 08:00:00+00:00'),
	(3, 3, 1, '', 0, 0, 'active', '2026-11-10 08:00:00+00:00'), (3, 3, 2, '', 0, 0, 'active', '2026-11-10 08:00:00+00:00'), (3, 3, 3, '', 0, 0, 'active', '2026-11-10 08:00:00+00:00');
INSERT INTO leases (owner, until, deliveries, boot) VALUES ('host:1', '2026-11-10 08:10:00+00:00', '[6,7]', 'b1');
INSERT INTO deliveries (run_id, campaign_id, enrolment_id, message_id, subscriber_id, state, reason, attempts, due_at, leased_by, lease_id, counted, sent_at, opened_at, clicked_at, created_at, updated_at) VALUES
	(1, 1, 1, 1, 1, 'sent', '', 1, '2026-10-10 08:00:00+00:00', '', 0, TRUE, '2026-10-10 08:01:00+00:00', '2026-10-10 08:02:00+00:00', '2026-10-10 08:03:00+00:00', '2026-10-10 08:00:00+00:00', '2026-10-10 08:03:00+00:00'),
	(1, 1, 2, 1, 2, 'skipped', 'suppressed', 0, '2026-10-10 08:00:00+00:00', '', 0, TRUE, NULL, NULL, NULL, '2026-10-10 08:00:00+00:00', '2026-10-10 08:01:00+00:00'),
	(1, 1, 3, 1, 3, 'failed', '', 3, '2026-10-10 08:00:00+00:00', '', 0, TRUE, NULL, NULL, NULL, '2026-10-10 08:00:00+00:00', '2026-10-10 08:04:00+00:00'),
	(2, 2, 4, 2, 1, 'sent', '', 1, '2026-10-05 08:00:00+00:00', '', 0, TRUE, '2026-10-05 08:01:00+00:00', NULL, NULL, '2026-10-05 08:00:00+00:00', '2026-10-05 08:01:00+00:00'),
	(2, 2, 4, 3, 1, 'planned', '', 0, '2026-11-25 08:00:00+00:00', '', 0, FALSE, NULL, NULL, NULL, '2026-10-05 08:00:00+00:00', '2026-10-05 08:00:00+00:00'),
	(3, 3, 5, 4, 1, 'leased', '', 1, '2026-11-10 08:00:00+00:00', 'host:1', 1, FALSE, NULL, NULL, NULL, '2026-11-10 08:00:00+00:00', '2026-11-10 08:00:00+00:00'),
	(3, 3, 6, 4, 2, 'sending', '', 1, '2026-11-10 08:00:00+00:00', 'host:1', 1, FALSE, NULL, NULL, NULL, '2026-11-10 08:00:00+00:00', '2026-11-10 08:00:00+00:00'),
	(3, 3, 7, 4, 3, 'queued', '', 0, '2026-11-10 08:00:00+00:00', '', 0, FALSE, NULL, NULL, NULL, '2026-11-10 08:00:00+00:00', '2026-11-10 08:00:00+00:00');
INSERT INTO sent_days (day, n) VALUES ('2026-10-05 00:00:00+00:00', 1), ('2026-10-10 00:00:00+00:00', 1);
INSERT INTO activities (delivery_id, campaign_id, subscriber_id, kind, link_id, verdict, at) VALUES (1, 1, 1, 'open', 0, 'human', '2026-10-10 08:02:00+00:00'), (1, 1, 1, 'click', 1, 'human', '2026-10-10 08:03:00+00:00');
INSERT INTO responses (enrolment_id, field, campaign_id, subscriber_id, value, created_at, updated_at) VALUES (1, 'rating', 1, 1, '9', '2026-10-10 08:04:00+00:00', '2026-10-10 08:04:00+00:00');
INSERT INTO codes (campaign_id, code, code_norm, state, subscriber_id, enrolment_id, issued_at, created_at) VALUES (2, 'TEA-1', 'TEA1', 'issued', 1, 4, '2026-10-05 08:00:30+00:00', '2026-10-01 08:00:00+00:00'), (2, 'TEA-2', 'TEA2', 'free', NULL, NULL, NULL, '2026-10-01 08:00:00+00:00');
INSERT INTO reports (report_key, email_norm, subscriber_id, delivery_id, campaign_id, verdict, status, source, counts, at) VALUES ('k', 'olga@tea.test', 3, 3, 1, 'hard', '5.1.1', 'sending', TRUE, '2026-10-10 08:04:00+00:00');
INSERT INTO items (source, guid, title, url, excerpt, image, published_at, seen_at) VALUES ('own', 'g1', 'On tea', 'https://shop.test/on-tea', '', '/media/bbbbbbbbbbbbbbbbbbbbbbbb.jpg', '2026-10-01 08:00:00+00:00', '2026-10-01 08:00:00+00:00');
INSERT INTO media (asset, name, type, bytes, width, height, alt, created_at) VALUES
	('aaaaaaaaaaaaaaaaaaaaaaaa.png', 'tea.png', 'image/png', 1200, 600, 400, 'Tea', '2026-10-01 08:00:00+00:00'), ('bbbbbbbbbbbbbbbbbbbbbbbb.jpg', 'leaf.jpg', 'image/jpeg', 800, 300, 200, '', '2026-10-01 08:00:00+00:00')
