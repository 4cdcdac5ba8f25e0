-- +goose Up
-- Those of a list who are not confirmed: few, and asked for while an audience is chosen.
CREATE INDEX subscriptions_open ON subscriptions (list_id, subscriber_id) WHERE state <> 'confirmed';

-- +goose Down
DROP INDEX subscriptions_open;
