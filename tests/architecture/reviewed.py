"""Files somebody has read with the wall between Companies in mind. A new name here is a review, not a formality."""

from __future__ import annotations

# SQL text: each statement binds or joins company_id, or the reason says why it need not.
SQL = {
    "esquadrao/database.py": "SELECT 1 and the engines' clocks: no table is read",
    "esquadrao/walk.py": "every walk begins with company_id, which is a field of its own",
    "esquadrao/sql.py": "writes the rows its callers give, each with its company_id; names no table itself",
    "esquadrao/migration_lock.py": "the engines' locks: no table is read",
    "esquadrao/planner.py": "PostgreSQL's own counts of tables: no row of a Company is read",
    "esquadrao/engines/sqlite.py": "pragmas: no table is read",
    "esquadrao/company_keys.py": "writes the composite keys themselves",
    "esquadrao/campaigns/asked.py": "opens requests for Messages a caller moved, by rows with their company_id",
    "esquadrao/campaigns/big.py": "every statement binds company_id",
    "esquadrao/campaigns/audience.py": "conditions over a contact of the bound company; subqueries join on company_id",
    "esquadrao/campaigns/check.py": "every look binds company_id; rings Campaigns by Contacts that carry theirs",
    "esquadrao/campaigns/line.py": "adds to counters by the ids of Campaigns whose rows the caller moved",
    "esquadrao/campaigns/prepare.py": "writes the Messages and Deliveries of one Company, each row with its company_id",
    "esquadrao/campaigns/window.py": "binds company_id; `unprepared` joins on it for Campaigns the caller moved",
    "esquadrao/campaigns/reasons.py": "the one statement binds company_id",
    "esquadrao/campaigns/process.py": "every statement binds company_id; list, contact and delivery join on it",
    "esquadrao/contacts/check.py": "the one statement binds company_id",
    "esquadrao/messages/campaign_pace.py": "reads and holds Campaigns by rows with their company_id; the join is on it",
    "esquadrao/messages/gate_facts.py": "the hours of the Companies whose Channels a claim locked, by their own ids",
    "esquadrao/messages/inbound.py": "events and contacts by rows that carry their company_id; each join is on it",
    "esquadrao/messages/due.py": "looks at the Channels of every Company; every probe joins company_id",
    "esquadrao/messages/outbox.py": "claims for every Company: joins company_id, then names rows by the ids it locked",
    "esquadrao/messages/receipts.py": "writes rows by the ids it locked, found by (company, channel, wa_id)",
}

# `across_companies()`: rows of every Company at once.
ACROSS = {
    "esquadrao/tenancy.py": "defines it",
    "esquadrao/campaigns/confirm.py": "the sweeper's due requests; each Campaign's are closed by its own company_id",
    "esquadrao/campaigns/line.py": "follows Messages of one batch by id; the recount takes each Campaign's company_id",
    "esquadrao/campaigns/policy.py": "the sweeper's Campaigns with a policy; each goes on by its own company_id",
    "esquadrao/campaigns/restored.py": "a restore stops every Company; each row moves by its own company_id",
    "esquadrao/campaigns/sweep.py": "finds rows that stayed too long; each goes on by its own company_id",
    "esquadrao/campaigns/watch.py": "the sweeper's Channels that send; each is read and stopped by its own company_id",
    "esquadrao/campaigns/verify.py": "finds due Campaigns; each goes on by its own company_id",
    "esquadrao/channels/session.py": "the sweeper's wishes, each by its company_id; another ledger ends all epochs",
    "esquadrao/channels/notices.py": "the sweeper's lost Channels; each is told of by its own company_id",
    "esquadrao/contacts/importing.py": "the sweeper's list of imports; each row carries its company_id onward",
    "esquadrao/channels/wake.py": "the clock of all went back; no row is read",
    "esquadrao/messages/ask.py": "the sweeper's questions; each row carries its company_id onward",
    "esquadrao/messages/inbound.py": "the sweeper's unread events; each is read by its own company_id",
    "esquadrao/messages/outbox.py": "one claim for the due Channels of every Company",
    "esquadrao/messages/receipts.py": "one batch of events of many Companies, matched by (company, channel, wa_id)",
}
