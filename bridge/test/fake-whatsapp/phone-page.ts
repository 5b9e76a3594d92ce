import { readFileSync } from "node:fs";

/** For people: scan, read, answer. Beside this file, as in the sources so in the build. */
export const page = readFileSync(new URL("./phone-page.html", import.meta.url), "utf8");
