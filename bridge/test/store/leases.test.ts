import { initAuthCreds } from "baileys";
import { beforeAll, expect, it } from "vitest";
import { LeaseLost, type Store } from "../../src/store/ports.js";
import { ALFA, newChannel } from "./app.js";
import { KEYS, onEachDatabase } from "./databases.js";

onEachDatabase("leases", (ground) => {
  let one: Store;
  let other: Store;
  beforeAll(async () => {
    [one, other] = await Promise.all([ground.open(), ground.open()]);
  });

  it("two that migrate at once agree on the ledger, and are two owners", () => {
    expect(one.ledgerId).toBe(other.ledgerId);
    expect(one.owner).not.toBe(other.owner);
  });

  it("of two that take a free channel exactly one gets it", async () => {
    const channel = newChannel();
    const got = await Promise.all([one, other].map((store) => store.leases.take(channel, ALFA)));
    expect(got.filter((lease) => lease !== undefined)).toEqual([{ epoch: 1 }]);
  });

  it("what is held is not taken, what is released is, with the epoch raised", async () => {
    const channel = newChannel();
    expect(await one.leases.take(channel, ALFA)).toEqual({ epoch: 1 });
    expect(await other.leases.take(channel, ALFA)).toBeUndefined();
    await other.leases.release(channel, 1);
    expect(await other.leases.take(channel, ALFA)).toBeUndefined();
    await one.leases.release(channel, 1);
    expect(await other.leases.take(channel, ALFA)).toEqual({ epoch: 2 });
  });

  it("an expired lease is taken, and its former holder can renew it no more", async () => {
    const channel = newChannel();
    await one.leases.take(channel, ALFA);
    await ground.tamper(`update bridge_lease set until_at = until_at - 29000 where channel = '${channel}'`);
    expect(await other.leases.take(channel, ALFA)).toBeUndefined();
    expect(await one.leases.renew([{ channel, epoch: 1 }])).toEqual(new Set([channel]));
    await ground.tamper(`update bridge_lease set until_at = until_at - 31000 where channel = '${channel}'`);
    expect(await other.leases.take(channel, ALFA)).toEqual({ epoch: 2 });
    expect(await one.leases.renew([{ channel, epoch: 1 }])).toEqual(new Set());
    expect(await other.leases.renew([{ channel, epoch: 2 }, { channel: newChannel(), epoch: 1 }])).toEqual(new Set([channel]));
  });

  it("a lease is as long as the setting says", async () => {
    const channel = newChannel();
    const brief = await ground.open(KEYS, 5_000);
    await brief.leases.take(channel, ALFA);
    await ground.tamper(`update bridge_lease set until_at = until_at - 5000 where channel = '${channel}'`);
    expect(await other.leases.take(channel, ALFA)).toEqual({ epoch: 2 });
  });

  it("who lost the lease writes neither keys nor credentials nor state, and wipes nothing", async () => {
    const channel = newChannel();
    await one.wish({ channel, company: ALFA, version: 1, wanted: true });
    await one.leases.take(channel, ALFA);
    const early = one.channel(channel, ALFA, 1);
    await early.saveCredentials(initAuthCreds());
    await early.keys.set({ session: { "5511.0": new Uint8Array([1]) } });
    await one.leases.release(channel, 1);
    await other.leases.take(channel, ALFA);
    await expect(early.keys.set({ session: { "5511.0": new Uint8Array([2]) } })).rejects.toThrow(LeaseLost);
    await expect(early.saveCredentials(initAuthCreds())).rejects.toThrow(LeaseLost);
    await expect(early.wipe()).rejects.toThrow(LeaseLost);
    await expect(one.state(channel, 1, { state: "connected" })).rejects.toThrow(LeaseLost);
    // Nor with the right epoch in the wrong hands.
    await expect(one.state(channel, 2, { state: "connected" })).rejects.toThrow(LeaseLost);
    const late = other.channel(channel, ALFA, 2);
    expect(Buffer.from((await late.keys.get("session", ["5511.0"]))["5511.0"] ?? [])).toEqual(Buffer.from([1]));
    await other.state(channel, 2, { state: "connected" });
  });

  it("our own lease taken again is a new generation, and the old one is fenced", async () => {
    const channel = newChannel();
    await one.leases.take(channel, ALFA);
    expect(await one.leases.take(channel, ALFA)).toEqual({ epoch: 2 });
    await expect(one.channel(channel, ALFA, 1).saveCredentials(initAuthCreds())).rejects.toThrow(LeaseLost);
    await one.channel(channel, ALFA, 2).saveCredentials(initAuthCreds());
  });
});
