import { createServer, type Server, type ServerResponse } from "node:http";

export interface Vitals {
  isReady: boolean;
  isAlive: boolean;
  /** Of the channels held here, by state. */
  states: Record<string, number>;
  gauges: Record<string, number>;
  dropped: Record<string, number>;
}

/** `/healthz`, `/readyz`, `/metrics` on loopback: counts only, never a name or number of anybody. */
export async function openHealth(port: number, look: () => Vitals): Promise<Server> {
  const server = createServer((request, response) => {
    const vitals = look();
    if (request.url === "/healthz") answer(response, vitals.isAlive, vitals.isAlive ? "ok\n" : "stuck\n");
    else if (request.url === "/readyz") answer(response, vitals.isReady, vitals.isReady ? "ready\n" : "not ready\n");
    else if (request.url === "/metrics") answer(response, true, metrics(vitals));
    else response.writeHead(404).end();
  });
  server.headersTimeout = 5_000;
  server.requestTimeout = 5_000;
  await new Promise<void>((done, fail) => {
    server.once("error", fail);
    server.listen(port, "127.0.0.1", done);
  });
  return server;
}

function answer(response: ServerResponse, isWell: boolean, text: string): void {
  response.writeHead(isWell ? 200 : 503, { "content-type": "text/plain; charset=utf-8" }).end(text);
}

function metrics({ states, gauges, dropped }: Vitals): string {
  const lines = [
    ...labelled("bridge_sessions", "gauge", "state", states),
    ...labelled("bridge_entries_dropped_total", "counter", "reason", dropped),
    ...Object.entries(gauges).flatMap(([name, value]) => [`# TYPE bridge_${name} gauge`, `bridge_${name} ${value}`]),
  ];
  return `${lines.join("\n")}\n`;
}

function labelled(name: string, type: string, label: string, counts: Record<string, number>): string[] {
  return [`# TYPE ${name} ${type}`, ...Object.entries(counts).map(([of, count]) => `${name}{${label}="${of}"} ${count}`)];
}
