-- +goose Up
-- The codes of one person: "was given a code" and "redeemed a code" are asked of people now.
CREATE INDEX codes_subscriber ON codes (subscriber_id) WHERE subscriber_id IS NOT NULL;

-- +goose Down
DROP INDEX codes_subscriber;
