# The doors stand in bin/; each line is one plain command, so that a signal to make reaches it.
.PHONY: run test check bench faults screenshots

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

faults:
	@bin/setup --dev
	@.venv/bin/python -m tests.faults

screenshots:
	@bin/setup --dev
	@.venv/bin/python -m tests.browser.screenshots
