import type { Closed } from "./ports.js";

const END_OF_QR = "QR refs attempts ended";

export interface Ending {
  /** The status code Baileys closed with; undefined: the socket's own trouble. */
  code: number | undefined;
  message: string;
  /** We closed it. */
  isAsked: boolean;
  /** There is a proxy and the connection never stood. */
  isProxyDeaf: boolean;
}

/** bridge.md's table: what a close means, and what the keeper does next. */
export function closing({ code = 428, message, isAsked, isProxyDeaf }: Ending): Closed {
  if (isAsked) return { code, then: "asked", reason: "asked" };
  switch (code) {
    case 515:
      return { code, then: "at_once", reason: "restart" };
    case 440:
      return { code, then: "replaced", reason: "replaced" };
    case 401:
      return { code, then: "logged_out", reason: "logged_out" };
    case 402:
    case 403:
    case 406:
      return { code, then: "banned", reason: "banned" };
    case 405:
      return { code, then: "outdated", reason: "outdated" };
    case 400:
    case 411:
      return { code, then: "failed", reason: "refused" };
    case 408:
      if (message.includes(END_OF_QR)) return { code, then: "qr_over", reason: "qr_timeout" };
  }
  return { code, then: "back_off", reason: isProxyDeaf ? "proxy_unreachable" : "connection_lost" };
}
