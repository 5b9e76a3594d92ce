import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { command, openCommand } from "../src/commands.js";
import { directionKey, seal, sign, verify, type Direction } from "../src/envelope.js";
import { batch, event } from "../src/events.js";

const folder = new URL("../contract/", import.meta.url);
const sample = (name: string): unknown => JSON.parse(readFileSync(new URL(name, folder), "utf8"));
const names = (start: string): string[] => readdirSync(folder).filter((name) => name.startsWith(start));

describe("the samples both sides read", () => {
  it.each(names("command."))("%s has the shape of a command", (name) => {
    expect(command.parse(sample(name))).toEqual(sample(name));
  });

  it.each(names("event."))("%s has the shape of an event", (name) => {
    expect(event.parse(sample(name))).toEqual(sample(name));
  });

  it("batch.json has the shape of a batch", () => {
    expect(batch.parse(sample("batch.json"))).toEqual(sample("batch.json"));
  });

  it.each([
    ["command.", command.options.map((option) => option.shape.type.value)],
    ["event.", event.options.map((option) => option.shape.type.value)],
  ])("every type of %s has a sample", (start, types) => {
    const sampled = new Set(names(start).map((name) => (sample(name) as { type: string }).type));
    expect([...sampled].sort()).toEqual([...types].sort());
  });
});

describe("signatures", () => {
  const vectors = sample("signature.json") as { secret: string; direction: Direction; body: string; sig: string }[];

  it.each(vectors)("the vector $sig holds", ({ secret, direction, body, sig }) => {
    expect(sign(directionKey(secret, direction), body)).toBe(sig);
  });

  const key = directionKey("a secret long enough", "app→bridge");
  const sealed = seal(key, JSON.stringify(sample("command.session.start.json")));

  it("a sealed command opens", () => {
    expect(openCommand(key, sealed)).toEqual({ command: sample("command.session.start.json") });
  });

  it.each([
    ["a changed body", { ...sealed, body: sealed.body.replace('"version":3', '"version":9') }],
    ["another signature", { ...sealed, sig: "0".repeat(64) }],
    ["a signature with a tail", { ...sealed, sig: `${sealed.sig}zz` }],
    ["no signature", { ...sealed, sig: "" }],
  ])("%s is refused", (_, forged) => {
    expect(verify(key, sealed)).toBe(true);
    expect(verify(key, forged)).toBe(false);
    expect(openCommand(key, forged)).toEqual({ refused: "signature" });
  });

  it("what the bridge signed is no command", () => {
    const other = seal(directionKey("a secret long enough", "bridge→app"), sealed.body);
    expect(openCommand(key, other)).toEqual({ refused: "signature" });
  });

  it("signed nonsense is refused by its kind", () => {
    expect(openCommand(key, seal(key, "{"))).toEqual({ refused: "json" });
    expect(openCommand(key, seal(key, '{"v":2}'))).toMatchObject({ refused: "shape" });
  });
});
