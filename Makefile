# The doors stand in bin/; each line is one plain command, so that a signal to make reaches it.
.PHONY: run test check bench screenshots

run:
	@bin/setup
	@bin/dev

test:
	@bin/setup --dev
	@bin/test

check:
	@bin/setup --dev
	@bin/check

bench:
	@bin/setup --dev
	@.venv/bin/python -m tests.bench

screenshots:
	@bin/setup --dev
	@.venv/bin/python -m tests.browser.screenshots
