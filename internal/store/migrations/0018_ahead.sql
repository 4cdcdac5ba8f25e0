-- +goose Up
-- The letter that this one was begun behind, as long as that one's answer is not settled: this
-- one has not left before it came.
ALTER TABLE deliveries ADD COLUMN behind BIGINT NOT NULL DEFAULT 0;

-- +goose Down
SELECT 1;
