import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { readConfig } from "../src/config_simulator.js";
import { openLog } from "../src/log.js";
import { line, type Line } from "../src/simulator/lines.js";
import { Simulator } from "../src/simulator/simulator.js";
import { ALFA, AppSide, CHANNEL, SECRET } from "./app-side.js";
import { startRedis, type OwnRedis } from "./redis-server.js";

const SWIFT = "login:0,pair:0,ack:0,delivered:0,read:0";
const ALL_READ = "undelivered:0,unread:0";

describe("the simulator on a real Redis", () => {
  let redis: OwnRedis;
  let app: AppSide;
  let simulator: Simulator | undefined;
  let ledger: string;
  let number = 0;

  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());
  beforeEach(async () => {
    ledger = join(redis.folder, `${++number}`, "ledger.jsonl");
    app = new AppSide(redis.url);
    await app.redis.flushall();
  });
  afterEach(async () => {
    await simulator?.stop();
    simulator = undefined;
    app.close();
  });

  const boot = async (rates = ALL_READ, newChats = "0"): Promise<void> => {
    const config = readConfig({
      REDIS_URL: redis.url,
      BRIDGE_SECRET: SECRET,
      SIMULATOR_LEDGER: ledger,
      SIMULATOR_DELAYS: SWIFT,
      SIMULATOR_RATES: rates,
      SIMULATOR_NEW_CHATS: newChats,
    });
    simulator = await Simulator.boot(config, openLog("silent", "test"), (error) => {
      throw error;
    });
  };
  const restart = async (): Promise<void> => {
    await simulator?.stop();
    await boot();
  };
  const lines = async (): Promise<Line[]> =>
    (await readFile(ledger, "utf8")).trim().split("\n").map((text) => line.parse(JSON.parse(text)));
  const writes = async (): Promise<string[]> => (await lines()).flatMap((one) => (one.t === "write" ? [one.wa_id] : []));
  const status = (waId: string, rank: string): Promise<unknown> =>
    app.until("message.status", ({ data }) => data.wa_id === waId && data.rank === rank);

  it("a message is written once and brings accepted, server_ack, delivered and read", async () => {
    await boot();
    await app.pair();
    await app.send("3EB0AAAA01", 1);
    await app.until("message.accepted", ({ data }) => data.wa_id === "3EB0AAAA01" && data.claim_no === 1);
    for (const rank of ["server_ack", "delivered", "read"]) await status("3EB0AAAA01", rank);
    const write = (await lines()).find((one) => one.t === "write");
    expect(write).toMatchObject({ channel: CHANNEL, company: ALFA, to: "+5511987654321", text: "Olá, 3EB0AAAA01", claim_no: 1, again: 0 });
  });

  it("says when the quota of new chats is near", async () => {
    await boot(ALL_READ, "1");
    await app.pair();
    await app.send("3EB0AAAA11", 1);
    await app.until("session.restricted", ({ data }) => data.kind === "quota" && data.used === 1 && data.limit === 1);
  });

  it("copies of a send, also after a restart, write nothing more", async () => {
    await boot();
    await app.pair();
    await app.send("3EB0AAAA02", 1);
    await app.send("3EB0AAAA02", 1);
    await status("3EB0AAAA02", "read");
    await restart();
    await app.send("3EB0AAAA02", 1);
    await app.until("message.known", ({ data }) => data.wa_id === "3EB0AAAA02" && data.state === "acked");
    expect(await writes()).toEqual(["3EB0AAAA02"]);
  });

  it("what was never confirmed is told again after a restart, what was confirmed is not", async () => {
    await boot();
    await app.pair();
    await app.send("3EB0AAAA03", 1);
    await status("3EB0AAAA03", "read");
    app.confirms = false;
    await app.send("3EB0AAAA04", 1);
    await status("3EB0AAAA04", "read");
    await app.wish("message.ask", { wa_id: "3EB0AAAA03", claim_no: 1, ledger_id: app.ledgerId });
    await app.until("message.known", ({ data }) => data.wa_id === "3EB0AAAA03");
    app.events.length = 0;
    await restart();
    await status("3EB0AAAA04", "read");
    expect(app.events.some((event) => "wa_id" in event.data && event.data.wa_id === "3EB0AAAA04")).toBe(true);
    expect(app.events.some((event) => "wa_id" in event.data && event.data.wa_id === "3EB0AAAA03")).toBe(false);
    expect(await writes()).toEqual(["3EB0AAAA03", "3EB0AAAA04"]);
  });

  it("a restart keeps the ledger's id, raises the epoch and connects again by itself", async () => {
    await boot();
    await app.wish("session.start", { version: 5 });
    await app.until("session.qr", () => true);
    await app.wish("session.scan", {});
    const first = await app.until("session.state", ({ data }) => data.state === "connected");
    const ledgerId = app.ledgerId;
    await restart();
    const second = await app.until("session.state", ({ data }) => data.state === "connected");
    expect(second.epoch).toBe(first.epoch + 1);
    expect(second.data).toEqual(first.data);
    expect(second.data).toMatchObject({ version: 5, me: { phone: "+5511900000001" } });
    expect(app.ledgerId).toBe(ledgerId);
  });

  it("a check is answered with each phone; the same question has the same answer after a restart", async () => {
    const rates = `${ALL_READ},not_on_whatsapp:0.5,eight_digits:0.5`;
    const phones = ["+5511987654321", "+551187654321", "+5511987654322", "+551187654322"];
    const asked = async (): Promise<unknown> => {
      await app.check(phones);
      return (await app.until("numbers.checked", () => true)).data;
    };
    await boot(rates);
    await app.pair();
    const first = await asked();
    expect(first).toMatchObject({ numbers: phones.map((phone) => ({ phone })) });
    await simulator?.stop();
    await boot(rates);
    await app.until("session.state", ({ data }) => data.state === "connected");
    expect(await asked()).toEqual(first);
  });

  it("who is not there is not there for a send either", async () => {
    await boot(`${ALL_READ},not_on_whatsapp:1`);
    await app.pair();
    await app.check(["+5511987654321"]);
    const { data } = await app.until("numbers.checked", () => true);
    expect(data.numbers).toEqual([{ phone: "+5511987654321", exists: false, jid: null, lid: null }]);
    await app.send("3EB0AAAA12", 1);
    const failed = await app.until("message.status", ({ data }) => data.rank === "failed");
    expect(failed.data).toMatchObject({ code: "not_on_whatsapp", retryable: false });
  });

  it("a void answer holds: the send that comes after it is not written", async () => {
    await boot();
    await app.pair();
    await app.wish("message.ask", { wa_id: "3EB0AAAA05", claim_no: 1, ledger_id: null });
    await app.until("message.known", ({ data }) => data.state === "void" && data.ledger_claim_no === 1);
    await restart();
    await app.send("3EB0AAAA05", 1);
    await app.until("message.known", ({ data }) => data.state === "void" && data.wa_id === "3EB0AAAA05");
    expect(await writes()).toEqual([]);
    await app.send("3EB0AAAA05", 2);
    await status("3EB0AAAA05", "read");
    expect(await writes()).toEqual(["3EB0AAAA05"]);
  });

  it("after a FLUSHALL groups are made again and unconfirmed batches come again", async () => {
    await boot();
    await app.pair();
    app.confirms = false;
    await app.send("3EB0AAAA06", 1);
    await status("3EB0AAAA06", "read");
    const told = app.batches.at(-1);
    await app.redis.flushall();
    app.rewind();
    app.batches.length = 0;
    app.confirms = true;
    while (!app.batches.includes(told ?? "")) await app.read();
    await app.send("3EB0AAAA07", 1);
    await status("3EB0AAAA07", "read");
    expect(await writes()).toEqual(["3EB0AAAA06", "3EB0AAAA07"]);
  });

  it("handled commands and confirmed batches leave the streams", async () => {
    await boot();
    await app.pair();
    await app.send("3EB0AAAA08", 1);
    await status("3EB0AAAA08", "read");
    for (const stream of ["wishes", "applied", `commands:${CHANNEL}`, "events:0"]) {
      while ((await app.redis.xlen(`esquadrao:${stream}`)) > 0) await app.read();
    }
    const pending = await app.redis.xpending("esquadrao:wishes", "bridge");
    expect(pending[0]).toBe(0);
  });

  it("an entry with a wrong signature, shape or stream is dropped and never comes again", async () => {
    await boot();
    await app.pair();
    await app.put(`commands:${CHANNEL}`, app.command("session.stop", { version: 9 }));
    await app.put("wishes", app.command("session.stop", { version: 9 }), "0".repeat(64));
    await app.put("wishes", app.command("session.stop", { version: -1 }));
    await app.send("3EB0AAAA09", 1);
    await status("3EB0AAAA09", "read");
    while ((await app.redis.xlen("esquadrao:wishes")) > 0) await app.read();
    expect(app.events.some((event) => event.type === "session.state" && event.data.state === "stopped")).toBe(false);
  });

  it("a nack ends the message for good; an unacked one stays written, in no doubt until repeated", async () => {
    await boot("nack:1");
    await app.pair();
    await app.send("3EB0AAAA10", 1);
    const failed = await app.until("message.status", ({ data }) => data.rank === "failed");
    expect(failed.data).toMatchObject({ code: "nack", retryable: false, claim_no: 1 });
    await app.send("3EB0AAAA10", 2);
    await app.until("message.known", ({ data }) => data.state === "refused" && data.code === "nack");
    await simulator?.stop();
    await boot("unacked:1");
    await app.until("session.state", ({ data }) => data.state === "connected");
    await app.send("3EB0AAAA11", 1);
    await app.until("message.accepted", ({ data }) => data.wa_id === "3EB0AAAA11");
    const asked = { wa_id: "3EB0AAAA11", claim_no: 1, ledger_id: app.ledgerId };
    await app.wish("message.ask", asked);
    await app.until("message.known", ({ data }) => data.state === "written" && !data.doubt);
    await app.send("3EB0AAAA11", 2, { again: 1 });
    await app.until("message.accepted", ({ data }) => data.claim_no === 2);
    await app.wish("message.ask", { ...asked, claim_no: 2 });
    await app.until("message.known", ({ data }) => data.state === "written" && data.doubt);
    expect(await writes()).toEqual(["3EB0AAAA10", "3EB0AAAA11", "3EB0AAAA11"]);
  });
});
