-- +goose Up
-- What can be known of people. The name is the key in subscribers.attributes and never changes; labels are what people see.
CREATE TABLE attributes (
	id {{pk}}, name TEXT NOT NULL UNIQUE, type TEXT NOT NULL DEFAULT 'text',
	labels TEXT NOT NULL DEFAULT '{}', choices TEXT NOT NULL DEFAULT '[]',
	index_state TEXT NOT NULL DEFAULT '', -- wanted, making, ready or failed
	index_error TEXT NOT NULL DEFAULT '',
	created_at {{ts}} NOT NULL, updated_at {{ts}} NOT NULL, deleted_at {{ts}});
{{sqlite}} INSERT INTO attributes (name, created_at, updated_at) SELECT DISTINCT j.key, strftime('%Y-%m-%d %H:%M:%S+00:00', 'now'), strftime('%Y-%m-%d %H:%M:%S+00:00', 'now') FROM subscribers s, json_each(CASE WHEN json_valid(s.attributes) THEN s.attributes ELSE '{}' END) j WHERE s.attributes <> '{}' AND j.key <> '';
{{postgres}} INSERT INTO attributes (name, created_at, updated_at) SELECT DISTINCT j.key, now(), now() FROM subscribers s, json_object_keys((CASE WHEN position('\u0000' in s.attributes) > 0 THEN '{}' ELSE s.attributes END)::json) AS j(key) WHERE s.attributes <> '{}' AND j.key <> '';

-- One attribute of a person, "" when there is none. Only what never changes its answer may stand in an index.
{{postgres}}-- +goose StatementBegin
{{postgres}} CREATE FUNCTION keepsake_attribute(attributes TEXT, name TEXT) RETURNS TEXT LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
{{postgres}} BEGIN
{{postgres}}   RETURN TRIM((CASE WHEN position('\u0000' in attributes) > 0 THEN '{}' ELSE attributes END)::json ->> name);
{{postgres}} END $$;
{{postgres}}-- +goose StatementEnd

-- +goose Down
{{postgres}} DROP FUNCTION keepsake_attribute(TEXT, TEXT) CASCADE;
DROP TABLE attributes;
