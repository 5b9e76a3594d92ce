import type { Agent } from "node:https";
import { isJidGroup, proto, type BinaryNode, type WASocket } from "baileys";
import { reach } from "../failpoints.js";
import type { Said } from "../events.js";
import type { Log } from "../log.js";
import type { ChannelStore } from "../store/ports.js";
import { Batcher } from "./batcher.js";
import { fetchAttachment, NotFetched } from "./downloads.js";
import { tellHistory } from "./history.js";
import { isPassedOver } from "./jids.js";
import { tell, type Reading } from "./messages.js";
import { pass, type Passage } from "./passage.js";
import { People } from "./people.js";
import type { MediaStore } from "./ports.js";
import { readReceipt, type Seen } from "./receipts.js";

const UNREADABLE = proto.WebMessageInfo.StubType.CIPHERTEXT;
/** Events a commit. */
const MOST_A_STEP = 50;
/** Stanzas whose second coming says nothing. */
const MOST_TOLD = 2_000;

export interface Ground {
  store: ChannelStore;
  socket: WASocket;
  media: MediaStore;
  agent: Agent | undefined;
  /** Whether files may be fetched from this host: the sender chooses it. */
  isMediaHost: (url: URL) => boolean;
  historyDays: number;
  log: Log;
  /** The socket stands and the store has not failed: what came of a stanza is the whole of it. */
  isWhole(): boolean;
  /** An ack of a message of ours, good or bad. */
  acked(node: BinaryNode): Promise<void>;
  /** The store does not take what happened: the socket is to end. */
  failed(error: unknown): void;
}

/** What came of each stanza, in words and in one transaction with its done mark. */
export class Settling {
  private readonly steps: Batcher<{ say: Said[]; done: string[] }>;
  private readonly seen: Batcher<Seen[]>;
  private readonly people: People;
  private readonly chats = new Map<string, Promise<void>>();
  private readonly told = new Set<string>();

  constructor(private readonly ground: Ground) {
    const { store } = ground;
    this.people = new People(store, ground.socket);
    this.steps = new Batcher(async (items) => {
      await store.step({ say: items.flatMap(({ say }) => say), done: items.flatMap(({ done }) => done) });
      reach("bridge.stepped");
    }, MOST_A_STEP);
    this.seen = new Batcher(async (items) => {
      await store.ledger.receipts(items.flat());
    }, MOST_A_STEP);
  }

  /** What no stanza of the journal brought: names, restrictions, pairs. */
  say(said: Said[]): Promise<void> {
    return said.length === 0 ? Promise.resolve() : this.steps.add({ say: said, done: [] });
  }

  /** What an ack or a receipt says, committed. */
  async keep(node: BinaryNode): Promise<void> {
    if (node.tag === "ack") {
      await this.ground.acked(node);
      return;
    }
    const seen = readReceipt(node, this.me());
    if (seen.length > 0) await this.seen.add(seen);
  }

  /** Never rejects: what fails leaves the message undone. */
  async settle(passage: Passage): Promise<void> {
    try {
      await this.inTurn(chatOf(passage.node), () => this.message(passage));
    } catch (error) {
      this.ground.failed(error);
    }
  }

  async idle(): Promise<void> {
    while (this.chats.size > 0) await Promise.all(this.chats.values());
    await Promise.all([this.steps.idle(), this.seen.idle()]);
  }

  private async message(passage: Passage): Promise<void> {
    passage.since = Date.now(); // its turn has come: what it waited for is not its age
    const { key, node, messages, histories, trouble } = passage;
    if (trouble !== undefined && !this.isHopeless(trouble)) return;
    const say: Said[] = [];
    if (!this.told.has(key)) {
      for (const history of histories) {
        // A long past is told in pages; the notice stays undone until the last of them is kept.
        for await (const page of tellHistory(history, this.ground.historyDays, this.reading)) {
          await this.say(page);
          passage.since = Date.now(); // a long past is no hanging
        }
      }
      for (const message of messages) {
        if (isPassedOver(message.key.remoteJid ?? "")) continue;
        // Asked for again by Baileys, but for a key that was used: then nobody hears of it again.
        if (message.messageStubType === UNREADABLE) this.ground.log.warn({ reason: String(message.messageStubParameters) }, "a message cannot be decrypted");
        try {
          say.push(...(await pass(passage, () => tell(message, this.reading, node))));
        } catch (error) {
          this.ground.log.warn({ reason: error instanceof Error ? error.name : "unknown" }, "a message waits: its sender is not known yet");
          return;
        }
      }
    }
    // A store that fails inside a decryption looks to Baileys like a message nobody can read.
    if (say.length === 0 && histories.length === 0 && !this.ground.isWhole()) return;
    // Of a key that was used Baileys says nothing: a text nobody will ever read.
    const isOurs = !isPassedOver(node.attrs["from"] ?? "") && !this.told.has(key);
    if (isOurs && messages.length + histories.length === 0) this.ground.log.warn("a message said nothing");
    await this.steps.add({ say, done: [key] });
    this.remember(key);
  }

  private readonly reading: Reading = {
    who: (message, node) => this.people.of(message, node),
    isOurs: async (waId) => (await this.ground.store.sentContent(waId)) !== undefined,
    fetch: async (attachment) => {
      const { type, name, seconds, size } = attachment;
      const told = { type, ...(name === undefined ? {} : { name }), ...(seconds === undefined ? {} : { seconds }) };
      try {
        const { store, media, agent, isMediaHost } = this.ground;
        return { ...told, ...(await fetchAttachment(store.company, attachment, media, agent, isMediaHost)) };
      } catch (error) {
        return { ...told, size, refused: error instanceof NotFetched ? error.refused : "unavailable" };
      }
    },
  };

  /** A stanza that Baileys itself cannot read, now or ever; what failed for the socket's or the store's sake is tried again. */
  private isHopeless(trouble: unknown): boolean {
    if (!this.ground.isWhole()) return false;
    const code = (trouble as { output?: { statusCode?: number } }).output?.statusCode;
    if (code !== undefined && [408, 428, 503].includes(code)) return false;
    this.ground.log.error({ reason: trouble instanceof Error ? trouble.name : "unknown" }, "a stanza cannot be read: passed over");
    return true;
  }

  /** One after another within a chat: an edit never overtakes its message, nor a text the picture before it. */
  private async inTurn(chat: string, work: () => Promise<void>): Promise<void> {
    const turn = (this.chats.get(chat) ?? Promise.resolve()).then(work);
    const quiet = turn.catch(() => undefined);
    this.chats.set(chat, quiet);
    try {
      await turn;
    } finally {
      if (this.chats.get(chat) === quiet) this.chats.delete(chat);
    }
  }

  private remember(key: string): void {
    this.told.add(key);
    for (const oldest of this.told) {
      if (this.told.size <= MOST_TOLD) break;
      this.told.delete(oldest);
    }
  }

  private me(): { id?: string; lid?: string | undefined } {
    return this.ground.socket.user ?? {};
  }
}

/** By the person where there is one: phone and LID may mix, which only costs order between the two. */
function chatOf({ attrs }: BinaryNode): string {
  const from = attrs["from"] ?? "";
  return isJidGroup(from) ? from : (attrs["recipient"] ?? attrs["sender_pn"] ?? from);
}
