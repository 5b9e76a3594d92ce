import { parseArgs } from "node:util";
import { FakeWhatsApp, type FakeOptions } from "./fake-whatsapp.js";

// One line of JSON when it is ready; everything else is asked over HTTP. Ends on SIGTERM and SIGINT.
const { values } = parseArgs({
  options: {
    port: { type: "string", default: "0" },
    "media-port": { type: "string", default: "0" },
    folder: { type: "string" },
    state: { type: "string" },
    "no-decrypt": { type: "boolean", default: false },
  },
});
const options: FakeOptions = { port: Number(values.port), mediaPort: Number(values["media-port"]), decrypt: !values["no-decrypt"] };
if (values.folder !== undefined) options.folder = values.folder;
if (values.state !== undefined) options.state = values.state;

const fake = await FakeWhatsApp.start(options);
const ready = { url: fake.url, admin: fake.admin, rootKey: fake.rootKey.toString("hex"), certificate: fake.certificate.path };
process.stdout.write(`${JSON.stringify(ready)}\n`);
for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.once(signal, () => {
    void fake.stop().then(() => process.exit(0));
  });
}
