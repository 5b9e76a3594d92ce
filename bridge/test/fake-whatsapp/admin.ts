import type { IncomingMessage, ServerResponse } from "node:http";
import { questions } from "./admin-questions.js";
import { verbs } from "./admin-verbs.js";
import type { FakeWhatsApp } from "./fake-whatsapp.js";
import { page } from "./phone-page.js";

/** The fake's own door, JSON over HTTP: `POST /admin/<verb>`, `GET /admin/<question>`, and the phone page at `/`. */
export class Admin {
  constructor(private readonly fake: FakeWhatsApp) {}

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://admin");
    if (url.pathname === "/") {
      response.setHeader("content-type", "text/html; charset=utf-8");
      response.end(page);
      return;
    }
    response.setHeader("content-type", "application/json");
    try {
      const answer = await this.answer(request, url);
      response.statusCode = answer === undefined ? 404 : 200;
      response.end(JSON.stringify(answer ?? { error: "no such verb" }));
    } catch (error) {
      response.statusCode = 400;
      response.end(JSON.stringify({ error: error instanceof Error ? error.message : String(error) }));
    }
  }

  private async answer(request: IncomingMessage, url: URL): Promise<object | undefined> {
    const name = url.pathname.replace(/^\/admin\//, "");
    if (request.method === "GET") return questions[name]?.(this.fake, url.searchParams);
    // A form of another page cannot send JSON: the phone page is the only one that gets here.
    if (request.headers["content-type"]?.startsWith("application/json") !== true) throw new Error("send JSON");
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const body: unknown = JSON.parse(Buffer.concat(chunks).toString() || "{}");
    const answered = await verbs[name]?.(this.fake, body);
    this.fake.changed();
    return answered;
  }
}
