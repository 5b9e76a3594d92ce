import { expect, it } from "vitest";
import { paceWith } from "../../src/bridge/pace.js";

it.each([1_000, 30_000, 300_000])("a lease of %i ms is renewed twice before its socket is given up, and that is before anybody else may take it", (lease) => {
  const { renew, holdAlone, tick } = paceWith(lease);
  expect(2 * renew).toBeLessThanOrEqual(holdAlone);
  expect(holdAlone + tick).toBeLessThan(lease);
});
