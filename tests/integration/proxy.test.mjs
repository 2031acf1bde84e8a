// The client's address through a trusted proxy: PROXY protocol, X-Forwarded-For and Forwarded, and what others may not tell.
// 127.0.0.1 is the proxy; whoever connects from another loopback address is not trusted.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import http from "node:http";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import tls from "node:tls";

import { makeCertificates } from "../support/certificates.mjs";
import { ask, connect, transportChoices, upgraded } from "../support/clients.mjs";
import { startKitchen } from "../support/kitchen.mjs";
import { ProxyFront, proxyV1, proxyV2, proxyV2Local } from "../support/proxy_protocol.mjs";
import { buildDirectory, eventually, within } from "../support/server.mjs";

const stranger = "127.0.0.9";
/** Connections of one address: more than one client of the kinds here ever has at once. */
const limit = 10;
const seats = Array.from({ length: limit });
const trusted = { "proxy.trusted": '["127.0.0.1", "10.0.0.0/8"]' };
const handshake = "/socket.io/?EIO=4&transport=polling";
const request = (headers = "") => `GET ${handshake} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n${headers}\r\n`;
const untrusted = 'signaling_bad_requests_total{kind="untrusted_proxy"}';
const malformed = 'signaling_bad_requests_total{kind="proxy_header"}';
const perAddress = 'signaling_limits_reached_total{limit="connections_per_address"}';

/** Everything that the server answers to these bytes until it ends the connection; "" where it only closes. */
function answerTo(server, pieces, { from = "127.0.0.1" } = {}) {
  return within(8000, "the end of the connection", new Promise((resolve) => {
    let answer = "";
    const socket = net.connect({ port: server.port, host: "127.0.0.1", localAddress: from, noDelay: true });
    socket.setEncoding("latin1");
    socket.on("data", (text) => (answer += text));
    socket.on("error", () => {});
    socket.on("close", () => resolve(answer));
    for (const piece of [pieces].flat()) socket.write(piece);
  }));
}

/** What an application sees of a client of the official kind. */
async function seenBy(server, options = {}) {
  const socket = await connect(server, "/kitchen", options);
  if (options.transports?.length === 2) await upgraded(socket);
  const info = await ask(socket, "info", { header: "x-forwarded-for" });
  socket.disconnect();
  return { address: info.address, secure: info.secure, transport: info.transport, header: info.header };
}

describe("PROXY protocol", () => {
  let server;
  before(async () => {
    server = await startKitchen({ ...trusted, "proxy.protocol": true, "listen.workers": 2, "limits.max_connections_per_address": limit });
  });
  after(() => server?.stop());

  const cases = {
    "version 1, IPv4": [() => proxyV1("192.0.2.1"), "192.0.2.1", false],
    "version 1, IPv6": [() => proxyV1("2001:db8::1"), "2001:db8::1", false],
    "version 2, IPv4": [() => proxyV2("192.0.2.2"), "192.0.2.2", false],
    "version 2, IPv6, over TLS": [() => proxyV2("2001:db8::2", { secure: true }), "2001:db8::2", true],
    "version 2, LOCAL": [() => proxyV2Local, "127.0.0.1", false],
  };
  for (const [name, [header, address, secure]] of Object.entries(cases)) {
    test(`${name}: an application sees the client's address, whatever the transport`, async () => {
      const front = await ProxyFront.start(server.port, header);
      try {
        for (const transports of Object.values(transportChoices)) {
          const seen = await seenBy(front, { transports });
          assert.equal(seen.address, address);
          assert.equal(seen.secure, secure);
        }
      } finally {
        await front.stop();
      }
    });
  }

  test("a header in pieces, with the request behind it", async () => {
    const bytes = Buffer.concat([proxyV2("192.0.2.3"), Buffer.from(request())]);
    assert.match(await answerTo(server, Array.from(bytes, (_, i) => bytes.subarray(i, i + 1))), /^HTTP\/1\.1 200 /);
  });

  test("a trusted proxy that sends none is closed and counted", async () => {
    const before = await server.metric(malformed);
    assert.equal(await answerTo(server, request()), "");
    assert.equal(await answerTo(server, "PROXY TCP4 192.0.2.1 here\r\n"), "");
    const broken = proxyV2("192.0.2.1");
    broken[12] = 0x31;
    assert.equal(await answerTo(server, broken), "");
    assert.equal(await server.metric(malformed), before + 3);
  });

  test("a header from elsewhere is refused at once and counted, and the log tells", async () => {
    const before = await server.metric(untrusted);
    const began = Date.now();
    for (const header of [proxyV1("192.0.2.1"), proxyV2("192.0.2.1"), proxyV2Local])
      assert.match(await answerTo(server, header, { from: stranger }), /^HTTP\/1\.1 400 /);
    assert.ok(Date.now() - began < 5000, "did not wait for limits.header_timeout");
    assert.equal(await server.metric(untrusted), before + 3);
    assert.match(await answerTo(server, request(), { from: stranger }), /^HTTP\/1\.1 200 /, "others need none");
    await eventually("a line in the log", () => /malformed input: untrusted_proxy/.test(server.output), 15_000);
  });

  test("connections are counted for the client, not for the proxy", async () => {
    const before = await server.metric(perAddress);
    const mine = await ProxyFront.start(server.port, () => proxyV2("192.0.2.77"));
    const other = await ProxyFront.start(server.port, () => proxyV1("192.0.2.78"));
    const transports = ["websocket"];
    try {
      const seated = await Promise.all(seats.map(() => connect(mine, "/kitchen", { transports })));
      await assert.rejects(connect(mine, "/kitchen", { transports }), "one more of the same client");
      assert.equal(await server.metric(perAddress), before + 1);
      assert.equal((await seenBy(other, { transports })).address, "192.0.2.78");
      seated[0].disconnect();
      await eventually("room for one more", () => connect(mine, "/kitchen", { transports }).then((socket) => socket.disconnect() && true, () => false));
      for (const socket of seated) socket.disconnect();
    } finally {
      await mine.stop();
      await other.stop();
    }
  });
});

describe("TLS behind a PROXY protocol header", () => {
  let directory;
  let certificates;
  let server;
  before(async () => {
    directory = mkdtempSync(path.join(os.tmpdir(), "signaling-proxy-"));
    certificates = makeCertificates(directory);
    server = await startKitchen({
      ...trusted,
      "proxy.protocol": true,
      "listen.tls.certificate_file": certificates.certFile,
      "listen.tls.key_file": certificates.keyFile,
    });
  });
  after(async () => {
    await server?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  test("the official client reaches the server with its certificate, and its address", async () => {
    for (const header of [proxyV1("192.0.2.5"), proxyV2("192.0.2.5")]) {
      const front = await ProxyFront.start(server.port, () => header);
      try {
        for (const transports of Object.values(transportChoices)) {
          const seen = await seenBy({ url: `https://127.0.0.1:${front.port}` }, { transports, ca: certificates.ca });
          assert.deepEqual([seen.address, seen.secure], ["192.0.2.5", true]);
        }
      } finally {
        await front.stop();
      }
    }
  });

  test("header and client hello in one segment, or cut anywhere", async () => {
    const header = proxyV2("192.0.2.6");
    for (const cut of [0, 1, 15, 16, header.length - 1, header.length, header.length + 1]) {
      const front = await ProxyFront.start(server.port, () => header, cut);
      try {
        const secure = tls.connect({ port: front.port, host: "127.0.0.1", ca: certificates.ca });
        await within(5000, `TLS handshake with a cut at ${cut}`, new Promise((resolve, reject) => {
          secure.once("secureConnect", resolve);
          secure.once("error", reject);
          secure.once("close", () => reject(new Error("closed")));
        }));
        secure.destroy();
      } finally {
        await front.stop();
      }
    }
  });

  test("a header from elsewhere, where a client hello is awaited, is refused and counted", async () => {
    const before = await server.metric(untrusted);
    for (const header of [proxyV1("192.0.2.1"), proxyV2("192.0.2.1")])
      assert.doesNotMatch(await answerTo(server, header, { from: stranger }), /HTTP/);
    assert.equal(await server.metric(untrusted), before + 2);
  });
});

for (const [name, kind, headers] of [
  ["X-Forwarded-For", "x-forwarded-for", (chain, proto) => ({ "X-Forwarded-For": chain.join(", "), ...(proto ? { "X-Forwarded-Proto": proto } : {}) })],
  ["Forwarded", "forwarded", (chain, proto) => ({
    Forwarded: chain.map((address) => `for=${address.includes(":") ? `"[${address}]:4711"` : address}${proto ? `;proto=${proto}` : ""}`).join(", "),
  })],
]) {
  describe(name, () => {
    let server;
    before(async () => {
      server = await startKitchen({ ...trusted, "proxy.header": kind, "listen.workers": 2, "limits.max_connections_per_address": limit });
    });
    after(() => server?.stop());

    test("tells the client's address and scheme, whatever the transport", async () => {
      for (const transports of Object.values(transportChoices)) {
        const client = (chain, proto) => seenBy(server, { transports, extraHeaders: headers(chain, proto) });
        for (const [chain, address] of [[["192.0.2.1"], "192.0.2.1"], [["2001:db8::1", "10.0.0.3"], "2001:db8::1"], [["6.6.6.6", "192.0.2.2"], "192.0.2.2"]])
          assert.equal((await client(chain)).address, address);
        assert.equal((await client(["192.0.2.1"], "https")).secure, true);
        assert.equal((await client(["192.0.2.1"], "http")).secure, false);
      }
      assert.equal((await seenBy(server)).address, "127.0.0.1");
    });

    test("means nothing in a request that comes from elsewhere, though applications still see it", async () => {
      const agent = new http.Agent({ localAddress: stranger, keepAlive: true });
      for (const transports of Object.values(transportChoices)) {
        const seen = await seenBy(server, { transports, agent, extraHeaders: headers(["192.0.2.1"], "https") });
        assert.deepEqual([seen.address, seen.secure], [stranger, false]);
        if (kind === "x-forwarded-for") assert.equal(seen.header, "192.0.2.1");
      }
      agent.destroy();
    });

    test("is what connections are counted by", async () => {
      const options = { transports: ["websocket"], extraHeaders: headers(["192.0.2.50"]) };
      const seated = await Promise.all(seats.map(() => connect(server, "/kitchen", options)));
      const before = await server.metric(perAddress);
      const lines = Object.entries(headers(["192.0.2.50"])).map(([key, value]) => `${key}: ${value}\r\n`).join("");
      assert.match(await answerTo(server, request(lines)), /^HTTP\/1\.1 429 /);
      assert.equal(await server.metric(perAddress), before + 1);
      assert.match(await answerTo(server, request(lines.replace("192.0.2.50", "192.0.2.51"))), /^HTTP\/1\.1 200 /);
      assert.match(await answerTo(server, request(lines.replace("192.0.2.50", "192.0.2.50, 192.0.2.51").replace("for=192.0.2.50, 192", "for=192.0.2.50, for=192"))),
        /^HTTP\/1\.1 200 /, "what the client wrote before the proxy's part is not counted");
      for (const socket of seated) socket.disconnect();
    });
  });
}

test("a proxy that is no address ends the start with the place and the element", () => {
  const directory = mkdtempSync(path.join(os.tmpdir(), "signaling-proxy-"));
  try {
    const file = path.join(directory, "bad.toml");
    writeFileSync(file, '[proxy]\ntrusted = ["127.0.0.1", "haproxy:3000"]\n');
    const { status, stderr, stdout } = spawnSync(path.join(buildDirectory, "bin/signaling-server"), ["--config", file, "--set", "listen.port=0"], { encoding: "utf8", timeout: 20_000 });
    assert.notEqual(status, 0);
    assert.match(stderr + stdout, /bad\.toml:2:11: proxy\.trusted: "haproxy:3000" is no address or network/);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
