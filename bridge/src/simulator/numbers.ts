import type { Rates } from "../config_simulator.js";
import type { Checked } from "../events.js";
import { drawn } from "./outcome.js";

export type Numbers = (phones: string[]) => Checked[];

type Shares = Pick<Rates, "not_on_whatsapp" | "eight_digits">;

/** A Brazilian mobile with its ninth digit, and without it, as numbers of before 2016 still stand in WhatsApp. */
const NINE = /^(55\d\d)9([6-9]\d{7})$/;
const EIGHT = /^(55\d\d)([6-9]\d{7})$/;

/** What this WhatsApp says of a number: by the phone alone, the same for every channel and after every boot. */
export function answerFor(seed: string, phone: string, rates: Shares): Checked {
  const digits = phone.replace(/^\+/, "");
  const registered = registeredAs(seed, digits.replace(NINE, "$1$2"), rates);
  if (registered !== digits) return { phone, exists: false, jid: null, lid: null };
  const lid = Math.floor(drawn([seed, registered, "lid"]) * 2 ** 47) + 2 ** 46;
  return { phone, exists: true, jid: `${registered}@s.whatsapp.net`, lid: `${lid}@lid` };
}

/** The one spelling of this person that WhatsApp knows; `person` is the number without a ninth digit. */
function registeredAs(seed: string, person: string, rates: Shares): string | undefined {
  if (drawn([seed, person, "not_on_whatsapp"]) < rates.not_on_whatsapp) return undefined;
  const isOld = drawn([seed, person, "eight_digits"]) < rates.eight_digits;
  return isOld ? person : person.replace(EIGHT, "$19$2");
}
