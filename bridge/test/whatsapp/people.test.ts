import type { WASocket } from "baileys";
import { expect, test } from "vitest";
import { People } from "../../src/whatsapp/people.js";
import { MemoryStore } from "./memory-store.js";

const LID = "123456789012345";
const PHONE = "5511912345678";
const ME = "5511987650001";
const wrote = { key: { remoteJid: `${LID}@lid` } };

/** A WhatsApp that says who a LID is, or nobody, and a library that may know. */
function socketOf(more: { says?: () => string[]; knows?: string }): WASocket {
  const executeUSyncQuery = (): Promise<unknown> => Promise.resolve({ list: (more.says?.() ?? []).map((id) => ({ id })), sideList: [] });
  const getPNForLID = (): Promise<string | null> => Promise.resolve(more.knows ?? null);
  return { user: { id: `${ME}:3@s.whatsapp.net` }, executeUSyncQuery, signalRepository: { lidMapping: { getPNForLID } } } as unknown as WASocket;
}

test.each([
  ["WhatsApp names when asked", { says: () => [`${PHONE}@s.whatsapp.net`] }],
  ["the library knew before it could be told", { knows: `${PHONE}@s.whatsapp.net` }],
])("a phone that %s is told to the app as the LID's, once", async (_, socket) => {
  const store = new MemoryStore();
  const people = new People(store, socketOf(socket));
  expect(await people.of(wrote)).toEqual({ phone: `+${PHONE}`, lid: LID });
  expect(await people.of(wrote)).toEqual({ phone: `+${PHONE}`, lid: LID });
  expect(store.of("lid.mapped")).toEqual([{ pairs: [{ lid: LID, phone: `+${PHONE}` }] }]);
});

test("a LID that becomes known while WhatsApp is asked is not told as nobody's", async () => {
  const store = new MemoryStore();
  const says = (): string[] => {
    store.lids.set(LID, `+${PHONE}`);
    return [];
  };
  expect(await new People(store, socketOf({ says })).of(wrote)).toEqual({ phone: `+${PHONE}`, lid: LID });
});

test("our own two addresses are nobody's pair", async () => {
  const store = new MemoryStore();
  await new People(store, socketOf({ knows: `${ME}@s.whatsapp.net` })).of(wrote);
  expect(store.of("lid.mapped")).toEqual([]);
});
