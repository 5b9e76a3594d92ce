import { isJidBroadcast, isJidGroup, isJidNewsletter, isJidStatusBroadcast, isLidUser, isPnUser, jidDecode } from "baileys";

/** `+5511…` of a phone's jid, with or without a device; undefined for every other kind. */
export function phoneOf(jid: string | null | undefined): string | undefined {
  if (!jid || !isPnUser(jid)) return undefined;
  const user = jidDecode(jid)?.user;
  return user === undefined || !/^[1-9][0-9]{4,14}$/.test(user) ? undefined : `+${user}`;
}

/** The digits of a LID's jid; undefined for every other kind. */
export function lidOf(jid: string | null | undefined): string | undefined {
  return jid && isLidUser(jid) ? jidDecode(jid)?.user : undefined;
}

export function digitsOf(phone: string): string {
  return phone.replace(/\D/g, "");
}

export function jidOf(phone: string): string {
  return `${digitsOf(phone)}@s.whatsapp.net`;
}

/** Groups, channels and the status feed: never decrypted, never told. A broadcast list is a person's own message. */
export function isPassedOver(jid: string): boolean {
  return isJidGroup(jid) === true || isJidNewsletter(jid) === true || isJidStatusBroadcast(jid);
}

export function isList(jid: string): boolean {
  return isJidBroadcast(jid) === true && !isJidStatusBroadcast(jid);
}

/** `+55119*****1234`, for logs. */
export function masked(phone: string): string {
  return phone.length < 9 ? "*****" : `${phone.slice(0, 5)}*****${phone.slice(-4)}`;
}
