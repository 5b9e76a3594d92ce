# The doors stand in bin/; each line is one plain command, so that a signal to make reaches it.
.PHONY: run test check bench faults faults-bridge screenshots

# WHATSAPP=fake or WHATSAPP=real beside it (`make run WHATSAPP=fake`): make hands it on to both.
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

faults-bridge:
	@WHATSAPP=fake bin/setup --dev
	@.venv/bin/python -m tests.faults_bridge

screenshots:
	@bin/setup --dev
	@.venv/bin/python -m tests.browser.screenshots
