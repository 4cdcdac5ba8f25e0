-- +goose Up
ALTER TABLE orders ADD COLUMN refunded_cents BIGINT NOT NULL DEFAULT 0; -- given back so far, of total_cents
ALTER TABLE orders ADD COLUMN coupon TEXT NOT NULL DEFAULT '';
ALTER TABLE orders ADD COLUMN country TEXT NOT NULL DEFAULT '';
UPDATE orders SET refunded_cents = total_cents WHERE state IN ('refunded', 'cancelled');

-- What was bought, a row for each line of an order. Who bought and when stands here too: people are found by what they
-- bought without a look at the order.
CREATE TABLE order_items (
	order_id BIGINT NOT NULL REFERENCES orders(id) ON DELETE CASCADE, line INTEGER NOT NULL, subscriber_id BIGINT NOT NULL,
	sku TEXT NOT NULL, name TEXT NOT NULL, category TEXT NOT NULL, quantity BIGINT NOT NULL, price_cents BIGINT NOT NULL,
	placed_at {{ts}} NOT NULL, ended BOOLEAN NOT NULL, -- the order was refunded or cancelled
	PRIMARY KEY (order_id, line));
{{sqlite}} INSERT INTO order_items SELECT o.id, j.key, o.subscriber_id, COALESCE(j.value ->> 'sku', ''), COALESCE(j.value ->> 'name', ''), '', COALESCE(j.value ->> 'quantity', 1), COALESCE(j.value ->> 'price_cents', 0), o.placed_at, o.state IN ('refunded', 'cancelled') FROM orders o, json_each(o.items) j;
{{postgres}} INSERT INTO order_items SELECT o.id, j.n - 1, o.subscriber_id, COALESCE(j.value ->> 'sku', ''), COALESCE(j.value ->> 'name', ''), '', COALESCE((j.value ->> 'quantity')::bigint, 1), COALESCE((j.value ->> 'price_cents')::bigint, 0), o.placed_at, o.state IN ('refunded', 'cancelled') FROM orders o, json_array_elements(CASE json_typeof(o.items::json) WHEN 'array' THEN o.items::json ELSE '[]'::json END) WITH ORDINALITY AS j(value, n);
CREATE INDEX order_items_category ON order_items (category, placed_at, subscriber_id, quantity, ended) WHERE category <> '';
CREATE INDEX order_items_sku ON order_items (sku, placed_at, subscriber_id, quantity, ended) WHERE sku <> '';

-- +goose Down
DROP TABLE order_items;
ALTER TABLE orders DROP COLUMN country;
ALTER TABLE orders DROP COLUMN coupon;
ALTER TABLE orders DROP COLUMN refunded_cents;
