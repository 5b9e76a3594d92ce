import { jidDecode, jidEncode } from "baileys";

/** The LID a number has here: made from it, so that a test can tell one from the other without asking. */
export const lidOf = (number: string): string => `2${number.padStart(14, "0")}`;

export const numberOfLid = (lid: string): string => lid.slice(1).replace(/^0+/, "");

export const phoneJid = (number: string, device?: number): string => jidEncode(number, "s.whatsapp.net", device);

export const lidJid = (number: string, device?: number): string => jidEncode(lidOf(number), "lid", device);

/** The number behind a JID of either kind, and the device it names (0: the phone itself). */
export function personOf(jid: string): { number: string; device: number } {
  const parts = jidDecode(jid);
  if (parts === undefined) return { number: jid.replace(/\D/g, ""), device: 0 };
  return { number: parts.server === "lid" ? numberOfLid(parts.user) : parts.user, device: parts.device ?? 0 };
}
