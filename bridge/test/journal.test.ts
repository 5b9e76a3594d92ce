import { appendFile, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CorruptLedger, Journal } from "../src/simulator/journal.js";
import type { Line } from "../src/simulator/lines.js";
import { LedgerInUse, lockLedger } from "../src/simulator/lock.js";

const fence = (claim_no: number): Line => ({ t: "fence", channel: "c", wa_id: "3EB0AA", claim_no });
const never = (error: Error): void => {
  throw error;
};

describe("the ledger file", () => {
  let folder: string;
  let path: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "ledger-"));
    path = join(folder, "deep", "ledger.jsonl");
  });
  afterEach(() => rm(folder, { recursive: true }));

  const open = async (): Promise<{ journal: Journal; lines: Line[] }> => {
    const lines: Line[] = [];
    return { journal: await Journal.open(path, (line) => lines.push(line), never), lines };
  };

  it("tells what was appended, in order, and only once it is on disk", async () => {
    const { journal } = await open();
    const told: number[] = [];
    let onDisk = "";
    for (const number of [1, 2, 3]) journal.append(fence(number), () => told.push(number));
    journal.after(() => told.push(4));
    expect(told).toEqual([]);
    await new Promise<void>((done) => {
      journal.after(() => {
        void readFile(path, "utf8").then((text) => {
          onDisk = text;
          done();
        });
      });
    });
    expect(told).toEqual([1, 2, 3, 4]);
    expect(onDisk.split("\n")).toHaveLength(4);
    await journal.close();
  });

  it("a torn last line is cut, and the next line stands whole", async () => {
    const { journal } = await open();
    journal.append(fence(1));
    journal.append(fence(2));
    await journal.close();
    await appendFile(path, '{"t":"write","channel":"c","comp');
    const torn = await open();
    expect(torn.lines).toEqual([fence(1), fence(2)]);
    torn.journal.append(fence(3));
    await torn.journal.close();
    const again = await open();
    expect(again.lines).toEqual([fence(1), fence(2), fence(3)]);
    await again.journal.close();
  });

  it("closing keeps what nobody waited for", async () => {
    const { journal } = await open();
    journal.appendLazily(fence(1));
    await journal.close();
    const again = await open();
    expect(again.lines).toEqual([fence(1)]);
    await again.journal.close();
  });

  it("damage before the last line is no torn tail: nothing starts on it", async () => {
    const { journal } = await open();
    await journal.close();
    await appendFile(path, `{"t":"nonsense"}\n${JSON.stringify(fence(1))}\n`);
    await expect(open()).rejects.toThrow(CorruptLedger);
  });

  it("one process at a time holds it", async () => {
    const { journal } = await open();
    await journal.close();
    const held = await lockLedger(path, 0);
    await expect(lockLedger(path, 0)).rejects.toThrow(LedgerInUse);
    await new Promise((done) => held.close(done));
    const next = await lockLedger(path, 0);
    expect(next.listening).toBe(true);
    await new Promise((done) => next.close(done));
  });
});
