import { Redis, type RedisOptions } from "ioredis";
import type { Log } from "./log.js";

/** `unix:///path/redis.sock`, `redis://…` and `rediss://…`; ioredis itself does not know the first. */
export function redisOptions(url: string): RedisOptions | string {
  if (!url.startsWith("unix://")) return url;
  const parsed = new URL(url);
  return { path: decodeURIComponent(parsed.pathname), db: Number(parsed.searchParams.get("db") ?? 0) };
}

/**
 * A connection that comes back for ever and logs once per outage.
 * `maxRetriesPerRequest: 0` fails what was in flight when the connection drops: ioredis would else
 * send it again by itself, and the reader would not learn that an answer was lost.
 */
export function openRedis(url: string, log: Log, name: string): Redis {
  const settings: RedisOptions = {
    maxRetriesPerRequest: 0,
    retryStrategy: (tries) => Math.min(50 * 2 ** Math.min(tries, 5), 1000),
    connectionName: `bridge-${name}`,
    keepAlive: 10_000,
  };
  const options = redisOptions(url);
  const redis = typeof options === "string" ? new Redis(options, settings) : new Redis({ ...options, ...settings });
  let away = false;
  redis.on("error", (error: Error) => {
    if (away) return;
    away = true;
    log.warn({ connection: name, error: error.message }, "redis is away, retrying");
  });
  redis.on("ready", () => {
    if (away) log.info({ connection: name }, "redis is back");
    away = false;
  });
  return redis;
}
