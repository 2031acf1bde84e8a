// Addresses that clients make up: nobody who is no trusted proxy is believed, what stands before a trusted proxy's own word
// changes nothing, and so no bound for each address is evaded. That trusted proxies are believed is tested in
// ../integration/proxy.test.mjs.

import assert from "node:assert/strict";
import net from "node:net";
import { after, before, describe, test } from "node:test";

import { Wire } from "../support/clients.mjs";
import { startKitchen } from "../support/kitchen.mjs";
import { proxyV1, proxyV2, proxyV2Local } from "../support/proxy_protocol.mjs";
import { get, handshake } from "../support/raw_http.mjs";
import { within } from "../support/server.mjs";

const proxy = "127.0.0.1";
const stranger = "127.0.0.9";
const limit = 3;
const perAddress = 'signaling_limits_reached_total{limit="connections_per_address"}';

/** Everything that the server answers until it ends the connection. */
function answerTo(server, bytes, from) {
  return within(8000, "the end of the connection", new Promise((resolve) => {
    let answer = "";
    const socket = net.connect({ port: server.port, host: "127.0.0.1", localAddress: from });
    socket.setEncoding("latin1").on("data", (text) => (answer += text)).on("error", () => {}).on("close", () => resolve(answer));
    socket.write(bytes);
  }));
}

/** The address that an application sees of a client that sends these headers. */
async function seen(server, headers, from) {
  const wire = await Wire.socket(server, "/kitchen", { headers, localAddress: from });
  wire.send('42/kitchen,1["info",{}]');
  const [info] = JSON.parse((await wire.next()).slice("43/kitchen,1".length));
  wire.close();
  return { address: info.address, secure: info.secure };
}

/** Claims that a client makes of itself. */
const claims = {
  "X-Forwarded-For": { "X-Forwarded-For": "192.0.2.1" },
  "X-Forwarded-For, twice": { "X-Forwarded-For": ["192.0.2.1", "192.0.2.2"] },
  "X-Forwarded-Proto": { "X-Forwarded-For": "192.0.2.1", "X-Forwarded-Proto": "https" },
  Forwarded: { Forwarded: "for=192.0.2.1;proto=https" },
  "X-Real-IP and others": { "X-Real-IP": "192.0.2.1", "X-Client-IP": "192.0.2.1", "CF-Connecting-IP": "192.0.2.1", "True-Client-IP": "192.0.2.1", "X-Forwarded-Host": "evil.example", Via: "1.1 x" },
  "the address of a trusted proxy": { "X-Forwarded-For": "127.0.0.1", Forwarded: "for=127.0.0.1" },
};

describe("without proxies", () => {
  let server;
  before(async () => (server = await startKitchen({ "limits.max_connections_per_address": limit })));
  after(() => server?.stop());

  for (const [what, headers] of Object.entries(claims)) {
    test(`${what}: not believed`, async () => {
      assert.deepEqual(await seen(server, headers, stranger), { address: stranger, secure: false });
    });
  }

  for (const [what, header] of [["version 1", proxyV1("192.0.2.1")], ["version 2", proxyV2("192.0.2.1")], ["version 2, LOCAL", proxyV2Local]]) {
    test(`a PROXY protocol header, ${what}: refused`, async () => {
      assert.match(await answerTo(server, Buffer.concat([header, Buffer.from(get(handshake))]), stranger), /^HTTP\/1\.1 400 (?:(?!"sid")[\s\S])*$/);
    });
  }

  test("another address in each request opens no more connections than one", async () => {
    const seated = [];
    for (let i = 0; i < limit; i++) seated.push(await Wire.socket(server, "/kitchen", { headers: { "X-Forwarded-For": `192.0.2.${i}` }, localAddress: stranger }));
    const before = await server.metric(perAddress);
    await assert.rejects(Wire.socket(server, "/kitchen", { headers: { "X-Forwarded-For": "192.0.2.99" }, localAddress: stranger }));
    assert.equal(await server.metric(perAddress), before + 1);
    for (const wire of seated) wire.close();
  });
});

describe("behind trusted proxies that append to X-Forwarded-For", () => {
  let server;
  before(async () => {
    server = await startKitchen({ "proxy.trusted": '["127.0.0.1", "10.0.0.0/8"]', "proxy.header": "x-forwarded-for", "limits.max_connections_per_address": limit });
  });
  after(() => server?.stop());
  const client = "203.0.113.7";

  for (const [what, headers] of Object.entries(claims)) {
    test(`${what} of somebody who is none of them: not believed`, async () => {
      assert.deepEqual(await seen(server, headers, stranger), { address: stranger, secure: false });
    });
  }

  for (const [what, before] of [
    ["another address", "192.0.2.1"], ["the address of a trusted proxy", "127.0.0.1"], ["many addresses", Array.from({ length: 200 }, (_, i) => `192.0.2.${i}`).join(", ")],
    ["no address", "unknown"], ["an empty element", ""], ["quotes and commas", '"192.0.2.1, 192.0.2.2"'], ["a port", "192.0.2.1:80"], ["brackets", "[2001:db8::1]:80"],
    ["a number", "3221225985"], ["octal numbers", "0300.0.02.01"], ["a mapped address", "::ffff:127.0.0.1"], ["text", "<script>"], ["a name", "localhost"],
  ]) {
    test(`${what} before what the proxy appended: not believed`, async () => {
      assert.equal((await seen(server, { "X-Forwarded-For": `${before}, ${client}` }, proxy)).address, client);
    });
  }

  test("what the proxy itself could not tell is counted for the proxy's word, never for the client's", async () => {
    for (const last of ["unknown", "_hidden", "127.0.0.1"]) assert.equal((await seen(server, { "X-Forwarded-For": `192.0.2.1, ${last}` }, proxy)).address.startsWith("192.0.2.1"), last === "127.0.0.1");
  });

  test("another address in front of one's own opens no more connections", async () => {
    const seated = [];
    const open = (i) => Wire.socket(server, "/kitchen", { headers: { "X-Forwarded-For": `192.0.2.${i}, ${client}` }, localAddress: proxy });
    for (let i = 0; i < limit; i++) seated.push(await open(i));
    const before = await server.metric(perAddress);
    await assert.rejects(open(99));
    assert.equal(await server.metric(perAddress), before + 1);
    for (const wire of seated) wire.close();
  });
});

describe("behind balancers that write PROXY protocol headers", () => {
  let server;
  before(async () => (server = await startKitchen({ "proxy.trusted": '["127.0.0.1"]', "proxy.protocol": true, "limits.header_timeout": "1s" })));
  after(() => server?.stop());

  test("a client that comes around the balancer cannot write one, and is not taken for the balancer", async () => {
    for (const header of [proxyV1("192.0.2.1"), proxyV2("192.0.2.1")]) assert.match(await answerTo(server, header, stranger), /^HTTP\/1\.1 400 /);
    assert.equal((await seen(server, claims["X-Forwarded-For"], stranger)).address, stranger);
  });

  test("a second header, which the client wrote behind the balancer's, is refused", async () => {
    for (const forged of [proxyV1("192.0.2.1"), proxyV2("192.0.2.1"), proxyV2Local]) {
      assert.match(await answerTo(server, Buffer.concat([proxyV2("203.0.113.7"), forged, Buffer.from(get(handshake))]), proxy), /^HTTP\/1\.1 400 (?:(?!"sid")[\s\S])*$/);
    }
  });

  for (const [what, header] of [
    ["an address that is none", "PROXY TCP4 999.0.0.1 198.51.100.1 1 2\r\n"], ["a family that does not fit", "PROXY TCP4 2001:db8::1 2001:db8::2 1 2\r\n"],
    ["a port beyond 16 bits", "PROXY TCP4 192.0.2.1 198.51.100.1 70000 2\r\n"], ["a line that never ends", `PROXY TCP4 ${"1".repeat(300)}`], ["a field too many", "PROXY TCP4 192.0.2.1 198.51.100.1 1 2 3\r\n"],
    ["a request in its line", "PROXY TCP4 192.0.2.1 198.51.100.1 1 2\nGET / HTTP/1.1\r\n"],
    ["a length beyond the bound", Buffer.concat([proxyV2("192.0.2.1").subarray(0, 14), Buffer.from([0xff, 0xff]), Buffer.alloc(3000)])],
    ["a length too short for its family", Buffer.concat([proxyV2("192.0.2.1").subarray(0, 14), Buffer.from([0, 4]), Buffer.alloc(4)])],
    ["an unknown version", (() => { const bytes = proxyV2("192.0.2.1"); bytes[12] = 0x41; return bytes; })()],
    ["an unknown command", (() => { const bytes = proxyV2("192.0.2.1"); bytes[12] = 0x2f; return bytes; })()],
    ["half of it, and nothing more", proxyV2("192.0.2.1").subarray(0, 20)],
  ]) {
    test(`${what}: closed without a word`, async () => {
      assert.equal(await answerTo(server, Buffer.concat([Buffer.from(header), what.startsWith("half") ? Buffer.alloc(0) : Buffer.from(get(handshake))]), proxy), "");
    });
  }
});
