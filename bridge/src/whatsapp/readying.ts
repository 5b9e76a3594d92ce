import { jidDecode, jidEncode, proto, type WASocket } from "baileys";
import type { MessageSend } from "../commands.js";
import type { SendReason } from "../reasons.js";
import type { ChannelStore } from "../store/ports.js";
import { jidOf, phoneOf } from "./jids.js";
import { checkNumbers } from "./numbers.js";
import { compose, type Proto } from "./outgoing.js";
import { NotWritten, type MediaStore } from "./ports.js";

export interface Ground {
  store: ChannelStore;
  socket: WASocket;
  media: MediaStore;
  isConnected(): boolean;
  /** Resolves after so many milliseconds, or when the socket ends. */
  pause(ms: number): Promise<void>;
}

/**
 * All that takes time before a message is claimed: typing is shown, a file uploaded, the person's devices and sessions
 * asked for. A bridge that dies in here leaves no claim behind, and nobody has to wonder whether it was written.
 */
export class Readying {
  constructor(private readonly ground: Ground) {}

  /** Throws NotWritten. */
  async ready({ data }: MessageSend): Promise<Proto> {
    const { wa_id: waId, to, content, typing_ms: typing, again } = data;
    this.look();
    if (typing > 0) await this.type(jidOf(to), content.media?.kind === "voice" ? "recording" : "composing", typing);
    const message = await this.finished(waId, to, again > 0, content);
    this.look();
    await this.meet(jidOf(to));
    this.look();
    return message;
  }

  private async finished(waId: string, to: string, isResend: boolean, content: MessageSend["data"]["content"]): Promise<Proto> {
    const { store, socket, media } = this.ground;
    const kept = isResend || content.media !== undefined ? await store.sentContent(waId) : undefined;
    if (kept !== undefined) return proto.Message.decode(kept);
    try {
      return await compose(socket, to, waId, content, media);
    } catch (error) {
      throw error instanceof NotWritten ? error : new NotWritten("media_unavailable", { cause: error });
    }
  }

  /** As the relay will ask: then it finds the answers, and only steps of ratchets lie between the claim and the frame. */
  private async meet(jid: string): Promise<void> {
    const { socket } = this.ground;
    const { id, lid } = socket.user ?? {};
    const me = jidEncode(jidDecode(id)?.user ?? "", "s.whatsapp.net");
    try {
      const theirs = await socket.getUSyncDevices([jid], true, false);
      // Without a device of theirs Baileys writes to nobody, and WhatsApp acknowledges it.
      if (theirs.length === 0) throw new NotWritten(await this.reasonOfNobody(jid));
      const ours = await socket.getUSyncDevices([me], true, false);
      const others = [...theirs, ...ours].map((device) => device.jid).filter((device) => device !== id && device !== lid);
      await socket.assertSessions(others);
    } catch (cause) {
      if (cause instanceof NotWritten) throw cause;
      throw new NotWritten(this.ground.isConnected() ? "unavailable" : "not_connected", { cause });
    }
  }

  private async reasonOfNobody(jid: string): Promise<SendReason> {
    const [told] = await checkNumbers(this.ground.socket, [phoneOf(jid) ?? ""]);
    return told?.exists === false ? "not_on_whatsapp" : "unavailable";
  }

  private async type(jid: string, as: "composing" | "recording", ms: number): Promise<void> {
    // Of no weight: a typing nobody sees loses nothing.
    await this.ground.socket.sendPresenceUpdate(as, jid).catch(() => undefined);
    await this.ground.pause(ms);
  }

  private look(): void {
    if (!this.ground.isConnected()) throw new NotWritten("not_connected");
  }
}
