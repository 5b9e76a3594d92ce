import { FakeWhatsApp, loadCa } from "./fake-whatsapp.js";

// A first port: the options, --state and the phone page come with the split.
const folder = process.env["FAKE_DIR"] ?? "var/fake-whatsapp";
const fake = await new FakeWhatsApp({ port: Number(process.env["PORT"] ?? 0), certDir: folder, ca: loadCa(`${folder}/root.json`) }).start();
console.log(JSON.stringify({ url: fake.url, admin: `http://127.0.0.1:${fake.port}`, rootKey: fake.ca.publicHex, certificate: fake.mediaCertPath }));
process.on("SIGTERM", () => void fake.stop().then(() => process.exit(0)));
