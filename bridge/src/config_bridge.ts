import { readFileSync } from "node:fs";
import { z } from "zod";
import { ConfigError, readSettings, wire, type Environment } from "./config.js";

/** The strength of AES-256, whose keys are derived from it. */
const SHORTEST_KEY = 32;
const ROOT_KEY_BYTES = 32;

const version = z
  .string()
  .regex(/^\d+,\d+,\d+$/, "must be three numbers, a,b,c")
  .transform((text) => text.split(",").map(Number) as [number, number, number]);

const environment = {
  ...wire,
  // The first seals, all open: a new one is put in front, an old one stays until nothing is sealed with it.
  BRIDGE_KEYS: z
    .string({ error: "is missing" })
    .transform((text) => text.split(",").map((key) => key.trim()))
    .refine((keys) => keys.every((key) => Buffer.byteLength(key) >= SHORTEST_KEY), `each must have at least ${SHORTEST_KEY} bytes`),
  DATABASE_URL: z.string().default("sqlite://var/esquadrao.sqlite3"),
  BRIDGE_DATABASE_URL: z.string().optional(),
  STORAGE_URL: z.string().regex(/^(file|s3):\/\/./, "must be file://… or s3://…").default("file://var/media"),
  AWS_ACCESS_KEY_ID: z.string().optional(),
  AWS_SECRET_ACCESS_KEY: z.string().optional(),
  AWS_SESSION_TOKEN: z.string().optional(),
  AWS_REGION: z.string().optional(),
  AWS_DEFAULT_REGION: z.string().optional(),
  AWS_ENDPOINT_URL: z.url().optional(),
  // No default: the real WhatsApp is never met by an oversight.
  WHATSAPP: z.enum(["fake", "real"], { error: "must be fake or real: the simulator is another process" }),
  WHATSAPP_URL: z.url({ protocol: /^wss?$/, error: "must be ws://… or wss://…" }).optional(),
  WHATSAPP_ROOT_KEY: z
    .string()
    .transform((text) => Buffer.from(text, /^[0-9a-f]{64}$/i.test(text) ? "hex" : "base64"))
    .refine((key) => key.length === ROOT_KEY_BYTES, `must be ${ROOT_KEY_BYTES} bytes in hex or base64`)
    .optional(),
  WHATSAPP_CERTIFICATE: z.string().optional(),
  // Seconds, of a channel's socket: a bridge that dies leaves its channels to others after it.
  BRIDGE_LEASE: z.coerce.number().min(1).max(300).default(30),
  BRIDGE_HEALTH_PORT: z.coerce.number().int().min(1).max(65_535).optional(),
  WA_VERSION: version.optional(),
};

export interface S3Settings {
  bucket: string;
  prefix: string;
  endpoint: string | undefined;
  region: string;
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string | undefined;
}

export interface BridgeConfig {
  redisUrl: string;
  secret: string;
  logLevel: string;
  keys: string[];
  databaseUrl: string;
  storage: { folder: string } | S3Settings;
  isReal: boolean;
  /** Set only with a fake. */
  fake: { url: string; rootKey: Buffer; certificate: string | undefined } | undefined;
  /** Milliseconds. */
  lease: number;
  healthPort: number | undefined;
  version: [number, number, number] | undefined;
}

/** Reads the environment of the bridge. Raises ConfigError with one line per wrong variable; never shows a value. */
export function readBridgeConfig(env: Environment): BridgeConfig {
  const read = readSettings(environment, env);
  return {
    redisUrl: read.redisUrl,
    secret: read.BRIDGE_SECRET,
    logLevel: read.LOG_LEVEL,
    keys: read.BRIDGE_KEYS,
    databaseUrl: read.BRIDGE_DATABASE_URL ?? ownDatabase(read.DATABASE_URL),
    storage: storage(read),
    isReal: read.WHATSAPP === "real",
    fake: fake(read),
    lease: Math.round(read.BRIDGE_LEASE * 1000),
    healthPort: read.BRIDGE_HEALTH_PORT,
    version: read.WA_VERSION,
  };
}

type Read = z.infer<z.ZodObject<typeof environment>>;

/** The app's own PostgreSQL or MySQL; beside its SQLite file, one of our own: a file has one writer at a time. */
function ownDatabase(url: string): string {
  return url.startsWith("sqlite:") ? url.replace(/[^/]*$/, "bridge.sqlite3") : url;
}

function fake({ WHATSAPP, WHATSAPP_URL, WHATSAPP_ROOT_KEY, WHATSAPP_CERTIFICATE }: Read): BridgeConfig["fake"] {
  const given = { WHATSAPP_URL, WHATSAPP_ROOT_KEY, WHATSAPP_CERTIFICATE };
  if (WHATSAPP === "real") {
    // A root key of somebody else beside the real address would be a man in the middle with our blessing.
    const refused = Object.entries(given).filter(([, value]) => value !== undefined);
    if (refused.length > 0) throw new ConfigError(refused.map(([name]) => `${name}: only with WHATSAPP=fake`).join("\n"));
    return undefined;
  }
  if (WHATSAPP_URL === undefined) throw new ConfigError("WHATSAPP_URL: is missing, WHATSAPP is fake");
  if (WHATSAPP_ROOT_KEY === undefined) throw new ConfigError("WHATSAPP_ROOT_KEY: is missing, WHATSAPP is fake");
  return { url: WHATSAPP_URL, rootKey: WHATSAPP_ROOT_KEY, certificate: certificate(WHATSAPP_CERTIFICATE) };
}

/** A PEM, or the path of one. */
function certificate(given: string | undefined): string | undefined {
  if (given === undefined || given.startsWith("-----BEGIN")) return given;
  try {
    return readFileSync(given, "utf8");
  } catch {
    throw new ConfigError("WHATSAPP_CERTIFICATE: cannot be read");
  }
}

function storage(read: Read): BridgeConfig["storage"] {
  if (read.STORAGE_URL.startsWith("file://")) return { folder: read.STORAGE_URL.slice("file://".length) };
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = read;
  if (accessKeyId === undefined) throw new ConfigError("AWS_ACCESS_KEY_ID: is missing, STORAGE_URL is s3://");
  if (secretAccessKey === undefined) throw new ConfigError("AWS_SECRET_ACCESS_KEY: is missing, STORAGE_URL is s3://");
  const [bucket = "", ...prefix] = read.STORAGE_URL.slice("s3://".length).split("/");
  return {
    bucket,
    prefix: prefix.filter((part) => part !== "").join("/"),
    endpoint: read.AWS_ENDPOINT_URL,
    region: read.AWS_REGION ?? read.AWS_DEFAULT_REGION ?? "us-east-1",
    accessKeyId,
    secretAccessKey,
    sessionToken: read.AWS_SESSION_TOKEN,
  };
}
