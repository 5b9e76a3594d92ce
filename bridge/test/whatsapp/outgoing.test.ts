import { PassThrough, Readable } from "node:stream";
import { proto, type WASocket } from "baileys";
import { expect, test } from "vitest";
import type { Content } from "../../src/commands.js";
import { compose } from "../../src/whatsapp/outgoing.js";
import { NotWritten, type MediaStore } from "../../src/whatsapp/ports.js";
import { ANA, MemoryMedia, PNG } from "./linked.js";

const TO = `+${ANA}`;
const PDF: Content = { media: { kind: "document", key: "k", type: "application/pdf", name: "a.pdf" } };
const UPLOADED = { mediaUrl: "https://mmg.whatsapp.net/x", directPath: "/x" };

type Upload = WASocket["waUploadToServer"];

/** As much of a socket as a message needs before it is written. */
function socketOf(upload: Upload): WASocket {
  return { user: { id: "5511987650001@s.whatsapp.net" }, waUploadToServer: upload } as unknown as WASocket;
}

function stored(): MemoryMedia {
  const media = new MemoryMedia();
  media.files.set("k", { bytes: PNG, type: "application/pdf" });
  return media;
}

function opening(open: MediaStore["open"]): MediaStore {
  return { open, put: () => Promise.reject(new Error("nothing comes in")) };
}

const never = (): Promise<never> => new Promise(() => undefined);
const uploads: Upload = () => Promise.resolve(UPLOADED);

test("an upload that WhatsApp's host never takes ends the send, as one that wrote nothing", async () => {
  const wrote = compose(socketOf(never), TO, "3EB0", PDF, stored(), 50);
  await expect(wrote).rejects.toEqual(new NotWritten("media_unavailable"));
});

test("an upload tells Baileys how long a host may be silent", async () => {
  let given: number | undefined;
  const asked: Upload = (_, { timeoutMs }) => {
    given = timeoutMs;
    return Promise.resolve(UPLOADED);
  };
  const message = await compose(socketOf(asked), TO, "3EB0", PDF, stored());
  expect(proto.Message.fromObject(message).documentMessage?.directPath).toBe("/x");
  expect(given).toBeGreaterThan(0);
});

test("a media store that does not open its object ends the send", async () => {
  await expect(compose(socketOf(uploads), TO, "3EB0", PDF, opening(never), 50)).rejects.toMatchObject({ code: "media_unavailable" });
});

test("a read that stalls ends the send, and is let go", async () => {
  const stalled = new PassThrough();
  stalled.write(PNG);
  const media = opening(() => Promise.resolve({ stream: stalled, size: 1_000, type: "application/pdf" }));
  await expect(compose(socketOf(uploads), TO, "3EB0", PDF, media, 50)).rejects.toMatchObject({ code: "media_unavailable" });
  expect(stalled.destroyed).toBe(true);
});

test("an object that is not there is missing, of a store that fails nobody knows", async () => {
  const sent = (open: MediaStore["open"]) => compose(socketOf(uploads), TO, "3EB0", PDF, opening(open));
  await expect(sent(() => new MemoryMedia().open("none"))).rejects.toMatchObject({ code: "media_missing" });
  await expect(sent(() => Promise.reject(new Error("the media store answers 503")))).rejects.toMatchObject({ code: "media_unavailable" });
});

test("what is in time is the message", async () => {
  const media = opening(() => Promise.resolve({ stream: Readable.from([PNG]), size: PNG.length, type: "application/pdf" }));
  const message = await compose(socketOf(uploads), TO, "3EB0", PDF, media);
  expect(message.documentMessage).toMatchObject({ fileName: "a.pdf", directPath: "/x" });
});
