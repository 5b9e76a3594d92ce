import type { Command, Wish } from "../commands.js";
import type { Outbox } from "../outbox.js";
import type { Store, StoredSession } from "../store/ports.js";
import { RESTING } from "./back_off.js";
import type { Shared } from "./generations.js";
import { HeldChannel } from "./held_channel.js";
import { isDoneWithin } from "./waiting.js";

interface Around {
  store: Store;
  outbox: Pick<Outbox, "add">;
  shared: Shared;
}

/** Leases asked for beside each other after a start with a thousand channels. */
const TAKEN_AT_ONCE = 8;

/** Which channels are ours: takes leases that are free, renews them, stops what it can no longer hold. */
export class Keeper {
  private readonly channels = new Map<string, HeldChannel>();
  private readonly taking = new Map<string, Promise<HeldChannel | undefined>>();
  /** Of ours that fell: the next generation waits for the end of the last. */
  private readonly falling = new Map<string, Promise<unknown>>();
  private readonly timers: NodeJS.Timeout[] = [];
  private busy = { look: false, renew: false };
  private isStopped = false;
  /** Of the jobs, those that failed the last time. */
  private readonly failing = new Set<string>();

  constructor(private readonly around: Around) {}

  start(): void {
    const { look, renew, tick } = this.around.shared.pace;
    this.timers.push(
      setInterval(() => void this.once("look", () => this.look()), look),
      setInterval(() => void this.once("renew", () => this.renew()), renew),
      setInterval(() => { this.dropUnrenewed(); }, tick),
    );
    void this.once("look", () => this.look());
  }

  /** Whether the store did what was last asked of it: a bridge that cannot look for channels serves none. */
  get isAnswered(): boolean {
    return this.failing.size === 0;
  }

  get held(): ReadonlyMap<string, HeldChannel> {
    return this.channels;
  }

  /** False: another bridge holds the channel, and is to be told. Rejects when the store does. */
  async wish(wish: Wish): Promise<boolean> {
    for (;;) {
      const channel = this.channels.get(wish.channel) ?? (await this.take(wish.channel, wish.company, wish));
      if (channel === undefined) return false;
      if (await channel.wish(wish)) return true;
    }
  }

  /** Sockets closed and flushed, leases free. */
  async stop(): Promise<void> {
    this.isStopped = true;
    for (const timer of this.timers) clearInterval(timer);
    await Promise.all([...this.channels.values()].map((channel) => this.drop(channel)));
    await Promise.all(this.falling.values());
  }

  private async look(): Promise<void> {
    const free = (await this.around.store.sessions()).filter(
      ({ channel, wanted, state }) => wanted && !RESTING.has(state) && !this.channels.has(channel),
    );
    const next = async (): Promise<void> => {
      for (let one = free.shift(); one !== undefined && !this.isStopped; one = free.shift()) {
        await this.take(one.channel, one.company, undefined, one);
      }
    };
    await Promise.all(Array.from({ length: TAKEN_AT_ONCE }, next));
  }

  private async take(channel: string, company: string, wish?: Wish, kept?: StoredSession): Promise<HeldChannel | undefined> {
    const known = this.taking.get(channel);
    if (known !== undefined) return known;
    const taking = this.takeFree(channel, company, wish, kept).finally(() => this.taking.delete(channel));
    this.taking.set(channel, taking);
    return taking;
  }

  private async takeFree(id: string, company: string, wish?: Wish, seen?: StoredSession): Promise<HeldChannel | undefined> {
    const { store, outbox, shared } = this.around;
    await this.falling.get(id);
    const begun = performance.now();
    const lease = await store.leases.take(id, company);
    if (lease === undefined) return undefined;
    if (this.isStopped) {
      await store.leases.release(id, lease.epoch);
      return undefined;
    }
    // Read under the lease: what was seen before may be older than what its last holder did.
    const [kept = seen] = await store.sessions(id);
    if (kept !== undefined && kept.company !== company) {
      await store.leases.release(id, lease.epoch);
      throw new Error("a channel of another company");
    }
    const channel = new HeldChannel(store.channel(id, company, lease.epoch), kept, {
      store,
      outbox,
      shared,
      onLost: (lost) => { void this.drop(lost, "lost"); },
      onIdle: (idle) => { void this.drop(idle); },
    });
    channel.renewedAt = begun;
    this.channels.set(id, channel);
    if (wish === undefined || wish.type === "session.start") channel.resume();
    // What looked wanted may have been carried out by another bridge meanwhile.
    if (wish === undefined && channel.isIdle) void this.drop(channel);
    return channel;
  }

  private async renew(): Promise<void> {
    const { store } = this.around;
    const ours = [...this.channels.values()];
    if (ours.length === 0) return;
    const begun = performance.now();
    const still = await store.leases.renew(ours.map(({ store: { channel, epoch } }) => ({ channel, epoch })));
    for (const channel of ours) {
      if (still.has(channel.store.channel)) channel.renewedAt = begun;
      else void this.drop(channel, "lost");
    }
  }

  /** The first thing a process does that was frozen, and what one does whose store is away. */
  private dropUnrenewed(): void {
    const oldest = performance.now() - this.around.shared.pace.holdAlone;
    for (const channel of this.channels.values()) if (channel.renewedAt < oldest) void this.drop(channel, "unrenewed");
  }

  private async drop(channel: HeldChannel, why?: "lost" | "unrenewed"): Promise<void> {
    const { channel: id, epoch } = channel.store;
    if (this.channels.get(id) !== channel) return;
    this.channels.delete(id);
    const { store, shared } = this.around;
    if (why !== undefined) shared.log.warn({ channel: id, epoch, why }, "lease lost, the socket is closed");
    const ending = channel
      .fall()
      .then(() => store.leases.release(id, epoch))
      .catch((error: unknown) => { shared.log.warn({ channel: id, error: String(error) }, "lease not given back, it runs out"); })
      .finally(() => { if (this.falling.get(id) === ending) this.falling.delete(id); });
    this.falling.set(id, ending);
    await isDoneWithin(2 * shared.pace.stopSession, ending);
  }

  private async once(job: "look" | "renew", run: () => Promise<void>): Promise<void> {
    if (this.busy[job] || this.isStopped) return;
    this.busy[job] = true;
    await run().then(
      () => this.failing.delete(job),
      (error: unknown) => {
        this.failing.add(job);
        this.around.shared.log.warn({ job, error: String(error) }, "the store does not answer");
      },
    );
    this.busy[job] = false;
  }
}

/** Whether the command is a wish: numbered, kept, and said again until it is answered. */
export function isWish(command: Command): command is Wish {
  return command.type === "session.start" || command.type === "session.stop" || command.type === "session.logout";
}
