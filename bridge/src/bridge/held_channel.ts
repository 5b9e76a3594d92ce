import type { Wish } from "../commands.js";
import type { Me } from "../events.js";
import type { Outbox } from "../outbox.js";
import type { ChannelStore, Store, StoredSession } from "../store/ports.js";
import { RESTING } from "./back_off.js";
import { Generations, type Shared } from "./generations.js";
import { Lane } from "./lane.js";
import { Speech } from "./speech.js";
import { pause } from "./waiting.js";

interface Around {
  store: Pick<Store, "state" | "wish" | "claimNumber">;
  outbox: Pick<Outbox, "add">;
  shared: Shared;
  /** Another bridge holds the channel now: nothing more may be done here. */
  onLost: (channel: HeldChannel) => void;
  /** Nothing runs and nothing waits: the lease may go. */
  onIdle: (channel: HeldChannel) => void;
}

/** A channel whose lease is ours, from the taking to the letting go: its wishes, one operation at a time. */
export class HeldChannel {
  /** When the renewal began that last came through, by the monotonic clock. */
  renewedAt = performance.now();
  /** Let go, or lost: whoever waits for it takes the channel anew. */
  isGone = false;
  readonly speech: Speech;
  private readonly generations: Generations;
  private readonly operations = new Lane();
  private proxy: string | null;
  private historyDays: number;

  constructor(
    readonly store: ChannelStore,
    private kept: StoredSession | undefined,
    private readonly around: Around,
  ) {
    const { channel, company, epoch } = store;
    this.proxy = kept?.proxy ?? null;
    this.historyDays = kept?.historyDays ?? 0;
    this.speech = new Speech({ channel, company, epoch }, kept, {
      store: around.store,
      outbox: around.outbox,
      log: around.shared.log,
      onLost: () => { around.onLost(this); },
    });
    const claim = (me: Me): Promise<boolean> => around.store.claimNumber(channel, epoch, me);
    this.generations = new Generations({ store, speech: this.speech, claim }, around.shared);
  }

  get session(): Generations["session"] {
    return this.isGone ? undefined : this.generations.session;
  }

  get isRunning(): boolean {
    return this.generations.isRunning;
  }

  get isIdle(): boolean {
    return !this.isRunning && this.operations.isIdle;
  }

  /** Brings up what was up before another process, or this one, let go of it. */
  resume(): void {
    const { kept } = this;
    if (kept === undefined || !kept.wanted || RESTING.has(kept.state)) return;
    void this.operations.add(async () => {
      const again = { state: "reconnecting", reason: "restart" } as const;
      await this.begin(kept.paired ? again : { state: "starting", reason: null });
    });
  }

  /** Resolves once it is carried out, as far as it goes without WhatsApp; false: the channel is gone, take it anew. */
  async wish(wish: Wish): Promise<boolean> {
    return this.operations.add(async () => {
      if (this.isGone) return false;
      if (this.store.company !== wish.company) throw new Error("a channel of another company");
      await this.carryOut(wish);
      return true;
    }).finally(() => { this.leaveWhenIdle(); });
  }

  async pairCode(phone: string): Promise<void> {
    await this.operations.add(async () => this.session?.pairCode(phone));
  }

  /** The watchdog's first cure. */
  async reconnect(): Promise<void> {
    await this.operations.add(() => this.generations.reconnect());
  }

  /** At once, beside every operation: the socket is closed and nothing more is said. */
  async fall(): Promise<void> {
    this.isGone = true;
    this.speech.silence();
    await this.generations.end();
  }

  private async carryOut(wish: Wish): Promise<void> {
    const { channel, company, data } = wish;
    const { proxy, history_days: historyDays } = wish.type === "session.start" ? wish.data : {};
    const more = { ...(proxy === undefined ? {} : { proxy }), ...(historyDays === undefined ? {} : { historyDays }) };
    const wanted = wish.type === "session.start";
    this.kept = await this.around.store.wish({ channel, company, version: data.version, wanted, ...more });
    const isOld = data.version < this.kept.version;
    if (isOld) await this.speech.again();
    else if (wish.type === "session.start") await this.start(data.version);
    else if (wish.type === "session.stop") await this.stop(data.version);
    else await this.logOut(data.version);
  }

  /** One that was begun already, whichever process it was, opens nothing: it may have come to rest since. */
  private async start(version: number): Promise<void> {
    if (version === this.speech.version) return this.speech.again();
    const before = this.proxy;
    this.proxy = this.kept?.proxy ?? null;
    this.historyDays = this.kept?.historyDays ?? 0;
    if (!this.isRunning) {
      this.speech.version = version;
      await this.begin({ state: "starting", reason: null });
    } else {
      await this.speech.answer(version);
      if (this.proxy !== before) await this.restart();
    }
  }

  private async restart(): Promise<void> {
    await this.generations.end();
    await this.begin({ state: "reconnecting", reason: "restart" });
  }

  private async begin(first: Parameters<Speech["change"]>[0]): Promise<void> {
    if (this.isGone) return;
    await this.speech.change(first);
    // The lease may have gone in between; a socket opened now would be nobody's to close.
    if (this.hasFallen()) return;
    this.generations.start({ proxy: this.proxy, historyDays: this.historyDays }, () => { this.leaveWhenIdle(); });
  }

  private async stop(version: number): Promise<void> {
    await this.generations.end();
    this.speech.version = version;
    await this.speech.change({ state: "stopped", reason: "asked" });
  }

  /** The version is named only at the end: a process that dies on the way is asked again. */
  private async logOut(version: number): Promise<void> {
    const { pace } = this.around.shared;
    const isPaired = (await this.store.credentials())?.me !== undefined;
    if (isPaired) await this.connected(pace.logout);
    await this.generations.leave();
    await this.store.wipe();
    this.speech.version = version;
    await this.speech.change({ state: "logged_out", reason: "asked", me: null, paired: false });
  }

  /** WhatsApp hears a goodbye only over a socket that stands: one is opened, for a while, where there is none. */
  private async connected(longest: number): Promise<void> {
    const until = performance.now() + longest;
    if (!this.isRunning) await this.begin({ state: "reconnecting", reason: "restart" });
    while (this.isRunning && this.session?.isConnected !== true && performance.now() < until) await pause(20);
  }

  /** By a call, since an await lies between two looks. */
  private hasFallen(): boolean {
    return this.isGone;
  }

  private leaveWhenIdle(): void {
    if (this.isIdle && !this.isGone) this.around.onIdle(this);
  }
}
