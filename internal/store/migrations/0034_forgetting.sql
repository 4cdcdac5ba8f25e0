-- +goose Up
-- The addresses of erased people that may still stand in files of imports and exports: a row goes as soon as these were looked through.
CREATE TABLE forgetting (id {{pk}}, words TEXT NOT NULL, at {{ts}} NOT NULL);

-- +goose Down
DROP TABLE forgetting;
