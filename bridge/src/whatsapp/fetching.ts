import { request, type Agent } from "node:https";
import { Readable } from "node:stream";

/** A host that sends nothing for so long is gone. */
const SILENCE_MS = 30_000;
/** One that drips is given up: the largest file comes in less, by any line that is worth having. */
const WHOLE_MS = 600_000;

/** The one way of ours to WhatsApp's media hosts: through the session's proxy, trusting what it trusts; until `over` is given. */
export function get(url: string, agent: Agent | undefined, over = AbortSignal.timeout(WHOLE_MS)): Promise<{ status: number; stream: Readable }> {
  return new Promise((resolve, reject) => {
    const options = { ...(agent === undefined ? {} : { agent }), headers: { origin: "https://web.whatsapp.com" }, timeout: SILENCE_MS, signal: over };
    const asked = request(url, options, (answer) => {
      resolve({ status: answer.statusCode ?? 0, stream: answer });
    });
    asked.on("timeout", () => asked.destroy(new Error("the host went silent")));
    asked.on("error", reject);
    asked.end();
  });
}

/**
 * Baileys fetches history and address books by the global `fetch`, which knows no proxy of ours: the number's own address
 * would show. It hands through a `dispatcher`; one of these is an agent, and the request goes by it.
 */
export class Way {
  constructor(readonly agent: Agent) {}
}

const stock = globalThis.fetch;
globalThis.fetch = async (target, options) => {
  const way: unknown = (options as { dispatcher?: unknown } | undefined)?.dispatcher;
  if (!(way instanceof Way)) return stock(target, options);
  const { status, stream } = await get(target instanceof Request ? target.url : String(target), way.agent);
  return new Response(Readable.toWeb(stream) as ReadableStream, { status });
};
