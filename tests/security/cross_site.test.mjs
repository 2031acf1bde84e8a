// Cross-site WebSocket hijack: a page of a stranger, in the browser of somebody who is logged in, opens a WebSocket, and the browser
// sends the cookies along and asks nobody. Only the server can look at the Origin.

import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";

import { Bystander } from "../support/bystander.mjs";
import { exchange, Poller, Wire } from "../support/clients.mjs";
import { startKitchen } from "../support/kitchen.mjs";
import { get, handshake, lastAnswer, oneOf, webSocketHandshake } from "../support/raw_http.mjs";

const own = "https://meet.example.org";
const cookie = "Cookie: session=of-the-victim";

/** Origins that look like an allowed one, or like none. */
const strangers = [
  "https://evil.example", "null", "http://meet.example.org", `${own}:8443`, `${own}.evil.example`, `${own}x`, "https://evil.example/meet.example.org", "https://evil.example#meet.example.org",
  "https://xmeet.example.org", "https://evil@meet.example.org", "https://meet.example.org@evil.example", "https://meet.example.org%00.evil.example", "https://meet_example.org", "meet.example.org", "//meet.example.org",
  "file://", "https://", "*", "https://*", "chrome-extension://abcdefgh", `${own}, https://evil.example`, `https://evil.example, ${own}`, `${own} https://evil.example`, "\xff",
];

async function answerTo(server, request) {
  return exchange(server, Buffer.from(request, "latin1"), { until: /\r\n\r\n/, timeout: 2000 });
}

describe("with an allow-list", () => {
  let server;
  let bystander;
  before(async () => {
    server = await startKitchen({ "cors.enabled": true, "cors.origins": `["${own}"]`, "cors.credentials": true });
    bystander = await Bystander.start(server);
  });
  after(async () => {
    bystander?.close();
    await server?.stop();
  });
  afterEach(() => bystander.check());

  const refused = ({ text }, what) => {
    const { status } = lastAnswer(text);
    assert.ok(oneOf([400, 403]).includes(status), `${what}: ${status}`);
    assert.doesNotMatch(text, /"sid"|access-control-allow-origin: (?!https:\/\/meet\.example\.org\r)/i, what);
  };

  for (const origin of strangers) {
    test(`a page of ${JSON.stringify(origin)} opens no WebSocket and no session`, async () => {
      refused(await answerTo(server, webSocketHandshake("", cookie, `Origin: ${origin}`)), "WebSocket");
      refused(await answerTo(server, get(handshake, cookie, `Origin: ${origin}`)), "polling");
    });
  }

  test("a session that is there cannot be upgraded by a stranger's page either, and lives on", async () => {
    const poller = await Poller.socket(server, "/kitchen", { headers: { Origin: own } });
    for (const origin of strangers) refused(await answerTo(server, webSocketHandshake(`&sid=${poller.sid}`, cookie, `Origin: ${origin}`)), origin);
    await poller.post('42/kitchen,1["ack","mine"]');
    assert.equal(await poller.poll(), '43/kitchen,1["mine"]');
  });

  test("two Origins, the stranger's first, open nothing", async () => {
    refused(await answerTo(server, webSocketHandshake("", "Origin: https://evil.example", `Origin: ${own}`)), "WebSocket");
  });

  test("its own pages are served, those of the host itself too, and programs that send no Origin", async () => {
    for (const origin of [own, server.url]) {
      const wire = await Wire.socket(server, "/kitchen", { headers: { Origin: origin } });
      wire.close();
    }
    assert.match((await answerTo(server, get(handshake, `Origin: ${own}`))).text, /^HTTP\/1\.1 200 [\s\S]*Access-Control-Allow-Origin: https:\/\/meet\.example\.org\r/i);
    (await Wire.socket(server, "/kitchen")).close();
  });
});

test("with cors.allow_missing_origin off, a WebSocket without Origin is refused", async () => {
  const server = await startKitchen({ "cors.enabled": true, "cors.origins": `["${own}"]`, "cors.allow_missing_origin": false });
  assert.ok([400, 403].includes(lastAnswer((await answerTo(server, webSocketHandshake())).text).status));
  (await Wire.socket(server, "/kitchen", { headers: { Origin: own } })).close();
  await server.stop();
});
