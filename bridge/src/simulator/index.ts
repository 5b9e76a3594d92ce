import { ConfigError } from "../config.js";
import { readConfig, type Config } from "../config_simulator.js";
import { openLog } from "../log.js";
import { CorruptLedger } from "./journal.js";
import { LedgerInUse } from "./lock.js";
import { Simulator } from "./simulator.js";

/** A stop that hangs is no stop: the ledger makes an abrupt end harmless. */
const STOP_MS = 1_800;

function config(): Config {
  try {
    return readConfig(process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`simulator: wrong settings\n${error.message}\n`);
    process.exit(2);
  }
}

const settings = config();
const log = openLog(settings.logLevel, "simulator");

function fatal(error: unknown): never {
  const known = error instanceof LedgerInUse || error instanceof CorruptLedger;
  log.fatal(known ? { error: error.message } : { err: error }, "simulator ends");
  process.exit(1);
}

const booting = Simulator.boot(settings, log, fatal);
booting.catch(fatal);

let stopping = false;
async function stop(signal: NodeJS.Signals): Promise<void> {
  if (stopping) return;
  stopping = true;
  setTimeout(() => process.exit(0), STOP_MS).unref();
  log.info({ signal }, "simulator stops");
  await (await booting).stop();
  process.exit(0);
}

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.on(signal, () => {
    stop(signal).catch(fatal);
  });
}
