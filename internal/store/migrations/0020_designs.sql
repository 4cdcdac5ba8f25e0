-- +goose Up
CREATE TABLE designs ( -- letters without a campaign, to begin others with
	id {{pk}}, name TEXT NOT NULL, kind TEXT NOT NULL, archived BOOLEAN NOT NULL DEFAULT FALSE,
	lang TEXT NOT NULL, mode TEXT NOT NULL, subject TEXT NOT NULL, preheader TEXT NOT NULL, document TEXT NOT NULL, html TEXT NOT NULL,
	version INTEGER NOT NULL, created_at {{ts}} NOT NULL, updated_at {{ts}} NOT NULL, updated_by TEXT NOT NULL DEFAULT '');

CREATE TABLE content_versions ( -- what a letter was; n counts them, version is the content's own number then
	id {{pk}}, message_id BIGINT REFERENCES messages(id) ON DELETE CASCADE, design_id BIGINT REFERENCES designs(id) ON DELETE CASCADE,
	variant TEXT NOT NULL DEFAULT '', lang TEXT NOT NULL, n INTEGER NOT NULL, version INTEGER NOT NULL,
	mode TEXT NOT NULL, subject TEXT NOT NULL, preheader TEXT NOT NULL, document TEXT NOT NULL, html TEXT NOT NULL,
	name TEXT NOT NULL DEFAULT '', saved_by TEXT NOT NULL DEFAULT '', restored INTEGER NOT NULL DEFAULT 0,
	begun_at {{ts}} NOT NULL, saved_at {{ts}} NOT NULL, sent_at {{ts}}, -- when the first letter of it was made to be sent
	UNIQUE (message_id, variant, lang, n), UNIQUE (design_id, n));
INSERT INTO content_versions (message_id, lang, n, version, mode, subject, preheader, document, html, saved_by, begun_at, saved_at)
	SELECT message_id, lang, 1, version, mode, subject, preheader, document, html, updated_by, updated_at, updated_at FROM contents;

CREATE TABLE saved_blocks ( -- blocks that several letters show; a linked one changes in all of them
	id {{pk}}, name TEXT NOT NULL, block TEXT NOT NULL, version INTEGER NOT NULL, archived BOOLEAN NOT NULL DEFAULT FALSE,
	created_at {{ts}} NOT NULL, updated_at {{ts}} NOT NULL, updated_by TEXT NOT NULL DEFAULT '');

-- +goose Down
-- The letters themselves stay as they are; what only this version keeps goes.
DROP TABLE saved_blocks;
DROP TABLE content_versions;
DROP TABLE designs;
