// First of all: it silences libsignal, which prints keys.
import { openSession } from "../whatsapp/session.js";
import { readBridgeConfig } from "../config_bridge.js";
import { openLog } from "../log.js";
import { settingsOf, stopOnSignals } from "../program.js";
import { openStore } from "../store/open.js";
import { Bridge, makeFolderOf } from "./bridge.js";
import { paceWith } from "./pace.js";

/** A stop that hangs is no stop: SQL makes an abrupt end harmless. */
const STOP_MS = 9_500;

const settings = settingsOf("bridge", readBridgeConfig);
const log = openLog(settings.logLevel, "bridge");

function fatal(error: unknown): never {
  if (typeof error === "string") log.fatal({ why: error }, "bridge ends");
  else log.fatal({ err: error }, "bridge ends");
  process.exit(1);
}

process.on("uncaughtException", fatal);
// A promise of a library that nobody waits for is no reason to end every other session.
process.on("unhandledRejection", (error) => { log.error({ err: error }, "a promise was rejected unheard"); });

async function boot(): Promise<Bridge> {
  await makeFolderOf(settings.databaseUrl);
  const store = await openStore({ url: settings.databaseUrl, keys: settings.keys.join(","), lease: settings.lease, log });
  // A store that is away is waited for further on.
  const locked = await store.lockedOut().catch(() => 0);
  // Else those channels would lose every connection for a reason nobody names, and a wrong key would look like WhatsApp.
  if (locked > 0) fatal(`BRIDGE_KEYS: no key opens what is kept of ${locked} channels; give the key back that sealed it`);
  return Bridge.boot(settings, { store, open: openSession, pace: paceWith(settings.lease), log, fail: fatal });
}

const booting = boot();
booting.catch(fatal);

stopOnSignals("bridge", STOP_MS, log, async () => (await booting).stop(), fatal);
