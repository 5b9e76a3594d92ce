import { Agent } from "node:https";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Attachment } from "../../src/whatsapp/content.js";
import { fetchAttachment, mediaHosts } from "../../src/whatsapp/downloads.js";
import { newPassage, pass } from "../../src/whatsapp/passage.js";
import { MediaHost } from "../fake-whatsapp/media-host.js";
import { selfSigned } from "../fake-whatsapp/self-signed.js";
import { MemoryMedia, PNG } from "./linked.js";

const COMPANY = "alfa";
const AT_ONCE = { waits: [0, 0], whole: 10_000 };
let host: MediaHost;
let agent: Agent;
let media: MemoryMedia;
let picture: Attachment;

beforeEach(async () => {
  const tls = selfSigned();
  host = await MediaHost.start(tls, 0, undefined);
  agent = new Agent({ ca: tls.certificate });
  media = new MemoryMedia();
  picture = { as: "image", file: await host.put(PNG, "image"), type: "image/png", size: PNG.length };
});

afterEach(() => host.stop());

const fetched = (patience = AT_ONCE, of = picture) => fetchAttachment(COMPANY, of, media, agent, mediaHosts("ws://127.0.0.1"), patience);

test("a file whose host fails in passing is tried again, and is there whole", async () => {
  host.failDownloads = 503;
  host.failuresLeft = 2;
  const { key } = await fetched();
  expect(media.files.get(key)?.bytes.equals(PNG)).toBe(true);
  expect(host.downloads).toBe(3);
});

test("a file whom the media store refuses in passing is tried again", async () => {
  const put = media.put.bind(media);
  let failures = 1;
  media.put = async (...given) => {
    if (failures-- > 0) throw new Error("the media store answers 503");
    return put(...given);
  };
  expect(media.files.get((await fetched()).key)?.bytes.equals(PNG)).toBe(true);
});

test("after three tries the message goes without its file, and says so", async () => {
  host.failDownloads = 503;
  await expect(fetched()).rejects.toMatchObject({ refused: "unavailable" });
  expect(host.downloads).toBe(3);
});

test.each([
  [404, "gone"],
  [410, "gone"],
])("what the host answers with %i is %s, and is not asked for again", async (status, refused) => {
  host.failDownloads = status;
  await expect(fetched()).rejects.toMatchObject({ refused });
  expect(host.downloads).toBe(1);
});

test("a file that is not what its message says is not asked for again", async () => {
  const forged = { ...picture, file: { ...picture.file, fileSha256: Buffer.alloc(32) } };
  await expect(fetched(AT_ONCE, forged)).rejects.toMatchObject({ refused: "unavailable" });
  expect(host.downloads).toBe(1);
});

test("neither a file that is too large nor one of a strange host is asked for", async () => {
  await expect(fetched(AT_ONCE, { ...picture, size: 2 ** 31 })).rejects.toMatchObject({ refused: "too_large" });
  const strange = fetchAttachment(COMPANY, picture, media, agent, mediaHosts(undefined), AT_ONCE);
  await expect(strange).rejects.toMatchObject({ refused: "gone" });
  expect(host.downloads).toBe(0);
});

test("a host that never answers holds its message no longer than the whole limit", async () => {
  host.isSilent = true;
  await expect(fetched({ waits: [0, 0], whole: 50 })).rejects.toMatchObject({ refused: "unavailable" });
});

test("a media store that never ends holds its message no longer, and takes nobody's slot", async () => {
  media.put = () => new Promise(() => undefined);
  // More than there are slots.
  const all = await Promise.allSettled(Array.from({ length: 20 }, () => fetched({ waits: [], whole: 50 })));
  expect(all.map((one) => one.status === "rejected" && (one.reason as { refused: string }).refused)).toEqual(Array.from({ length: 20 }, () => "unavailable"));
  media = new MemoryMedia();
  expect(media.files.has((await fetched()).key)).toBe(true);
});

test("a message whose file is on its way is not taken for one that hangs", async () => {
  const passage = newPassage("key", { tag: "message", attrs: {} });
  const came = (passage.since -= 60_000);
  let meanwhile = 0;
  const put = media.put.bind(media);
  media.put = (...given) => {
    meanwhile = passage.since;
    return put(...given);
  };
  await pass(passage, () => fetched());
  expect(meanwhile).toBeGreaterThan(Date.now());
  expect(passage.since).toBeGreaterThan(came);
  expect(passage.since).toBeLessThanOrEqual(Date.now());
});
