-- +goose Up
-- Since when a deleted picture is being cleared away: nobody brings it back then. What letters that left
-- show is looked up by when they left.
ALTER TABLE media ADD COLUMN clearing_at {{ts}};
CREATE INDEX content_versions_sent ON content_versions (sent_at) WHERE sent_at IS NOT NULL;

-- +goose Down
DROP INDEX content_versions_sent;
ALTER TABLE media DROP COLUMN clearing_at;
