import type { FakeWhatsApp } from "./fake-whatsapp.js";
import { write } from "./incoming.js";
import { lidJid, personOf, phoneJid } from "./jids.js";
import { element, stamp } from "./nodes.js";
import { sendReceipt } from "./receipts.js";
import type { Shown } from "./shown.js";

/** A phone asks at most this often for a message it cannot read. */
const MOST_RETRIES = 5;

/** What the phone of the person it was for does by itself: receipts, an answer, or a request to have it again. */
export async function recipientsAnswer(fake: FakeWhatsApp, shown: Shown): Promise<void> {
  const { account, id } = shown;
  if (fake.directory.resolve(shown.with) === undefined) return;
  const policy = fake.faults.policyFor(shown.with);
  if (shown.undecryptable.some((jid) => personOf(jid).number === shown.with)) {
    if (policy.retries && shown.retries < MOST_RETRIES) await askAgain(fake, account, id);
    return;
  }
  await fake.later(policy.receipts_delay_ms, async () => {
    const from = policy.receipts_from === "lid" ? lidJid(shown.with) : shown.to;
    for (const rank of ["delivered", "read", "played"] as const) if (policy[rank]) await sendReceipt(fake, { account, from, ids: [id], rank });
    if (policy.reply !== null) await write(fake, { account, from: shown.with, content: { text: policy.reply } });
  });
}

/** The person's phone cannot read a message ("waiting for this message") and asks the client for it, with fresh keys. */
export async function askAgain(fake: FakeWhatsApp, account: string, id: string): Promise<void> {
  const shown = fake.chats.find("out", account, id);
  if (!shown) throw new Error("no such message");
  shown.awaitsRetry = true;
  const { endpoint } = fake.phone(shown.with);
  const { registration, keys } = endpoint.bundle();
  const count = String(shown.retries + 1);
  for (const device of fake.phone(account).devices.values()) {
    endpoint.forget(device);
    await device.deliver(
      element("receipt", { from: phoneJid(shown.with), id, type: "retry", t: stamp() }, [
        element("retry", { count, id, t: stamp(), v: "1" }),
        registration,
        element("keys", {}, keys),
      ]),
    );
  }
}
