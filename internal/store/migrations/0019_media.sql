-- +goose Up
-- What the library of pictures knows: the frames of one that moves, the bytes of the upload and of all files
-- kept for it, its smaller files as JSON, and since when it is deleted (its files stay until it is cleared away).
ALTER TABLE media ADD COLUMN frames INTEGER NOT NULL DEFAULT 1;
ALTER TABLE media ADD COLUMN original BIGINT NOT NULL DEFAULT 0;
ALTER TABLE media ADD COLUMN stored BIGINT NOT NULL DEFAULT 0;
ALTER TABLE media ADD COLUMN variants TEXT NOT NULL DEFAULT '[]';
ALTER TABLE media ADD COLUMN deleted_at {{ts}};
UPDATE media SET original = bytes, stored = bytes;

CREATE TABLE media_tags (
	media_id BIGINT NOT NULL REFERENCES media(id) ON DELETE CASCADE, tag TEXT NOT NULL, PRIMARY KEY (media_id, tag));
CREATE INDEX media_tags_tag ON media_tags (tag, media_id);

-- +goose Down
DROP TABLE media_tags;
ALTER TABLE media DROP COLUMN deleted_at;
ALTER TABLE media DROP COLUMN variants;
ALTER TABLE media DROP COLUMN stored;
ALTER TABLE media DROP COLUMN original;
ALTER TABLE media DROP COLUMN frames;
