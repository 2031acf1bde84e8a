// Slow everything: whoever begins and does not go on is ended within a bound, however little it sends in between, and whoever is
// slow but alive is not.

import assert from "node:assert/strict";
import net from "node:net";
import { after, afterEach, before, describe, test } from "node:test";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";

import { Bystander } from "../support/bystander.mjs";
import { makeCertificates } from "../support/certificates.mjs";
import { Poller, Wire } from "../support/clients.mjs";
import { startKitchen } from "../support/kitchen.mjs";
import { proxyV2 } from "../support/proxy_protocol.mjs";
import { get, handshake, webSocketHandshake } from "../support/raw_http.mjs";
import { eventually, slowness, within } from "../support/server.mjs";
import { closeCode, frame, text } from "../support/websocket_frames.mjs";

const second = 1000 * slowness;
/** What the server under test allows. */
const bounds = {
  "limits.header_timeout": `${second}ms`,
  "limits.body_timeout": `${second}ms`,
  "limits.idle_timeout": `${second}ms`,
  "limits.write_timeout": `${second}ms`,
  "limits.tls_handshake_timeout": `${second}ms`,
  "limits.websocket_close_timeout": `${second}ms`,
  "engine.upgrade_timeout": `${second}ms`,
  "engine.ping_interval": `${second}ms`,
  "engine.ping_timeout": `${second}ms`,
  "socketio.connect_timeout": `${second}ms`,
};
let server;
let bystander;
before(async () => {
  server = await startKitchen(bounds);
  bystander = await Bystander.start(server);
});
after(async () => {
  bystander?.close();
  await server?.stop();
});
afterEach(() => bystander.check());

/**
 * Sends `first`, then every 20 ms one byte of `drip`, over and over, until the server ends the connection.
 * @returns {Promise<Buffer>} all that came back
 */
function dripped(port, first, drip = "", reads = true) {
  return within(15_000, "the server ends the connection", new Promise((resolve) => {
    const received = [];
    const socket = net.connect({ port, host: "127.0.0.1", noDelay: true });
    let at = 0;
    const timer = setInterval(() => {
      if (drip.length > 0 && socket.writable) socket.write(Buffer.from(drip).subarray(at % drip.length, (at++ % drip.length) + 1));
    }, 20);
    socket.on("data", (data) => received.push(data)).on("error", () => {}).on("close", () => {
      clearInterval(timer);
      resolve(Buffer.concat(received));
    });
    if (!reads) socket.pause();
    socket.write(first);
  }));
}

const reached = (limit) => server.metric(`signaling_limits_reached_total{limit="${limit}"}`);

describe("HTTP", () => {
  for (const [what, first, drip, status, limit] of [
    ["nothing at all", "", "", "", "header_time"],
    ["a header that stops", "GET / HTTP/1.1\r\nHost: x\r\n", "", "408", "header_time"],
    ["a header byte by byte", "GET / HTTP/1.1\r\nX: ", "abc", "408", "header_time"],
    ["a header field by field", "GET / HTTP/1.1\r\n", "A: b\r\n", "408", "header_time"],
    ["empty lines before a request", "\r\n", "\r\n", "(408)?", "header_time"],
    ["a body that stops", `POST ${handshake}&sid=x HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nabc`, "", "408", "body_time"],
    ["a body byte by byte", `POST ${handshake}&sid=x HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n`, "a", "408", "body_time"],
    ["chunks byte by byte", `POST ${handshake}&sid=x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n`, "1\r\na\r\n", "408", "body_time"],
    ["trailers field by field", `POST ${handshake}&sid=x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n`, "A: b\r\n", "408", "body_time"],
  ]) {
    test(`${what}: ended, ${status.includes("408") ? "408" : "without a word"}`, async () => {
      const before = await reached(limit);
      const answer = await dripped(server.port, first, drip);
      assert.match(answer.toString("latin1").slice(9, 12), new RegExp(`^${status}$`));
      assert.equal(await reached(limit), before + 1);
    });
  }

  test("a connection kept alive without requests: ended", async () => {
    const before = await reached("idle_time");
    assert.match((await dripped(server.port, get("/no/such/path"))).toString(), /^HTTP\/1\.1 404 /);
    assert.equal(await reached("idle_time"), before + 1);
  });

  test("answers that are never read: ended", async () => {
    const before = await reached("write_time");
    // Enough to fill the kernel's buffers: the browser client's file, or many small answers.
    await dripped(server.port, get("/no/such/path").repeat(200_000), "", false);
    assert.ok((await reached("write_time")) > before);
  });
});

describe("WebSocket", () => {
  for (const [what, packets, drip] of [
    ["a handshake without CONNECT", [], ""],
    ["a handshake without CONNECT that sends pongs", [], frame(0x8a)],
    ["half a frame", [frame(0x81, Buffer.from("4"), { length: 1000 })], ""],
    ["a frame byte by byte, without answers to pings", [text("40/kitchen,"), frame(0x81, Buffer.from("4"), { length: 60_000 })], "a"],
    ["fragments without end, without answers to pings", [text("40/kitchen,"), text("4", 0x01)], text("a", 0x00)],
    ["pings are not answered", [text("40/kitchen,")], ""],
  ]) {
    test(`${what}: ended`, async () => {
      const stream = await dripped(server.port, Buffer.concat([Buffer.from(webSocketHandshake()), ...packets]), drip);
      assert.match(stream.toString("latin1"), /^HTTP\/1\.1 101 /);
    });
  }

  test("a close frame that is never answered: ended all the same", async () => {
    const before = await reached("close_time");
    const stream = await dripped(server.port, Buffer.concat([Buffer.from(webSocketHandshake()), text("no packet")]));
    assert.notEqual(closeCode(stream), null);
    assert.equal(await reached("close_time"), before + 1);
  });

  test("a probe that stops: its WebSocket ends, the session goes on polling", async () => {
    const poller = await Poller.socket(server, "/kitchen");
    const wire = await Wire.open(`${server.webSocketUrl}/socket.io/?EIO=4&transport=websocket&sid=${poller.sid}`);
    wire.send("2probe");
    assert.equal(await wire.next(), "3probe");
    const closed = wire.expectClosed();
    let body = "";
    while (!body.includes('1["alive"]')) {
      // Until the probe has ended, polls are answered with a noop.
      if (body.includes("2")) await poller.post("3");
      await poller.post('42/kitchen,1["ack","alive"]');
      body = await poller.poll();
    }
    await closed;
  });
});

describe("polling", () => {
  test("a session that never polls is over", async () => {
    const poller = await Poller.socket(server, "/kitchen");
    // Asked from aside: whatever the client itself sends keeps it alive.
    await eventually("the session is over", async () => (await server.metric('signaling_sessions{transport="polling"}')) === 0, 10_000);
    assert.equal((await poller.request("GET", poller.query)).status, 400);
  });

  test("one that polls and answers pings slowly, but in time, lives on", async () => {
    const poller = await Poller.socket(server, "/kitchen");
    for (let pings = 0; pings < 3; pings++) {
      let body;
      do body = await poller.poll(); while (!body.includes("2"));
      await new Promise((resolve) => setTimeout(resolve, second / 3));
      await poller.post("3");
    }
    await poller.post("1");
  });
});

test("TLS: a handshake that does not begin, stops or is dripped is ended", async () => {
  const directory = mkdtempSync(path.join(os.tmpdir(), "signaling-slow-"));
  const { certFile, keyFile } = makeCertificates(directory);
  const secure = await startKitchen({ ...bounds, "listen.tls.certificate_file": certFile, "listen.tls.key_file": keyFile });
  try {
    const hello = Buffer.from("160301400001003ffc0303", "hex");  // 16 KB are announced: dripped, they do not arrive in time
    await Promise.all([dripped(secure.port, ""), dripped(secure.port, hello), dripped(secure.port, hello, "\0")]);
    assert.equal(await secure.metric('signaling_limits_reached_total{limit="tls_handshake_time"}'), 3);
  } finally {
    await secure.stop();
    rmSync(directory, { recursive: true, force: true });
  }
});

test("PROXY protocol: a header that stops or is dripped is ended", async () => {
  const behind = await startKitchen({ ...bounds, "proxy.trusted": '["127.0.0.1"]', "proxy.protocol": true });
  const header = proxyV2("192.0.2.1");
  try {
    for (const answer of await Promise.all([dripped(behind.port, ""), dripped(behind.port, header.subarray(0, 10)), dripped(behind.port, "PROXY TCP4 ", "1")])) assert.equal(answer.length, 0);
  } finally {
    await behind.stop();
  }
});
