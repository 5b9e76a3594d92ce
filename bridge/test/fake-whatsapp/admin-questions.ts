import type { FakeWhatsApp } from "./fake-whatsapp.js";
import type { Phone } from "./phone.js";
import { plainly, type Shown } from "./shown.js";

type Question = (fake: FakeWhatsApp, asked: URLSearchParams) => object;

/** What `GET /admin/<name>` tells; `?account=` narrows all of them but `counts` and `waiting`. */
export const questions: Record<string, Question> = {
  accounts: (fake, asked) => [...fake.phones.values()].filter((phone) => phone.isAccount && isOf(asked, phone.number)).map((phone) => told(fake, phone)),
  /** What phones show, in order; `?direction=out|in|typed`, `?id=`, `?with=`. */
  messages: (fake, asked) => fake.messages.filter((shown) => isAsked(asked, shown)).map(plainly),
  /** Every message stanza that a client wrote. */
  writes: (fake, asked) => fake.writes.filter((write) => isOf(asked, write.account)),
  receipts: (fake, asked) => fake.receipts.filter((receipt) => isOf(asked, receipt.account)),
  /** Messages a client could not read, each time it said so. */
  retries: (fake, asked) => fake.retries.filter((retry) => isOf(asked, retry.account)),
  presences: (fake, asked) => fake.presences.filter((presence) => isOf(asked, presence.account)),
  complaints: (fake) => fake.complaints,
  /** Clients that show a QR, and those that wait for a code to be typed. */
  waiting: (fake) => {
    const open = fake.sockets();
    return {
      qr: open.filter((connection) => connection.linking && !connection.pairCode).length,
      codes: open.flatMap((connection) => (connection.linking && connection.pairCode ? [connection.pairCode.number] : [])),
    };
  },
  counts: (fake) => {
    const out = fake.messages.filter((shown) => shown.direction === "out");
    const outcomes = (outcome: string): number => fake.writes.filter((write) => write.outcome === outcome).length;
    return {
      accepted: out.length,
      writes: fake.writes.length,
      written_twice: out.filter((shown) => shown.writes > 1).length,
      refused: outcomes("refused"),
      dropped: outcomes("dropped"),
      unreadable_out: out.filter((shown) => shown.undecryptable.length > 0).length,
      unreadable_in: new Set(fake.retries.flatMap((retry) => retry.ids)).size,
      inbound: fake.messages.filter((shown) => shown.direction === "in").length,
      typed: fake.messages.filter((shown) => shown.direction === "typed").length,
      sockets: fake.sockets().length,
      uploads: fake.media?.uploads ?? 0,
      downloads: fake.media?.downloads ?? 0,
    };
  },
};

function told(fake: FakeWhatsApp, phone: Phone): object {
  const { number, lid, name, addressBook } = phone;
  const devices = [...phone.devices.values()].map(({ id, logins, replaced, queue, preKeys }) => ({
    id,
    logins,
    replaced,
    queued: queue.length,
    queued_messages: queue.filter((node) => node.tag === "message").length,
    prekeys: preKeys.size,
  }));
  const unreadable = new Set(fake.retries.filter((retry) => retry.account === number).flatMap((retry) => retry.ids)).size;
  return { phone: number, lid, name, contacts: addressBook, devices, sockets: fake.sockets(number).length, unreadable_in: unreadable };
}

const isOf = (asked: URLSearchParams, account: string): boolean => !asked.has("account") || asked.get("account") === account;

function isAsked(asked: URLSearchParams, shown: Shown): boolean {
  const fits = (name: "account" | "direction" | "id" | "with"): boolean => !asked.has(name) || asked.get(name) === shown[name];
  return fits("account") && fits("direction") && fits("id") && fits("with");
}
