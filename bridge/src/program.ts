import { ConfigError, type Environment } from "./config.js";
import type { Log } from "./log.js";

/** What both programs read at their start; wrong settings end the process with a line for each, never with a value. */
export function settingsOf<C>(name: string, read: (env: Environment) => C): C {
  try {
    return read(process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${name}: wrong settings\n${error.message}\n`);
    process.exit(2);
  }
}

/** An orderly stop on SIGTERM and SIGINT, once; after `within` milliseconds the process ends all the same. */
export function stopOnSignals(name: string, within: number, log: Log, stop: () => Promise<void>, fatal: (error: unknown) => never): void {
  let stopping = false;
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (stopping) return;
    stopping = true;
    setTimeout(() => process.exit(0), within).unref();
    log.info({ signal }, `${name} stops`);
    await stop();
    process.exit(0);
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      end(signal).catch(fatal);
    });
  }
}
