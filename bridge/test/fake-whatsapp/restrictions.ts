import { S_WHATSAPP_NET } from "baileys";
import { randomBytes } from "node:crypto";
import { z } from "zod";
import type { Phone } from "./phone.js";
import { element, stamp } from "./nodes.js";

/** What WhatsApp says of an account on its own: the reach-out lock, and the cap on new chats. Words of its wire. */
export const restrictions = z.object({
  lock: z.object({ is_active: z.boolean(), time_enforcement_ends: z.string().optional(), enforcement_type: z.string().optional() }).optional(),
  capping: z.record(z.string(), z.unknown()).optional(),
});
export type Restrictions = z.infer<typeof restrictions>;

const NOTICES = {
  lock: { operation: "NotificationUserReachoutTimelockUpdate", path: "xwa2_notify_account_reachout_timelock" },
  capping: { operation: "MessageCappingInfoNotification", path: "xwa2_notify_new_chat_messages_capping_info_update" },
} as const;

/** Tells the account's companions. */
export async function announce(phone: Phone, told: Restrictions): Promise<void> {
  for (const [kind, { operation, path }] of Object.entries(NOTICES) as ["lock" | "capping", (typeof NOTICES)["lock" | "capping"]][]) {
    const payload = told[kind];
    if (!payload) continue;
    const update = element("update", { op_name: operation }, Buffer.from(JSON.stringify({ data: { [path]: payload } })));
    const attributes = { from: S_WHATSAPP_NET, id: `mex-${randomBytes(4).toString("hex")}`, type: "mex", t: stamp() };
    for (const device of phone.devices.values()) await device.deliver(element("notification", attributes, [update]));
  }
}
