# What one types here. Each target is a script or a line that can be run by hand.
.PHONY: art bench build check front pictures screenshots show-composer show-delivery show-letter test

build: ## the binary, ./keepsake
	go build -o keepsake ./cmd/keepsake

check: ## quick, before each commit: gofmt, go vet, go test -race on SQLite
	scripts/format
	go vet ./...
	go test -race ./...

test: ## everything CI runs; installs what is missing where it may
	scripts/test

front: ## web/static from its TypeScript, npm packages and web/icons.txt
	npm ci --no-audit --no-fund
	npm run build

art: ## the pictures of the starter letters, templates/art, from web/art/*.svg; after npm ci, with Chromium
	node web/art/draw.mjs

screenshots: ## every screen, light and dark, 1280 and 360 px wide, into show/screens
	scripts/screenshots

pictures: build ## those of README and docs, of a demo, into docs/pictures
	node scripts/pictures.mjs

show-letter: ## the figures of the way of a letter, one "name: value" a line
	@scripts/show-letter

show-delivery: ## the figures of delivery; BRIEF=1 takes the small form of each
	@scripts/show-delivery

show-composer: ## the figures of letters and of the composer; BRIEF=1 fuzzes for a minute
	@scripts/show-composer

show-audience: ## the figures of a million people; BRIEF=1 takes 50,000, DB=postgres PostgreSQL
	@scripts/show-audience

bench: ## the Go benchmarks and the figures of our sink and drivers, into docs/bench.md
	@scripts/bench
