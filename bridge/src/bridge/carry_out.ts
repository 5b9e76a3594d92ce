import type { Command, MessageSend, NumbersCheck } from "../commands.js";
import type { Log } from "../log.js";
import type { HeldChannel } from "./held_channel.js";

/** A person looks at the screen where the code, or the typing, should appear: an old request is no request. */
const ASKED_MS = 60_000;

/** One command about a channel that we hold. Rejects when the store does: then it is tried again. */
export async function carryOut(held: HeldChannel, command: Command, log: Log): Promise<void> {
  switch (command.type) {
    case "message.send":
      return send(held, command);
    case "numbers.check":
      return check(held, command, log);
    case "message.read":
      return attempt(log, command, () => held.session?.markRead(command.data.ids.map(({ wa_id, from }) => ({ waId: wa_id, from }))));
    case "contacts.sync":
      return attempt(log, command, () => held.session?.syncContacts());
    case "presence":
      if (isOld(command)) return;
      return attempt(log, command, () => held.session?.presence(command.data.phone, command.data.state));
    case "session.pair_code":
      if (isOld(command)) return;
      return attempt(log, command, () => held.pairCode(command.data.phone));
    default:
      // A simulated scan means nothing here.
      return;
  }
}

function isOld({ at }: { at: string }): boolean {
  return Date.now() - Date.parse(at) > ASKED_MS;
}

async function send(held: HeldChannel, command: MessageSend): Promise<void> {
  if (held.session === undefined) await held.store.ledger.claim(command, { connected: false });
  else await held.session.send(command);
}

/** Without a session, or an answer, nothing is said: the app asks again. */
async function check(held: HeldChannel, command: NumbersCheck, log: Log): Promise<void> {
  const { session, store } = held;
  if (session?.isConnected !== true) return;
  let numbers;
  try {
    numbers = await session.check(command.data.phones);
  } catch (error) {
    log.warn({ channel: command.channel, error: String(error) }, "numbers could not be checked");
    return;
  }
  if (numbers.length > 0) await store.step({ say: [{ type: "numbers.checked", data: { numbers } }] });
}

/** What a person can ask for again, and nobody waits for. */
async function attempt(log: Log, { type }: Command, run: () => Promise<void> | undefined): Promise<void> {
  try {
    await run();
  } catch (error) {
    log.warn({ type, error: String(error) }, "not carried out");
  }
}
