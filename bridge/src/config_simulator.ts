import { z } from "zod";
import { readSettings, wire, type Environment } from "./config.js";

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

const environment = {
  ...wire,
  SIMULATOR_LEDGER: z.string().min(1).default("var/simulator/ledger.jsonl"),
  SIMULATOR_SEED: z.string().default("esquadrao"),
  SIMULATOR_AUTO_PAIR: z.enum(["0", "1"]).default("0").transform((value) => value === "1"),
  SIMULATOR_DELAYS: z.string().default("").transform(spans).pipe(delays),
  SIMULATOR_NEW_CHATS: z.coerce.number().int().min(0).default(0),
  SIMULATOR_RATES: z.string().default("").transform(rates).pipe(chances),
};

export type Span = z.infer<typeof span>;
export type Delays = z.infer<typeof delays>;
export type Rates = z.infer<typeof chances>;

export interface Config {
  redisUrl: string;
  secret: string;
  logLevel: string;
  simulator: { ledger: string; seed: string; autoPair: boolean; delays: Delays; rates: Rates; newChats: number };
}

/** Reads the environment. Raises ConfigError with one line per wrong variable; never shows a value. */
export function readConfig(env: Environment): Config {
  const read = readSettings(environment, env);
  return {
    redisUrl: read.redisUrl,
    secret: read.BRIDGE_SECRET,
    logLevel: read.LOG_LEVEL,
    simulator: {
      ledger: read.SIMULATOR_LEDGER,
      seed: read.SIMULATOR_SEED,
      autoPair: read.SIMULATOR_AUTO_PAIR,
      delays: read.SIMULATOR_DELAYS,
      rates: read.SIMULATOR_RATES,
      newChats: read.SIMULATOR_NEW_CHATS,
    },
  };
}
