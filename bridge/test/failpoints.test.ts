import { afterEach, describe, expect, it } from "vitest";
import { arm, isDue, POINTS } from "../src/failpoints.js";

describe("fail points", () => {
  afterEach(() => {
    arm("");
  });

  it("fall due at the n-th passage, once, and nowhere else", () => {
    arm("dispatch.committed:1,bridge.judged:2");
    expect([isDue("bridge.taken"), isDue("bridge.judged"), isDue("bridge.judged"), isDue("bridge.judged")]).toEqual([
      false,
      false,
      true,
      false,
    ]);
  });

  it("are refused when they do not exist", () => {
    expect(() => {
      arm("bridge.jugded:1");
    }).toThrow("no fail point");
  });

  it("are all silent when none is armed", () => {
    expect(POINTS.map(isDue)).not.toContain(true);
  });
});
