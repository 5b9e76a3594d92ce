import type { Command } from "./commands.js";

/** The streams of the wire, and the group that all bridges of an installation read commands as. */
export const WISHES = "esquadrao:wishes";
export const APPLIED = "esquadrao:applied";
export const EVENTS = "esquadrao:events:0";
export const GROUP = "bridge";
const COMMANDS = "esquadrao:commands:";

export function commandStream(channel: string): string {
  return COMMANDS + channel;
}

/** What only the holder of the channel's session can do; the rest any bridge may. */
const OF_THE_HOLDER: ReadonlySet<Command["type"]> = new Set([
  "message.send",
  "message.read",
  "numbers.check",
  "presence",
  "contacts.sync",
  "session.pair_code",
] as const);

export function streamOf(command: Command): string {
  if (command.type === "events.applied") return APPLIED;
  return OF_THE_HOLDER.has(command.type) ? commandStream(command.channel) : WISHES;
}
