import { expect, test } from "vitest";
import { closing } from "../../src/whatsapp/closings.js";

const plain = { message: "", isAsked: false, isProxyDeaf: false };

test.each([
  [515, "at_once", "restart"],
  [408, "back_off", "connection_lost"],
  [428, "back_off", "connection_lost"],
  [500, "back_off", "connection_lost"],
  [503, "back_off", "connection_lost"],
  [440, "replaced", "replaced"],
  [401, "logged_out", "logged_out"],
  [402, "banned", "banned"],
  [403, "banned", "banned"],
  [406, "banned", "banned"],
  [405, "outdated", "outdated"],
  [411, "failed", "refused"],
  [400, "failed", "refused"],
])("a close of %i means %s", (code, then, reason) => {
  expect(closing({ ...plain, code })).toEqual({ code, then, reason });
});

test("QRs that nobody scanned are not a lost connection", () => {
  expect(closing({ ...plain, code: 408, message: "QR refs attempts ended" })).toEqual({ code: 408, then: "qr_over", reason: "qr_timeout" });
});

test("what we closed ourselves is asked, whatever the code", () => {
  expect(closing({ ...plain, code: 401, isAsked: true }).then).toBe("asked");
});

test("a proxy that never let us through is named", () => {
  expect(closing({ ...plain, code: 408, isProxyDeaf: true })).toEqual({ code: 408, then: "back_off", reason: "proxy_unreachable" });
});
