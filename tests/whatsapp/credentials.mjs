// What the bridge sealed as one Channel's credentials, opened with its own vault: in is a line of JSON, out is theirs.
import { readFileSync } from "node:fs";
import { Vault } from "../../bridge/dist/store/vault.js";

const { keys, company, channel, body } = JSON.parse(readFileSync(0, "utf8"));
const place = { table: "bridge_credential", company, channel, id: "" };
process.stdout.write(new Vault(keys).text(place, Buffer.from(body, "base64")));
