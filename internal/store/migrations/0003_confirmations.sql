-- +goose Up
CREATE TABLE confirmations ( -- when a person was last asked by mail to confirm a sign-up
	subscriber_id BIGINT PRIMARY KEY REFERENCES subscribers(id) ON DELETE CASCADE, asked_at {{ts}} NOT NULL);

-- +goose Down
SELECT 1;
