import { readFileSync } from "node:fs";
import { z } from "zod";

const span = z.object({ min: z.number().nonnegative(), max: z.number().nonnegative() });
const rate = z.number().min(0).max(1);

/** `ack:20-80,read:5` → { ack: { min: 20, max: 80 }, read: { min: 5, max: 5 } }, in milliseconds. */
function spans(text: string): unknown {
  return pairs(text, (value) => {
    const [min, max] = value.split("-").map(Number);
    return { min, max: max ?? min };
  });
}

function rates(text: string): unknown {
  return pairs(text, Number);
}

function pairs(text: string, read: (value: string) => unknown): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const part of text.split(",").filter((item) => item.trim() !== "")) {
    const [name = "", value = ""] = part.split(":");
    found[name.trim()] = read(value.trim());
  }
  return found;
}

const delays = z.strictObject({
  login: span.default({ min: 5, max: 20 }),
  pair: span.default({ min: 1000, max: 1000 }),
  ack: span.default({ min: 20, max: 80 }),
  delivered: span.default({ min: 50, max: 400 }),
  read: span.default({ min: 500, max: 3000 }),
  reply: span.default({ min: 2000, max: 8000 }),
  stray: span.default({ min: 50, max: 1500 }),
});

const chances = z.strictObject({
  nack: rate.default(0),
  unacked: rate.default(0),
  // By the phone: nobody is there; or a Brazilian mobile is, under its old spelling of eight digits.
  not_on_whatsapp: rate.default(0),
  eight_digits: rate.default(0),
  undelivered: rate.default(0.02),
  unread: rate.default(0.3),
  reply: rate.default(0),
  opt_out: rate.default(0),
  // By the attempt: WhatsApp's 429, 500, 463 and 403.
  rate_limited: rate.default(0),
  unavailable: rate.default(0),
  must_write_first: rate.default(0),
  banned: rate.default(0),
  // What a bad connection does (mischief.ts).
  dropped: rate.default(0),
  lost: rate.default(0),
  stray: rate.default(0),
  twice: rate.default(0),
});

const environment = z.object({
  REDIS_URL: z.string().min(1).optional(),
  BRIDGE_REDIS_URL: z.string().min(1).optional(),
  // Whoever guesses it commands every phone: a short one is refused.
  BRIDGE_SECRET: z.string().min(16, "must have at least 16 characters"),
  LOG_LEVEL: z
    .string()
    .default("info")
    .transform((level) => level.toLowerCase())
    .pipe(z.enum(["trace", "debug", "info", "warn", "warning", "error", "fatal", "critical", "silent"]))
    .transform((level) => ({ warning: "warn", critical: "fatal" })[level as string] ?? level),
  SIMULATOR_LEDGER: z.string().min(1).default("var/simulator/ledger.jsonl"),
  SIMULATOR_SEED: z.string().default("esquadrao"),
  SIMULATOR_AUTO_PAIR: z.enum(["0", "1"]).default("0").transform((value) => value === "1"),
  SIMULATOR_DELAYS: z.string().default("").transform(spans).pipe(delays),
  SIMULATOR_NEW_CHATS: z.coerce.number().int().min(0).default(0),
  SIMULATOR_RATES: z.string().default("").transform(rates).pipe(chances),
});

export type Span = z.infer<typeof span>;
export type Delays = z.infer<typeof delays>;
export type Rates = z.infer<typeof chances>;

export interface Config {
  redisUrl: string;
  secret: string;
  logLevel: string;
  simulator: { ledger: string; seed: string; autoPair: boolean; delays: Delays; rates: Rates; newChats: number };
}

export class ConfigError extends Error {}

/** `NAME_FILE` names a file that holds NAME, as for the Python side; NAME itself comes first. */
function withFiles(env: Record<string, string | undefined>): Record<string, string | undefined> {
  const read = { ...env };
  for (const name of ["REDIS_URL", "BRIDGE_REDIS_URL", "BRIDGE_SECRET"]) {
    const path = env[`${name}_FILE`];
    if (!path || read[name]) continue;
    try {
      read[name] = readFileSync(path, "utf8").trim();
    } catch {
      throw new ConfigError(`${name}_FILE: cannot be read`);
    }
  }
  // An empty variable is a missing one: that is how .env files and CI leave things out.
  return Object.fromEntries(Object.entries(read).filter(([, value]) => value !== ""));
}

/** Reads the environment. Raises ConfigError with one line per wrong variable; never shows a value. */
export function readConfig(env: Record<string, string | undefined>): Config {
  const parsed = environment.safeParse(withFiles(env));
  if (!parsed.success) {
    throw new ConfigError(
      parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("\n"),
    );
  }
  const redisUrl = parsed.data.BRIDGE_REDIS_URL ?? parsed.data.REDIS_URL;
  if (redisUrl === undefined) throw new ConfigError("REDIS_URL: is missing");
  return {
    redisUrl,
    secret: parsed.data.BRIDGE_SECRET,
    logLevel: parsed.data.LOG_LEVEL,
    simulator: {
      ledger: parsed.data.SIMULATOR_LEDGER,
      seed: parsed.data.SIMULATOR_SEED,
      autoPair: parsed.data.SIMULATOR_AUTO_PAIR,
      delays: parsed.data.SIMULATOR_DELAYS,
      rates: parsed.data.SIMULATOR_RATES,
      newChats: parsed.data.SIMULATOR_NEW_CHATS,
    },
  };
}
