import { describe, expect, it } from "vitest";
import { answerFor } from "../src/simulator/numbers.js";

const none = { not_on_whatsapp: 0, eight_digits: 0 };
const phones = Array.from({ length: 1000 }, (_, at) => `+55119${String(70_000_000 + at)}`);
const eight = (phone: string): string => phone.replace("+55119", "+5511");
const exists = (phone: string, rates = none): boolean => answerFor("one", phone, rates).exists;

describe("who is on the simulated WhatsApp", () => {
  it("everybody, under the number as it is written today, where no rate is set", () => {
    expect(phones.every((phone) => exists(phone))).toBe(true);
    expect(phones.some((phone) => exists(eight(phone)))).toBe(false);
    expect(answerFor("one", "+551133334444", none)).toMatchObject({ exists: true, jid: "551133334444@s.whatsapp.net" });
    expect(exists("+14155552671")).toBe(true);
  });

  it("a share is not there under any spelling, always the same people", () => {
    const rates = { ...none, not_on_whatsapp: 0.25 };
    const there = phones.filter((phone) => exists(phone, rates));
    expect(there.length / phones.length).toBeCloseTo(0.75, 1);
    expect(phones.filter((phone) => exists(phone, rates))).toEqual(there);
    const away = phones.filter((phone) => !there.includes(phone));
    expect(away.some((phone) => exists(eight(phone), rates))).toBe(false);
  });

  it("each is there under one spelling alone, and that is the jid", () => {
    const rates = { ...none, eight_digits: 0.5 };
    const answers = phones.map((phone) => [answerFor("one", phone, rates), answerFor("one", eight(phone), rates)]);
    expect(answers.every((both) => both.filter((one) => one.exists).length === 1)).toBe(true);
    const old = answers.filter(([, one]) => one?.exists).length;
    expect(old / phones.length).toBeCloseTo(0.5, 1);
    for (const one of answers.flat()) {
      expect(one.jid).toBe(one.exists ? `${one.phone.slice(1)}@s.whatsapp.net` : null);
      expect(one.lid === null).toBe(!one.exists);
    }
  });
});
