-- +goose Up
-- What the first page counts by day.
CREATE INDEX subscribers_created ON subscribers (created_at);
CREATE INDEX deliveries_sent ON deliveries (sent_at) WHERE sent_at IS NOT NULL;
CREATE INDEX activities_clicks ON activities (at) WHERE kind = 'click' AND verdict = 'human';
CREATE INDEX responses_created ON responses (created_at);

-- +goose Down
SELECT 1;
