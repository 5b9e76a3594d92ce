import { pino, type Logger } from "pino";

export type Log = Logger;

/** Names under which a secret or somebody's words could come along inside an object. */
const NEVER = ["text", "body", "content", "qr", "code_text", "creds", "credentials", "keys", "key", "secret", "password", "proxy", "sig", "phone", "me"];

/** JSON lines on stdout. Never a QR, a text of a message or a phone: fields are chosen where they are logged. */
export function openLog(level: string, name: string): Log {
  return pino({
    level,
    name,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: NEVER.flatMap((field) => [field, `*.${field}`]), censor: "[redacted]" },
    formatters: { log: withoutPhones },
    serializers: { err: (error: unknown) => told(error) },
  });
}

/** Others' errors quote what they stumbled over: of a number only its beginning and end are kept. */
export function masked(text: string): string {
  return text.replace(/\+?\d{8,15}(?!\d)/g, (digits) => `${digits.slice(0, 5)}*****${digits.slice(-4)}`);
}

function withoutPhones(fields: Record<string, unknown>): Record<string, unknown> {
  return typeof fields["error"] === "string" ? { ...fields, error: masked(fields["error"]) } : fields;
}

function told(error: unknown): unknown {
  if (!(error instanceof Error)) return masked(String(error));
  return { type: error.name, message: masked(error.message), stack: masked(error.stack ?? "") };
}
