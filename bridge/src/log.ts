import { pino, type Logger } from "pino";

export type Log = Logger;

/** JSON lines on stdout. Never a QR, a text of a message or a phone: fields are chosen where they are logged. */
export function openLog(level: string, name: string): Log {
  return pino({ level, name, timestamp: pino.stdTimeFunctions.isoTime });
}
