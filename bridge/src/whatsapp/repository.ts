import { addTransactionCapability, DEFAULT_CONNECTION_CONFIG, jidDecode, jidNormalizedUser, type SignalDataSet, type SignalKeyStore, type SocketConfig } from "baileys";
import { INBOUND_PLAINTEXT, plaintextName } from "../store/plaintexts.js";
import { Locks } from "./locks.js";

type MakeRepository = SocketConfig["makeSignalRepository"];
type Texts = Record<string, Uint8Array>;

/** Fails at once: a store that does not answer ends the generation, and a new one begins where SQL stands. */
export const COMMITS = { maxCommitRetries: 1, delayBetweenTriesMs: 0 };

/**
 * Baileys' Signal repository with three repairs:
 * - one lock a person, whose phone and LID share their sessions: the stock one locks decryption by jid and encryption by
 *   another name, and a step of the ratchet is lost when they cross;
 * - transactions of its own, so that a step is committed before its frame leaves, not at the end of the whole send;
 * - the plaintext is kept in the very write of the ratchet step, and answers when the same ciphertext comes again:
 *   a ratchet decrypts nothing twice, and a crash between step and event would lose the message.
 */
export function durableRepository(raw: SignalKeyStore, encrypting: () => void): MakeRepository {
  return (auth, logger, lidOfPhone) => {
    const keys = addTransactionCapability(raw, logger, COMMITS);
    const stock = DEFAULT_CONNECTION_CONFIG.makeSignalRepository({ creds: auth.creds, keys }, logger, lidOfPhone);
    const { encryptMessage, decryptMessage, injectE2ESession, migrateSession, deleteSession } = bound(stock);
    const locks = new Locks();
    const person = async (jid: string): Promise<string> => {
      const user = jidNormalizedUser(jid);
      return jidDecode((await stock.lidMapping.getLIDForPN(user).catch(() => null)) ?? user)?.user ?? user;
    };
    const locked = <T>(jid: string, work: () => Promise<T>): Promise<T> => locks.hold(() => person(jid), work);

    const keptText = async (id: string): Promise<Uint8Array | undefined> => (await raw.get(INBOUND_PLAINTEXT as never, [id]) as Texts)[id];
    const keep = (id: string, plaintext: Uint8Array): Promise<void> =>
      Promise.resolve(keys.set({ [INBOUND_PLAINTEXT]: { [id]: Buffer.from(plaintext) } } as unknown as SignalDataSet));

    return Object.assign(stock, {
      encryptMessage: (given: Parameters<typeof encryptMessage>[0]) =>
        locked(given.jid, () => {
          encrypting();
          return encryptMessage(given);
        }),
      injectE2ESession: (given: Parameters<typeof injectE2ESession>[0]) => locked(given.jid, () => injectE2ESession(given)),
      migrateSession: (from: string, to: string) => locked(from, () => migrateSession(from, to)),
      deleteSession: async (jids: string[]) => {
        for (const jid of jids) await locked(jid, () => deleteSession([jid]));
      },
      decryptMessage: (given: Parameters<typeof decryptMessage>[0]) =>
        locked(given.jid, async () => {
          const id = plaintextName(given.ciphertext);
          try {
            return await keys.transaction(async () => {
              const plaintext = await decryptMessage(given);
              await keep(id, plaintext);
              return plaintext;
            }, given.jid);
          } catch (error) {
            const kept = await keptText(id);
            if (kept !== undefined) return kept;
            throw error;
          }
        }),
    });
  };
}

type Stock = ReturnType<MakeRepository>;

function bound(stock: Stock): Pick<Stock, "encryptMessage" | "decryptMessage" | "injectE2ESession" | "migrateSession" | "deleteSession"> {
  return {
    encryptMessage: stock.encryptMessage.bind(stock),
    decryptMessage: stock.decryptMessage.bind(stock),
    injectE2ESession: stock.injectE2ESession.bind(stock),
    migrateSession: stock.migrateSession.bind(stock),
    deleteSession: stock.deleteSession.bind(stock),
  };
}
