import { BufferJSON } from "baileys";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { FakeWhatsApp } from "./fake-whatsapp.js";
import { LinkedDevice } from "./linked-device.js";
import type { Phone } from "./phone.js";
import { plainly, type PlainlyShown } from "./shown.js";

/** Changes within it share one snapshot. */
const GATHER_MS = 100;
/** A snapshot grows with the chats; writing it may cost at most this part of the time. */
const SHARE = 10;

/** What of a phone is kept; all of it survives JSON as BufferJSON writes it. */
type StoredPhone = Pick<Phone, "number" | "name" | "isAccount" | "nextDevice" | "addressBook" | "history" | "appState"> & {
  endpoint: Pick<Phone["endpoint"], "identity" | "registrationId" | "signedPreKey" | "nextPreKey"> & {
    preKeys: [number, { private: Uint8Array; public: Uint8Array }][];
    sessions: [string, unknown][];
  };
  devices: StoredDevice[];
};
type StoredDevice = Pick<LinkedDevice, "number" | "id" | "noiseKey" | "identity" | "registrationId" | "signedPreKey" | "queue" | "isNew" | "logins" | "replaced"> & {
  preKeys: [number, Buffer][];
};

interface Snapshot {
  phones: StoredPhone[];
  messages: PlainlyShown[];
  writes: FakeWhatsApp["writes"];
  notOnWhatsApp: string[];
  withoutNinth: string[];
  resolvedWithoutNinth: string[];
}

/** The whole state in one file, replaced as a whole: a torn one cannot be. */
export class StateFile {
  private timer: NodeJS.Timeout | undefined;
  private gather = GATHER_MS;

  constructor(private readonly path: string) {}

  restore(fake: FakeWhatsApp): void {
    if (!existsSync(this.path)) return;
    const snapshot = JSON.parse(readFileSync(this.path, "utf8"), BufferJSON.reviver as never) as Snapshot;
    for (const stored of snapshot.phones) restorePhone(fake.phone(stored.number), stored);
    for (const shown of snapshot.messages) fake.chats.add({ ...shown, message: undefined });
    fake.writes.push(...snapshot.writes);
    for (const name of ["notOnWhatsApp", "withoutNinth", "resolvedWithoutNinth"] as const) {
      for (const number of snapshot[name]) fake.directory[name].add(number);
    }
  }

  schedule(fake: FakeWhatsApp): void {
    this.timer ??= setTimeout(() => {
      this.write(fake);
    }, this.gather);
  }

  write(fake: FakeWhatsApp): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const began = performance.now();
    const { notOnWhatsApp, withoutNinth, resolvedWithoutNinth } = fake.directory;
    const snapshot: Snapshot = {
      phones: [...fake.phones.values()].map(storePhone),
      messages: fake.chats.all.map(plainly),
      writes: fake.writes,
      notOnWhatsApp: [...notOnWhatsApp],
      withoutNinth: [...withoutNinth],
      resolvedWithoutNinth: [...resolvedWithoutNinth],
    };
    mkdirSync(dirname(this.path), { recursive: true });
    writeFileSync(`${this.path}.new`, JSON.stringify(snapshot, BufferJSON.replacer), { mode: 0o600 });
    renameSync(`${this.path}.new`, this.path);
    this.gather = Math.max(GATHER_MS, SHARE * (performance.now() - began));
  }
}

function storePhone(phone: Phone): StoredPhone {
  const { number, name, isAccount, nextDevice, addressBook, history, appState } = phone;
  const { identity, registrationId, signedPreKey, nextPreKey, preKeys, sessions } = phone.endpoint;
  return {
    ...{ number, name, isAccount, nextDevice, addressBook, history, appState },
    endpoint: { identity, registrationId, signedPreKey, nextPreKey, preKeys: [...preKeys], sessions: [...sessions] },
    devices: [...phone.devices.values()].map(storeDevice),
  };
}

function storeDevice(device: LinkedDevice): StoredDevice {
  const { number, id, noiseKey, identity, registrationId, signedPreKey, queue, isNew, logins, replaced, preKeys } = device;
  return { number, id, noiseKey, identity, registrationId, signedPreKey, queue, isNew, logins, replaced, preKeys: [...preKeys] };
}

function restorePhone(phone: Phone, { endpoint, devices, ...stored }: StoredPhone): void {
  Object.assign(phone, stored);
  const { preKeys, sessions, ...keys } = endpoint;
  Object.assign(phone.endpoint, keys, { preKeys: new Map(preKeys), sessions: new Map(sessions) });
  for (const { preKeys: theirs, queue, isNew, logins, replaced, ...known } of devices) {
    const device = new LinkedDevice(known.number, known.id, known.noiseKey, known.identity, known.registrationId, known.signedPreKey);
    Object.assign(device, { preKeys: new Map(theirs), queue, isNew, logins, replaced });
    phone.devices.set(device.id, device);
  }
}
