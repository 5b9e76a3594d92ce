import type { Log } from "../log.js";

export type Version = [number, number, number];

/** What the pinned Baileys was tested with; WhatsApp serves a client for months. */
export const BUNDLED: Version = [2, 3000, 1043857760];
const PAGE = "https://web.whatsapp.com/sw.js";
const LONGEST_FETCH_MS = 10_000;
/** The page has about 100 kB. */
const MOST_BYTES = 2_000_000;

type Fetch = (url: string, init: { signal: AbortSignal; headers: Record<string, string> }) => Promise<Response>;

/** The version of the client that logins name: the last good one, kept in memory and never lowered. */
export class ClientVersion {
  private timer: NodeJS.Timeout | undefined;
  private fetching: Promise<void> | undefined;

  /** `canRefresh`: only with WhatsApp itself; a fake is never older than its tests. */
  constructor(
    public current: Version,
    private readonly canRefresh: boolean,
    private readonly log: Log,
    private readonly fetchPage: Fetch = fetch,
  ) {}

  /** Refreshes at once and then at every interval. */
  start(every: number): void {
    if (!this.canRefresh) return;
    void this.refresh();
    this.timer = setInterval(() => void this.refresh(), every);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** Never rejects; many callers at once ask once. */
  refresh(): Promise<void> {
    if (!this.canRefresh) return Promise.resolve();
    this.fetching ??= this.look().finally(() => { this.fetching = undefined; });
    return this.fetching;
  }

  private async look(): Promise<void> {
    try {
      const signal = AbortSignal.timeout(LONGEST_FETCH_MS);
      // Without them the page answers 400: they say that a browser asks for its worker.
      const headers = { "sec-fetch-site": "none", "user-agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36" };
      const response = await this.fetchPage(PAGE, { signal, headers });
      if (!response.ok) throw new Error(`status ${response.status}`);
      const revision = /\\?"client_revision\\?":\s*(\d{6,12})/.exec(await bounded(response))?.[1];
      if (revision === undefined) throw new Error("no revision on the page");
      this.raise(Number(revision));
    } catch (error) {
      this.log.warn({ error: String(error) }, "WhatsApp's version cannot be refreshed, the last one stays");
    }
  }

  private raise(revision: number): void {
    const [major, minor, known] = this.current;
    if (revision <= known) return;
    this.current = [major, minor, revision];
    this.log.info({ version: this.current.join(".") }, "WhatsApp's version refreshed");
  }
}

async function bounded(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    size += part.length;
    if (size > MOST_BYTES) throw new Error("the page is too long");
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}
