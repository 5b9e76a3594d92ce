import { readFileSync } from "node:fs";
import { z } from "zod";

export type Environment = Record<string, string | undefined>;

/** One line per wrong variable; never a value. */
export class ConfigError extends Error {}

/** What simulator and bridge both read. */
export const wire = {
  REDIS_URL: z.string().min(1).optional(),
  BRIDGE_REDIS_URL: z.string().min(1).optional(),
  // Whoever guesses it commands every phone: a short one is refused.
  BRIDGE_SECRET: z.string().min(16, "must have at least 16 characters"),
  LOG_LEVEL: z
    .string()
    .default("info")
    .transform((level) => level.toLowerCase())
    .pipe(z.enum(["trace", "debug", "info", "warn", "warning", "error", "fatal", "critical", "silent"]))
    .transform((level) => ({ warning: "warn", critical: "fatal" })[level as string] ?? level),
};

/** Reads the variables of `shape`, each also as `NAME_FILE`. Raises ConfigError. */
export function readSettings<Shape extends z.ZodRawShape>(
  shape: Shape,
  env: Environment,
): z.infer<z.ZodObject<Shape>> & { redisUrl: string } {
  const read = withFiles(Object.keys(shape), env);
  const parsed = z.object(shape).safeParse(read);
  const wrong = parsed.success ? [] : parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
  const redisUrl = read["BRIDGE_REDIS_URL"] ?? read["REDIS_URL"];
  if (redisUrl === undefined) wrong.push("REDIS_URL: is missing");
  if (!parsed.success || redisUrl === undefined) throw new ConfigError(wrong.join("\n"));
  return { ...parsed.data, redisUrl };
}

/** `NAME_FILE` names a file that holds NAME, as for the Python side; NAME itself comes first. */
function withFiles(names: string[], env: Environment): Environment {
  const read = { ...env };
  for (const name of names) {
    const path = env[`${name}_FILE`];
    if (!path || read[name]) continue;
    try {
      read[name] = readFileSync(path, "utf8").trim();
    } catch {
      throw new ConfigError(`${name}_FILE: cannot be read`);
    }
  }
  // An empty variable is a missing one: that is how .env files and CI leave things out.
  return Object.fromEntries(Object.entries(read).filter(([, value]) => value !== ""));
}
