import { randomBytes } from "node:crypto";
import type { FakeWhatsApp } from "./fake-whatsapp.js";
import { phoneJid } from "./jids.js";
import { element, stamp } from "./nodes.js";

/** It rings on the companions too, until the caller gives up. Returns the call's id. */
export async function call(fake: FakeWhatsApp, account: string, from: string): Promise<string> {
  const id = randomBytes(16).toString("hex").toUpperCase();
  const caller = phoneJid(from);
  const about = { "call-id": id, "call-creator": caller };
  const steps = [element("offer", about), element("terminate", { ...about, reason: "timeout" })];
  for (const device of fake.phone(account).devices.values()) {
    for (const step of steps) await device.deliver(element("call", { from: caller, id: `${id}-${step.tag}`, t: stamp() }, [step]));
  }
  fake.changed();
  return id;
}
