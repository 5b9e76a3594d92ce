import { readConfig } from "../config_simulator.js";
import { openLog } from "../log.js";
import { settingsOf, stopOnSignals } from "../program.js";
import { CorruptLedger } from "./journal.js";
import { LedgerInUse } from "./lock.js";
import { Simulator } from "./simulator.js";

/** A stop that hangs is no stop: the ledger makes an abrupt end harmless. */
const STOP_MS = 1_800;

const settings = settingsOf("simulator", readConfig);
const log = openLog(settings.logLevel, "simulator");

function fatal(error: unknown): never {
  const known = error instanceof LedgerInUse || error instanceof CorruptLedger;
  log.fatal(known ? { error: error.message } : { err: error }, "simulator ends");
  process.exit(1);
}

const booting = Simulator.boot(settings, log, fatal);
booting.catch(fatal);

stopOnSignals("simulator", STOP_MS, log, async () => (await booting).stop(), fatal);
