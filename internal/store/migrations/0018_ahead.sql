-- +goose Up
-- The letter that this one was begun behind, as long as that one's answer is not settled: this
-- one has not left before it came.
ALTER TABLE deliveries ADD COLUMN behind BIGINT NOT NULL DEFAULT 0;
-- Since when the machine had been up that took the lease: what is only written survives a kill,
-- but not a power cut.
ALTER TABLE leases ADD COLUMN boot TEXT NOT NULL DEFAULT '';

-- +goose Down
SELECT 1;
