import type { Agent } from "node:https";
import { DEFAULT_CONNECTION_CONFIG, makeWASocket, proto, WA_CERT_DETAILS, type AuthenticationCreds, type WASocket } from "baileys";
import type { Log } from "../log.js";
import type { ChannelStore } from "../store/ports.js";
import { agentFor } from "./agents.js";
import type { Devices } from "./devices.js";
import { Way } from "./fetching.js";
import { isPassedOver } from "./jids.js";
import type { Keys } from "./keys.js";
import { quietLogger } from "./logger.js";
import type { WhatsAppAddress } from "./ports.js";
import { COMMITS, durableRepository } from "./repository.js";

const QUERY_MS = 20_000;

export interface Making {
  credentials: AuthenticationCreds;
  keys: Keys;
  devices: Devices;
  store: ChannelStore;
  address: WhatsAppAddress;
  proxy: string | null;
  /** For media. */
  agent: Agent | undefined;
  historyDays: number;
  log: Log;
  /** An encryption begins: from here on a frame of the message may leave. */
  encrypting: () => void;
}

/** Years of chats. Baileys' enum and its protobuf's are two types of one number. */
const FULL: number = proto.HistorySync.HistorySyncType.FULL;

/** A socket with our settings; it connects at once. */
export function makeSocket({ credentials, keys, devices, store, address, proxy, agent, historyDays, log, encrypting }: Making): WASocket {
  // The one mutable thing of Baileys that is the process's own, not the socket's.
  if (address.rootKey !== undefined) WA_CERT_DETAILS.PUBLIC_KEY = Buffer.from(address.rootKey);
  return makeWASocket({
    auth: { creds: credentials, keys },
    makeSignalRepository: durableRepository(keys, encrypting),
    transactionOpts: COMMITS,
    userDevicesCache: devices,
    version: address.version,
    waWebSocketUrl: address.url ?? DEFAULT_CONNECTION_CONFIG.waWebSocketUrl,
    // Media hosts speak TLS, a fake's socket does not: the certificate's agent is not for both.
    ...(proxy === null ? {} : { agent: agentFor(proxy, { certificate: undefined, isFake: address.url !== undefined }) as Agent }),
    ...(agent === undefined ? {} : { fetchAgent: agent, options: { dispatcher: new Way(agent) } as unknown as RequestInit }),
    logger: quietLogger(log),
    browser: ["Esquadrão", "Chrome", "1.0"],
    markOnlineOnConnect: false,
    syncFullHistory: historyDays > 0,
    shouldSyncHistoryMessage: ({ syncType }) => historyDays > 0 || (syncType as number) !== FULL,
    // Else a receipt that comes within 100 ms is folded away into our own message.
    emitOwnEvents: false,
    generateHighQualityLinkPreview: false,
    shouldIgnoreJid: isPassedOver,
    defaultQueryTimeoutMs: QUERY_MS,
    connectTimeoutMs: QUERY_MS,
    getMessage: async ({ id }) => {
      const kept = id ? await store.sentContent(id) : undefined;
      return kept === undefined ? undefined : proto.Message.decode(kept);
    },
  });
}
