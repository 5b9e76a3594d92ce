import type { Log } from "../log.js";
import { passing } from "./passage.js";

interface Quiet {
  level: string;
  child(): Quiet;
  trace(): void;
  debug(): void;
  info(): void;
  warn(fields: unknown, message?: string): void;
  error(fields: unknown, message?: string): void;
}

/** Baileys tells of these only by its log; the stanza in whose passage they come is not dealt with. */
const SWALLOWED = /^(error in handling message|unexpected error in '(processing|handling))/;

/**
 * What Baileys may log here: its own fixed sentences, never its fields, which hold nodes, keys and phones. Sentences
 * with something written into them are cut at the first digit or quote.
 */
export function quietLogger(log: Log): Quiet {
  const sentence = (fields: unknown, message: string | undefined): string =>
    (message ?? (typeof fields === "string" ? fields : "")).split(/[0-9"'@]/, 1)[0] ?? "";
  const quiet: Quiet = {
    level: "warn",
    child: () => quiet,
    trace: () => undefined,
    debug: () => undefined,
    info: () => undefined,
    warn: (fields, message) => {
      log.debug({ baileys: sentence(fields, message) }, "Baileys warns");
    },
    error: (fields, message) => {
      const passage = passing();
      if (passage !== undefined && SWALLOWED.test(message ?? "")) passage.trouble ??= causeOf(fields);
      log.debug({ baileys: sentence(fields, message) }, "Baileys errs");
    },
  };
  return quiet;
}

function causeOf(fields: unknown): unknown {
  const { error, err } = (fields ?? {}) as { error?: unknown; err?: unknown };
  return error ?? err ?? new Error("untold");
}
