-- +goose Up
-- PostgreSQL looks for the person of each new row by itself: a third of an import's time. These look for those of a whole
-- statement together, hold them as a reference does (nobody is deleted meanwhile), and take the rows of whom is deleted away.
{{postgres}} ALTER TABLE subscriptions DROP CONSTRAINT subscriptions_subscriber_id_fkey;
{{postgres}} ALTER TABLE consents DROP CONSTRAINT consents_subscriber_id_fkey;
{{postgres}}-- +goose StatementBegin
{{postgres}} CREATE FUNCTION keepsake_people_there() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT SET enable_seqscan = off AS $$
{{postgres}} DECLARE held BIGINT; named BIGINT;
{{postgres}} BEGIN
{{postgres}}	SELECT count(*) INTO held FROM (SELECT 1 FROM subscribers WHERE id = ANY(ARRAY(SELECT subscriber_id FROM fresh)) ORDER BY id FOR KEY SHARE) AS x;
{{postgres}}	SELECT count(DISTINCT subscriber_id) INTO named FROM fresh;
{{postgres}}	IF held <> named THEN
{{postgres}}		RAISE foreign_key_violation USING MESSAGE = format('rows of %s are of people who are not there', TG_TABLE_NAME);
{{postgres}}	END IF;
{{postgres}}	RETURN NULL;
{{postgres}} END $$;
{{postgres}}-- +goose StatementEnd
{{postgres}}-- +goose StatementBegin
{{postgres}} CREATE FUNCTION keepsake_person_there() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
{{postgres}} BEGIN
{{postgres}}	PERFORM 1 FROM subscribers WHERE id = NEW.subscriber_id FOR KEY SHARE;
{{postgres}}	IF NOT FOUND THEN
{{postgres}}		RAISE foreign_key_violation USING MESSAGE = format('a row of %s is of somebody who is not there', TG_TABLE_NAME);
{{postgres}}	END IF;
{{postgres}}	RETURN NULL;
{{postgres}} END $$;
{{postgres}}-- +goose StatementEnd
{{postgres}}-- +goose StatementBegin
{{postgres}} CREATE FUNCTION keepsake_people_gone() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT SET enable_seqscan = off AS $$
{{postgres}} BEGIN
{{postgres}}	DELETE FROM subscriptions WHERE subscriber_id = ANY(ARRAY(SELECT id FROM gone));
{{postgres}}	DELETE FROM consents WHERE subscriber_id = ANY(ARRAY(SELECT id FROM gone));
{{postgres}}	RETURN NULL;
{{postgres}} END $$;
{{postgres}}-- +goose StatementEnd
{{postgres}} CREATE TRIGGER people_there AFTER INSERT ON subscriptions REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION keepsake_people_there();
{{postgres}} CREATE TRIGGER person_there AFTER UPDATE OF subscriber_id ON subscriptions FOR EACH ROW WHEN (OLD.subscriber_id <> NEW.subscriber_id) EXECUTE FUNCTION keepsake_person_there();
{{postgres}} CREATE TRIGGER people_there AFTER INSERT ON consents REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION keepsake_people_there();
{{postgres}} CREATE TRIGGER person_there AFTER UPDATE OF subscriber_id ON consents FOR EACH ROW WHEN (OLD.subscriber_id <> NEW.subscriber_id) EXECUTE FUNCTION keepsake_person_there();
{{postgres}} CREATE TRIGGER people_gone AFTER DELETE ON subscribers REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION keepsake_people_gone();
SELECT 1;

-- +goose Down
{{postgres}} DROP TRIGGER people_gone ON subscribers;
{{postgres}} DROP FUNCTION keepsake_people_there CASCADE;
{{postgres}} DROP FUNCTION keepsake_person_there CASCADE;
{{postgres}} DROP FUNCTION keepsake_people_gone;
{{postgres}} ALTER TABLE subscriptions ADD CONSTRAINT subscriptions_subscriber_id_fkey FOREIGN KEY (subscriber_id) REFERENCES subscribers(id) ON DELETE CASCADE;
{{postgres}} ALTER TABLE consents ADD CONSTRAINT consents_subscriber_id_fkey FOREIGN KEY (subscriber_id) REFERENCES subscribers(id) ON DELETE CASCADE;
SELECT 1;
