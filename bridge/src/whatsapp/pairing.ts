import type { WASocket } from "baileys";
import { digitsOf } from "./jids.js";
import type { Listener } from "./ports.js";

/** Baileys' own: the first code lives longer than those after it. */
const FIRST_QR_MS = 60_000;
const NEXT_QR_MS = 20_000;
/** Six codes, and with the last of them the socket ends; a code to type lives as long. */
const ALL_QR_MS = FIRST_QR_MS + 5 * NEXT_QR_MS;

/** A device that is not linked yet: codes to scan and codes to type. Neither is ever logged. */
export class Pairing {
  private attempt = 0;
  private since = 0;

  constructor(
    private readonly socket: WASocket,
    private readonly listener: Listener,
  ) {}

  qr(text: string): void {
    this.attempt += 1;
    if (this.attempt === 1) {
      this.since = Date.now();
      this.listener.state("qr", null, null);
    }
    const lives = this.attempt === 1 ? FIRST_QR_MS : NEXT_QR_MS;
    this.listener.qr({ text, expires_at: moment(Date.now() + lives), attempt: this.attempt });
  }

  /** Does nothing unless a QR is shown. */
  async code(phone: string): Promise<void> {
    if (this.attempt === 0) return;
    const code = await this.socket.requestPairingCode(digitsOf(phone));
    this.listener.pairCode({ code, expires_at: moment(this.since + ALL_QR_MS) });
  }
}

function moment(ms: number): string {
  return new Date(ms).toISOString();
}
