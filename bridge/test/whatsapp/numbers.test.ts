import type { BinaryNode, WASocket } from "baileys";
import { expect, it } from "vitest";
import { checkNumbers } from "../../src/whatsapp/numbers.js";

const LONG = "+5511987654321";
const SHORT = "+551187654321";

/** A WhatsApp that does not repeat which number an answer is about. */
function answering(...users: [digits: string, type: "in" | "out"][]): WASocket {
  const list = users.map(([digits, type]): BinaryNode => ({ tag: "user", attrs: { jid: `${digits}@s.whatsapp.net` }, content: [{ tag: "contact", attrs: { type } }] }));
  const answer: BinaryNode = { tag: "iq", attrs: {}, content: [{ tag: "usync", attrs: {}, content: [{ tag: "list", attrs: {}, content: list }] }] };
  return { generateMessageTag: () => "1", query: () => Promise.resolve(answer) } as unknown as WASocket;
}

it.each(["as asked", "the other way round"])("of two spellings asked at once each has its own answer, told %s", async (order) => {
  const told: [string, "in" | "out"][] = [["5511987654321", "out"], ["551187654321", "in"]];
  const checked = await checkNumbers(answering(...(order === "as asked" ? told : told.reverse())), [LONG, SHORT]);
  expect(checked.map(({ phone, exists }) => [phone, exists])).toEqual([[LONG, false], [SHORT, true]]);
});

it("an answer in the other spelling is about the number that was asked", async () => {
  const [checked] = await checkNumbers(answering(["551187654321", "in"]), [LONG]);
  expect(checked).toEqual({ phone: LONG, exists: true, jid: "551187654321@s.whatsapp.net", lid: null });
});
