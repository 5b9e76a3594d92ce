import type { BinaryNode } from "baileys";
import { reach } from "../failpoints.js";
import type { ChannelStore } from "../store/ports.js";
import { Batcher } from "./batcher.js";
import { newPassage, pass, type Passage } from "./passage.js";
import { journaled, readStanza } from "./stanzas.js";

/** Stanzas in Baileys' hands at once: enough to hide the store's latency, few enough for memory. */
const MOST_AT_ONCE = 32;
/** Stanzas a commit or a page. */
const MOST_A_PAGE = 200;

export interface Outlet {
  store: ChannelStore;
  /** Baileys' own handlers of this stanza; resolves when they are through. */
  feed(node: BinaryNode): Promise<unknown>;
  /** Decides what became of it. Called in the order of arrival, for what concerns one chat. Never rejects. */
  settle(passage: Passage): Promise<void>;
  /** Commits what an ack or a receipt says. */
  keep(node: BinaryNode): Promise<void>;
  /** What came cannot be kept: nothing may be read of this socket any more. */
  failed(error: unknown): void;
}

/**
 * Stanzas from the socket to Baileys: what Baileys answers to WhatsApp, WhatsApp never sends again, so nothing reaches it
 * that is not committed. Messages go by way of the journal, since only Baileys can open them; until `open` they are
 * journaled and held. What an ack or a receipt says stands on its outside: that itself is committed, and nothing else.
 */
export class Inflow {
  private readonly arrivals: Batcher<{ node: BinaryNode; key: string; body: Uint8Array }>;
  private readonly held: { node: BinaryNode; key: string }[] = [];
  private readonly inside = new Map<string, Passage>();
  private readonly here = new Set<string>();
  private opened = false;
  private closed = false;
  private abandoned = false;
  private running = 0;
  private readonly settling = new Set<Promise<void>>();

  constructor(private readonly outlet: Outlet) {
    this.arrivals = new Batcher(async (items) => {
      await outlet.store.arrived(items.map(({ key, body }) => ({ key, body })));
      reach("bridge.arrived");
    }, MOST_A_PAGE);
  }

  /** Stanzas of one socket, in the order they came. */
  take(node: BinaryNode): void {
    if (this.closed) return;
    if (node.tag !== "message") {
      this.track(this.outside(node));
      return;
    }
    const { key, body } = journaled(node);
    this.here.add(key);
    this.arrivals.add({ node, key, body }).then(
      () => {
        this.held.push({ node, key });
        this.advance();
      },
      (error: unknown) => {
        this.fail(error);
      },
    );
  }

  /** Logged in: first what earlier generations left undone, then what was held meanwhile. */
  async open(): Promise<void> {
    let after = 0;
    for (;;) {
      const page = await this.outlet.store.undone(after, MOST_A_PAGE);
      for (const { at, stanza } of page) {
        after = Math.max(after, at);
        if (this.isClosed || this.here.has(stanza.key) || this.inside.has(stanza.key)) continue;
        await this.through(stanza.key, await readStanza(stanza));
      }
      if (page.length < MOST_A_PAGE) break;
    }
    this.opened = true;
    this.advance();
  }

  /** Takes nothing more; what is held stays in the journal. */
  close(): void {
    this.closed = true;
  }

  /** Until what is through Baileys is settled. */
  async idle(): Promise<void> {
    await this.arrivals.idle();
    while (this.settling.size > 0) await Promise.all(this.settling);
  }

  /** What Baileys still has is the next generation's, from the journal. */
  abandon(): void {
    this.close();
    this.abandoned = true;
  }

  /** Milliseconds since the oldest message that came and is not an event. */
  oldestMessage(): number {
    const inside = [...this.inside.values()];
    return inside.length === 0 ? 0 : Date.now() - Math.min(...inside.map(({ since }) => since));
  }

  /** An ack or a receipt. */
  private async outside(node: BinaryNode): Promise<void> {
    try {
      await this.outlet.keep(node);
    } catch (error) {
      this.fail(error);
      return;
    }
    // Not answered, since the socket went: it comes again.
    if (!this.isAbandoned) await this.outlet.feed(node).catch(() => undefined);
  }

  private fail(error: unknown): void {
    this.close();
    this.outlet.failed(error);
  }

  private track(work: Promise<void>): void {
    const tracked = work.finally(() => this.settling.delete(tracked));
    this.settling.add(tracked);
  }

  private get isAbandoned(): boolean {
    return this.abandoned;
  }

  private get isClosed(): boolean {
    return this.closed;
  }

  private advance(): void {
    while (this.opened && !this.closed && this.running < MOST_AT_ONCE) {
      const next = this.held.shift();
      if (next === undefined) return;
      void this.through(next.key, next.node).then(() => {
        this.advance();
      });
    }
  }

  /** Resolves when Baileys is through with it; settling goes on beside. Never rejects. */
  private async through(key: string, node: BinaryNode): Promise<void> {
    const passage = newPassage(key, node);
    this.inside.set(key, passage);
    this.running += 1;
    try {
      await pass(passage, () => this.outlet.feed(node));
    } catch (error) {
      passage.trouble ??= error;
    }
    this.running -= 1;
    if (this.isAbandoned) return;
    this.track(
      this.outlet.settle(passage).finally(() => {
        this.here.delete(key);
        if (this.inside.get(key) === passage) this.inside.delete(key);
      }),
    );
  }
}
