import { z } from "zod";
import { refusal } from "./connects.js";
import { written } from "./contents.js";
import type { FakeWhatsApp } from "./fake-whatsapp.js";
import { policy, rule } from "./faults.js";
import { addContact, tellHistory } from "./history.js";
import { lidJid } from "./jids.js";
import { exhaustPreKeys } from "./pre-keys.js";
import { announce, restrictions } from "./restrictions.js";

type Verb = (fake: FakeWhatsApp, body: unknown) => Promise<object>;

/** A verb with the shape of its body; a body of another shape is a 400 that says why. */
function verb<S extends z.ZodType>(shape: S, run: (fake: FakeWhatsApp, body: z.infer<S>) => object | Promise<object | undefined> | undefined): Verb {
  return async (fake, body) => (await run(fake, shape.parse(body))) ?? {};
}

const phone = z.string().regex(/^\d{8,15}$/, "digits only, with the country");
const phones = z.array(phone);
const pastChat = z.object({
  with: phone,
  name: z.string().optional(),
  messages: z.array(z.object({ id: z.string().optional(), text: z.string(), from_me: z.boolean().optional(), seconds_ago: z.number() })),
});

/** What `POST /admin/<name>` does. */
export const verbs: Record<string, Verb> = {
  scan: verb(z.object({ qr: z.string(), phone, passkey: z.boolean().optional(), bad_proof: z.boolean().optional() }), async (fake, { qr, phone: number, passkey, bad_proof: badProof }) =>
    (await fake.scan(qr, number, { passkey, badProof })) ?? { passkey: true },
  ),
  code: verb(z.object({ code: z.string(), phone }), (fake, body) => fake.enterCode(body.code.replace(/[^0-9a-z]/gi, "").toUpperCase(), body.phone)),
  account: verb(z.object({ phone, name: z.string().optional(), contacts: z.array(z.object({ phone, name: z.string() })).optional(), history: z.array(pastChat).optional() }), (fake, body) => {
    const account = fake.account(body.phone);
    account.name = body.name ?? account.name;
    account.addressBook = body.contacts ?? account.addressBook;
    account.history = (body.history as typeof account.history | undefined) ?? account.history;
    return { lid: account.lid };
  }),
  inbound: verb(
    written.extend({ account: phone, from: phone, id: z.string().optional(), name: z.string().optional(), lid: z.boolean().optional(), corrupt: z.boolean().optional(), at: z.number().optional() }),
    async (fake, { account, from, id, name, lid, corrupt, at, ...content }) => ({ id: await fake.inbound(account, from, content, { id, name, lid, corrupt, at }) }),
  ),
  typed: verb(written.extend({ account: phone, to: phone, id: z.string().optional() }), async (fake, { account, to, id, ...content }) => ({
    id: await fake.typed(account, to, content, id),
  })),
  receipt: verb(z.object({ account: phone, ids: z.array(z.string()).min(1), rank: z.enum(["delivered", "read", "played"]), lid: z.boolean().optional() }), async (fake, body) => {
    const first = fake.chats.find("out", body.account, body.ids[0] ?? "");
    if (!first) throw new Error("no such message");
    await fake.receipt({ account: body.account, from: body.lid ? lidJid(first.with) : first.to, ids: body.ids, rank: body.rank });
    return {};
  }),
  "ask-again": verb(z.object({ account: phone, id: z.string() }), async (fake, { account, id }) => {
    await fake.askAgain(account, id);
    return {};
  }),
  /** Without `phone`: everybody's. */
  policy: verb(policy.partial().extend({ phone: phone.optional() }), (fake, { phone: number, ...change }) => {
    const known = defined(change);
    if (number === undefined) Object.assign(fake.faults.policy, known);
    else fake.faults.policies.set(number, { ...fake.faults.policies.get(number), ...known });
    return number === undefined ? fake.faults.policy : fake.faults.policyFor(number);
  }),
  /** Replaces all rules. */
  rules: verb(z.object({ rules: z.array(rule) }), (fake, { rules }) => {
    fake.faults.rules = rules;
    return { rules };
  }),
  /** Replaces who is refused at login, and the limit. */
  connects: verb(z.object({ refusals: z.array(refusal).default([]), per_minute: z.number().int().min(0).nullable().default(null) }), (fake, body) => {
    fake.faults.connects.refusals = body.refusals;
    fake.faults.connects.perMinute = body.per_minute;
    return body;
  }),
  /** Replaces the lists that are given. */
  numbers: verb(z.object({ not_on_whatsapp: phones.optional(), without_ninth: phones.optional(), resolved_without_ninth: phones.optional() }), (fake, body) => {
    replace(fake.directory.notOnWhatsApp, body.not_on_whatsapp);
    replace(fake.directory.withoutNinth, body.without_ninth);
    replace(fake.directory.resolvedWithoutNinth, body.resolved_without_ninth);
    return {};
  }),
  /** Sockets that stay open and answer nothing, and queries nobody answers; replaces both. */
  mute: verb(z.object({ accounts: phones.default([]), queries: z.array(z.string()).default([]) }), (fake, { accounts, queries }) => {
    replace(fake.faults.mute, accounts);
    replace(fake.faults.silentAbout, queries);
    return {};
  }),
  /** Cuts the lines of an account, or of everybody. */
  drop: verb(z.object({ account: phone.optional() }), (fake, { account }) => {
    const sockets = fake.sockets(account);
    for (const connection of sockets) connection.drop();
    return { dropped: sockets.length };
  }),
  "stream-error": verb(z.object({ account: phone, code: z.number().int() }), async (fake, { account, code }) => {
    const sockets = fake.sockets(account);
    for (const connection of sockets) await connection.streamError(code);
    return { ended: sockets.length };
  }),
  unlink: verb(z.object({ account: phone }), async (fake, { account }) => {
    await fake.unlink(account);
    return {};
  }),
  prekeys: verb(z.object({ account: phone, left: z.number().int().min(0) }), async (fake, { account, left }) => {
    for (const device of fake.phone(account).devices.values()) await exhaustPreKeys(device, left);
    return {};
  }),
  contact: verb(z.object({ account: phone, phone, name: z.string() }), async (fake, body) => {
    await addContact(fake.account(body.account), body.phone, body.name);
    return {};
  }),
  history: verb(z.object({ account: phone, chats: z.array(pastChat) }), async (fake, { account, chats }) => {
    await tellHistory(fake, fake.account(account), chats as Parameters<typeof tellHistory>[2]);
    return {};
  }),
  restrict: verb(restrictions.extend({ account: phone }), async (fake, { account, ...told }) => {
    fake.restricted.set(account, told);
    await announce(fake.account(account), told);
    return {};
  }),
  media: verb(z.object({ fail_uploads: z.number().int().default(0), fail_downloads: z.number().int().default(0) }), (fake, body) => {
    fake.mediaHost().failUploads = body.fail_uploads;
    fake.mediaHost().failDownloads = body.fail_downloads;
    return {};
  }),
  resends: verb(z.object({ on: z.boolean() }), (fake, { on }) => {
    fake.faults.resends = on;
    return {};
  }),
};

function replace(set: Set<string>, values: string[] | undefined): void {
  if (!values) return;
  set.clear();
  for (const value of values) set.add(value);
}

const defined = (values: object): object => Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
