-- +goose Up
CREATE TABLE dkim_keys ( -- sign the letters of a sender domain; made together, a set of them has one created_at
	id {{pk}}, domain TEXT NOT NULL, selector TEXT NOT NULL, algorithm TEXT NOT NULL,
	private_key TEXT NOT NULL, -- sealed; '' some time after it was retired
	record TEXT NOT NULL, -- the text of its TXT record
	created_at {{ts}} NOT NULL, active BOOLEAN NOT NULL, active_at {{ts}}, retired_at {{ts}}, UNIQUE (domain, selector));

CREATE TABLE self_tests ( -- letters sent to find out how they arrive
	id {{pk}}, sender TEXT NOT NULL, recipient TEXT NOT NULL, sent_at {{ts}} NOT NULL, reply TEXT NOT NULL,
	arrived_at {{ts}}, letter {{blob}});

-- +goose Down
DROP TABLE self_tests;
DROP TABLE dkim_keys;
