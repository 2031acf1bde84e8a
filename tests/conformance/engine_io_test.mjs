// Engine.IO v4 as clients see it, against engine_echo_server: the ground of the official test suite, and beyond it what
// engine.io 6.6 was seen to do (statuses, headers, closes, limits), with bare connections and with the official client.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import path from "node:path";
import { after, before, describe, test } from "node:test";

import { Wire, exchange } from "../support/clients.mjs";
import { Server, buildDirectory, eventually, slowness, sleep, within } from "../support/server.mjs";

const { Socket } = createRequire(import.meta.url)("engine.io-client");

const SEPARATOR = "\x1e";
const PING_INTERVAL = 300;
const PING_TIMEOUT = 200;
const MAX_PAYLOAD = 1_000_000;

async function startEcho(...options) {
  const server = new Server(path.join(buildDirectory, "tests/engine_echo_server"), ["0", ...options]);
  server.port = Number((await eventually("a port", () => server.end ?? /listening on (\d+)/.exec(server.output), 15_000))[1]);
  assert.ok(server.port, `no server: ${JSON.stringify(server.end)} ${server.output}`);
  return server;
}

/** One request; the answer with its text. `query` is added to those that every request has. */
async function request(server, method, query, { body, headers, signal } = {}) {
  const response = await fetch(`${server.url}/engine.io/?${query}`, {
    method,
    body,
    headers,
    signal: signal ?? AbortSignal.timeout(10_000 * slowness),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

class Polling {
  static async open(server, query = "") {
    const { status, text, headers } = await request(server, "GET", `EIO=4&transport=polling${query}`);
    assert.equal(status, 200, text);
    assert.equal(text[0], "0");
    return Object.assign(new Polling(), { server, headers, handshake: JSON.parse(text.slice(1)) });
  }
  get sid() {
    return this.handshake.sid;
  }
  get query() {
    return `EIO=4&transport=polling&sid=${this.sid}`;
  }
  get webSocketUrl() {
    return `${this.server.webSocketUrl}/engine.io/?EIO=4&transport=websocket&sid=${this.sid}`;
  }
  poll(options) {
    return request(this.server, "GET", this.query, options);
  }
  post(body, headers) {
    return request(this.server, "POST", this.query, { body, headers });
  }
  async expectGone() {
    const answer = await this.poll();
    assert.equal(answer.status, 400);
    assert.deepEqual(JSON.parse(answer.text), { code: 1, message: "Session ID unknown" });
  }
  async probe() {
    const wire = await Wire.open(this.webSocketUrl, { answerPings: false });
    wire.send("2probe");
    assert.equal(await wire.next(), "3probe");
    return wire;
  }
}

/** A session over WebSocket alone. */
async function openWire(server, query = "", options = {}) {
  const url = `${server.webSocketUrl}/engine.io/?EIO=4&transport=websocket${query}`;
  const wire = await Wire.open(url, { answerPings: false, ...options });
  const open = await wire.next();
  assert.equal(open[0], "0");
  wire.handshake = JSON.parse(open.slice(1));
  return wire;
}

/** A WebSocket handshake, byte for byte; what came back until the server closed or has switched. */
function rawUpgrade(server, query, { method = "GET", headers = "" } = {}) {
  const head =
    `${method} /engine.io/?${query} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
    `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n${headers}\r\n`;
  return exchange(server, head, { until: /^HTTP\/1.1 101 [^]*\r\n\r\n[^]{4}/ });
}

async function expectUpgradeError(server, query, message, options) {
  const { text, closed } = await rawUpgrade(server, query, options);
  const [head, body] = text.split("\r\n\r\n");
  assert.match(head, /^HTTP\/1\.1 400 Bad Request\r\n/);
  assert.match(head, /\r\nconnection: close(\r\n|$)/i);
  assert.match(head, /\r\ncontent-type: text\/html/i);
  assert.equal(body, message);
  assert.ok(closed, "the connection stays open");
}

const error = (code, message) => ({ code, message });

// Sessions whose heartbeat is as the official suite wants it: each test has 500 ms between two pongs.
describe("with the heartbeat of the official suite", () => {
  let server;
  before(async () => {
    server = await startEcho();
  });
  after(() => server.stop());

  test("a polling session opens with exactly the five keys", async () => {
    const session = await Polling.open(server);
    const { sid, ...rest } = session.handshake;
    assert.match(sid, /^[A-Za-z0-9_-]{20}$/);
    assert.deepEqual(rest, {
      upgrades: ["websocket"],
      pingInterval: PING_INTERVAL,
      pingTimeout: PING_TIMEOUT,
      maxPayload: MAX_PAYLOAD,
    });
    assert.deepEqual(Object.keys(session.handshake), ["sid", "upgrades", "pingInterval", "pingTimeout", "maxPayload"]);
    assert.equal(session.headers.get("content-type"), "text/plain; charset=UTF-8");
    assert.equal(session.headers.get("cache-control"), "no-store");
    assert.equal(session.headers.get("set-cookie"), null);
  });

  test("a WebSocket session opens with exactly the five keys and no upgrade", async () => {
    const wire = await openWire(server);
    assert.deepEqual(Object.keys(wire.handshake), ["sid", "upgrades", "pingInterval", "pingTimeout", "maxPayload"]);
    assert.deepEqual(wire.handshake.upgrades, []);
    wire.close();
  });

  test("pings over polling, and the pong keeps the session", async () => {
    const session = await Polling.open(server);
    for (let i = 0; i < 3; ++i) {
      assert.equal((await session.poll()).text, "2");
      assert.equal((await session.post("3")).text, "ok");
    }
  });

  test("pings over WebSocket, and the pong keeps the session", async () => {
    const wire = await openWire(server);
    for (let i = 0; i < 3; ++i) {
      assert.equal(await wire.next(), "2");
      wire.send("3");
    }
    wire.close();
  });

  test("the ping comes one interval after the last pong", async () => {
    const wire = await openWire(server);
    assert.equal(await wire.next(), "2");
    await sleep(100);
    const ponged = performance.now();
    wire.send("3");
    assert.equal(await wire.next(), "2");
    assert.ok(performance.now() - ponged >= PING_INTERVAL - 5, `after ${performance.now() - ponged} ms`);
    wire.close();
  });

  test("a polling session without a pong is gone after interval and timeout", async () => {
    const session = await Polling.open(server);
    await sleep(PING_INTERVAL + PING_TIMEOUT + 20 * slowness);
    await session.expectGone();
  });

  test("a waiting poll is told of the timeout", async () => {
    const session = await Polling.open(server);
    assert.equal((await session.poll()).text, "2");
    assert.equal((await session.poll()).text, "1");
    await session.expectGone();
  });

  test("a WebSocket session without a pong is closed", async () => {
    const wire = await openWire(server);
    const opened = performance.now();
    assert.equal(await wire.expectClosed(), 1005);
    assert.ok(performance.now() - opened >= PING_INTERVAL + PING_TIMEOUT - 20, `after ${performance.now() - opened} ms`);
  });

  test("a message while a pong is awaited extends the wait once", async () => {
    const wire = await openWire(server);
    assert.equal(await wire.next(), "2");
    await sleep(120);
    const extended = performance.now();
    wire.send("4a");
    assert.equal(await wire.next(), "4a");
    await sleep(120);
    wire.send("4b");
    assert.equal(await wire.next(), "4b");
    await wire.expectClosed();
    const lasted = performance.now() - extended;
    assert.ok(lasted >= PING_TIMEOUT - 5 && lasted < PING_TIMEOUT + 100 * slowness, `closed after ${lasted} ms`);
  });

  test("an idle probe does not keep a session without pongs", async () => {
    const session = await Polling.open(server);
    const wire = await Wire.open(session.webSocketUrl, { answerPings: false });
    await wire.expectClosed();
    await session.expectGone();
  });
});

describe("without hurry", () => {
  let server;
  before(async () => {
    server = await startEcho("--ping-interval", "25000", "--ping-timeout", "20000", "--upgrade-timeout", "1000", "--commands");
  });
  after(() => server.stop());

  describe("errors of requests", () => {
    const cases = [
      ["no transport", "GET", "EIO=4", 400, error(0, "Transport unknown")],
      ["an unknown transport", "GET", "EIO=4&transport=abc", 400, error(0, "Transport unknown")],
      ["an unknown transport before anything else", "POST", "EIO=3&transport=abc&sid=x", 400, error(0, "Transport unknown")],
      ["an unknown sid", "GET", "EIO=4&transport=polling&sid=abc", 400, error(1, "Session ID unknown")],
      ["an unknown sid before the version", "GET", "EIO=3&transport=polling&sid=abc", 400, error(1, "Session ID unknown")],
      ["an unknown sid of any length", "GET", `EIO=4&transport=polling&sid=${"x".repeat(2000)}`, 400, error(1, "Session ID unknown")],
      ["a handshake by POST", "POST", "EIO=4&transport=polling", 400, error(2, "Bad handshake method")],
      ["a handshake by PUT", "PUT", "EIO=4&transport=polling", 400, error(2, "Bad handshake method")],
      ["a handshake by DELETE, whatever the version", "DELETE", "EIO=3&transport=polling", 400, error(2, "Bad handshake method")],
      ["websocket without an upgrade", "GET", "EIO=4&transport=websocket", 400, error(3, "Bad request")],
      ["websocket without an upgrade, before the version", "GET", "EIO=3&transport=websocket", 400, error(3, "Bad request")],
      ["no version", "GET", "transport=polling", 400, error(5, "Unsupported protocol version")],
      ["version 3", "GET", "EIO=3&transport=polling", 400, error(5, "Unsupported protocol version")],
      ["a version that is no number", "GET", "EIO=abc&transport=polling", 400, error(5, "Unsupported protocol version")],
      ["a version with a blank behind it", "GET", "EIO=4+&transport=polling", 400, error(5, "Unsupported protocol version")],
    ];
    for (const [what, method, query, status, body] of cases) {
      test(what, async () => {
        const answer = await request(server, method, query);
        assert.equal(answer.status, status);
        assert.match(answer.headers.get("content-type"), /^application\/json/);
        assert.deepEqual(JSON.parse(answer.text), body);
        assert.equal(answer.headers.get("access-control-allow-origin"), "*");
      });
    }

    test("of two values of a parameter the last counts, percent-decoded", async () => {
      assert.equal((await request(server, "GET", "transport=x&EIO=3&tr%61nsport=p%6flling&EIO=4")).status, 200);
    });

    test("another transport or version than the session's", async () => {
      const session = await Polling.open(server);
      for (const query of ["EIO=4&transport=websocket", "EIO=3&transport=polling", "transport=polling"]) {
        const answer = await request(server, "GET", `${query}&sid=${session.sid}`);
        assert.equal(answer.status, 400);
        assert.deepEqual(JSON.parse(answer.text), error(3, "Bad request"));
      }
      assert.equal((await session.post("4still here")).text, "ok");
      assert.equal((await session.poll()).text, "4still here");
    });

    test("polling for a session on WebSocket", async () => {
      const wire = await openWire(server);
      for (const method of ["GET", "POST"]) {
        const answer = await request(server, method, `EIO=4&transport=polling&sid=${wire.handshake.sid}`);
        assert.deepEqual(JSON.parse(answer.text), error(3, "Bad request"));
      }
      wire.send("4still here");
      assert.equal(await wire.next(), "4still here");
      wire.close();
    });

    test("an origin with a control character opens nothing", async () => {
      const { text } = await exchange(
        server,
        "GET /engine.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: a\r\nOrigin: a\x7fb\r\nConnection: close\r\n\r\n",
      );
      assert.match(text, /^HTTP\/1.1 400 /);
    });
  });

  describe("errors of WebSocket handshakes are a bare 400 that ends the connection", () => {
    test("no transport", () => expectUpgradeError(server, "EIO=4", "Transport unknown"));
    test("an unknown transport", () => expectUpgradeError(server, "EIO=4&transport=abc", "Transport unknown"));
    test("an unknown sid", () => expectUpgradeError(server, "EIO=4&transport=websocket&sid=x", "Session ID unknown"));
    test("no version", () => expectUpgradeError(server, "transport=websocket", "Unsupported protocol version"));
    test("version 3", () => expectUpgradeError(server, "EIO=3&transport=websocket", "Unsupported protocol version"));
    test("another version than the session's", async () => {
      const session = await Polling.open(server);
      await expectUpgradeError(server, `EIO=3&transport=websocket&sid=${session.sid}`, "Bad request");
      assert.equal((await session.post("4a")).text, "ok");
    });
    test("a WebSocket that claims to be polling is accepted, then closed", async () => {
      const wire = await Wire.open(`${server.webSocketUrl}/engine.io/?EIO=4&transport=polling`);
      assert.equal(await wire.expectClosed(), 1005);
    });
  });

  describe("polling", () => {
    test("echoes one text packet", async () => {
      const session = await Polling.open(server);
      const posted = await session.post("4hello");
      assert.equal(posted.status, 200);
      assert.equal(posted.text, "ok");
      assert.match(posted.headers.get("content-type"), /^text\/html/);
      assert.equal(posted.headers.get("cache-control"), "no-store");
      const polled = await session.poll();
      assert.equal(polled.status, 200);
      assert.equal(polled.text, "4hello");
      assert.equal(polled.headers.get("content-type"), "text/plain; charset=UTF-8");
      assert.equal(polled.headers.get("cache-control"), "no-store");
    });

    test("echoes several packets, text and binary, in one answer", async () => {
      const session = await Polling.open(server);
      const payload = ["4test1", "4test2", "bAQIDBA==", "4", "4\u20ac \u{1f600}", "b"].join(SEPARATOR);
      await session.post(payload);
      assert.equal((await session.poll()).text, payload);
    });

    test("answers a waiting poll at once, with all that one post caused", async () => {
      const session = await Polling.open(server);
      const waiting = session.poll();
      await sleep(50);
      await session.post(["4a", "4b", "4c"].join(SEPARATOR));
      assert.equal((await waiting).text, ["4a", "4b", "4c"].join(SEPARATOR));
    });

    for (const [what, body] of [["an unknown type", "abc"], ["an empty body", ""], ["one bad packet of two", `4a${SEPARATOR}x`]]) {
      test(`closes the session upon ${what}`, async () => {
        const session = await Polling.open(server);
        const waiting = session.poll();
        await sleep(50);
        assert.equal((await session.post(body)).status, 400);
        assert.equal((await waiting).text, "1");
        await session.expectGone();
      });
    }

    test("closes the session upon a second poll", async () => {
      const session = await Polling.open(server);
      const first = session.poll();
      await sleep(50);
      const second = await session.poll();
      assert.equal(second.status, 400);
      assert.equal(second.text, "");
      assert.equal((await first).text, "1");
      await session.expectGone();
    });

    test("closes the session upon a cancelled poll", async () => {
      const session = await Polling.open(server);
      const controller = new AbortController();
      const cancelled = session.poll({ signal: controller.signal }).catch(() => "cancelled");
      await sleep(50);
      controller.abort();
      assert.equal(await cancelled, "cancelled");
      await eventually("the end of the session", async () => (await session.post("4a")).status === 400);
      await session.expectGone();
    });

    test("closes the session upon a POST of binary", async () => {
      const session = await Polling.open(server);
      const answer = await session.post("4a", { "content-type": "application/octet-stream" });
      assert.equal(answer.status, 400);
      assert.equal(answer.text, "");
      await session.expectGone();
    });

    test("closes the session upon a ping of the client", async () => {
      const session = await Polling.open(server);
      const waiting = session.poll();
      await sleep(50);
      assert.equal((await session.post("2")).text, "ok");
      assert.equal((await waiting).text, "1");
      await session.expectGone();
    });

    test("leaves the session alone upon other methods", async () => {
      const session = await Polling.open(server);
      for (const method of ["PUT", "DELETE", "PATCH"]) {
        const answer = await request(server, method, session.query, { body: "4a" });
        assert.equal(answer.status, 405);
        assert.equal(answer.headers.get("allow"), "GET, POST");
      }
      assert.equal((await session.post("4a")).text, "ok");
      assert.equal((await session.poll()).text, "4a");
    });

    test("answers the preflight of a session's request", async () => {
      const session = await Polling.open(server);
      const answer = await request(server, "OPTIONS", session.query, {
        headers: { Origin: "https://example.org", "Access-Control-Request-Method": "POST" },
      });
      assert.equal(answer.status, 204);
      assert.equal(answer.headers.get("access-control-allow-origin"), "*");
      assert.match(answer.headers.get("access-control-allow-methods"), /POST/);
      assert.equal((await session.post("4a")).text, "ok");
    });

    test("takes a body of maxPayload bytes", async () => {
      const session = await Polling.open(server);
      const message = `4${"x".repeat(MAX_PAYLOAD - 1)}`;
      assert.equal((await session.post(message)).text, "ok");
      assert.equal((await session.poll()).text, message);
    });

    test("answers 413 to a larger body, and the session lives", async () => {
      const session = await Polling.open(server);
      assert.equal((await session.post(`4${"x".repeat(MAX_PAYLOAD)}`)).status, 413);
      assert.equal((await session.post("4still here")).text, "ok");
      assert.equal((await session.poll()).text, "4still here");
    });

    test("compresses large answers for clients that accept it", async () => {
      const session = await Polling.open(server);
      for (const coding of ["gzip", "deflate"]) {
        await session.post(`4${"x".repeat(5000)}`);
        const answer = await session.poll({ headers: { "accept-encoding": coding } });
        assert.equal(answer.headers.get("content-encoding"), coding);
        assert.equal(answer.text, `4${"x".repeat(5000)}`);
      }
      await session.post("4short");
      assert.equal((await session.poll({ headers: { "accept-encoding": "gzip" } })).headers.get("content-encoding"), null);
    });
  });

  describe("WebSocket", () => {
    test("echoes text and binary", async () => {
      const wire = await openWire(server);
      for (const message of ["4hello", "4", "4\u20ac \u{1f600}", Buffer.from([1, 2, 3, 4]), Buffer.alloc(0)]) {
        wire.send(message);
        assert.deepEqual(await wire.next(), message);
      }
      wire.close();
    });

    test("echoes binary as base64 text to clients that ask for it", async () => {
      const wire = await openWire(server, "&b64=1");
      wire.send("bAQIDBA==");
      assert.equal(await wire.next(), "bAQIDBA==");
      wire.close();
    });

    test("ignores packets without meaning", async () => {
      const wire = await openWire(server);
      for (const packet of ["0", "3", "5", "6"]) wire.send(packet);
      wire.send("4still here");
      assert.equal(await wire.next(), "4still here");
      wire.close();
    });

    for (const packet of ["abc", "", "2", "2probe", "1", "b!"]) {
      test(`is closed upon ${JSON.stringify(packet)}`, async () => {
        const wire = await openWire(server);
        wire.send(packet);
        assert.equal(await wire.expectClosed(), 1005);
      });
    }

    test("takes a message of maxPayload bytes and closes upon a larger one", async () => {
      const wire = await openWire(server);
      const message = `4${"x".repeat(MAX_PAYLOAD - 1)}`;
      wire.send(message);
      assert.equal(await wire.next(), message);
      wire.send(`${message}x`);
      assert.equal(await wire.expectClosed(), 1009);
    });

    test("is closed by the server with no status after what it had to say", async () => {
      const wire = await openWire(server);
      wire.send("4last");
      wire.send("4close");
      wire.send("4late");
      assert.equal(await wire.next(), "4last");
      assert.equal(await wire.expectClosed(), 1005);
      assert.deepEqual(wire.received, []);
    });

    test("a second one of the same sid is accepted, then closed", async () => {
      const wire = await openWire(server);
      const second = await Wire.open(`${server.webSocketUrl}/engine.io/?EIO=4&transport=websocket&sid=${wire.handshake.sid}`);
      assert.equal(await second.expectClosed(), 1005);
      wire.send("4still here");
      assert.equal(await wire.next(), "4still here");
      wire.close();
    });
  });

  describe("close over polling", () => {
    test("by the client: the POST gets ok, a waiting poll a noop", async () => {
      const session = await Polling.open(server);
      const waiting = session.poll();
      await sleep(50);
      assert.equal((await session.post("1")).text, "ok");
      assert.equal((await waiting).text, "6");
      await session.expectGone();
    });

    test("by the server, with a poll open", async () => {
      const session = await Polling.open(server);
      const waiting = session.poll();
      await sleep(50);
      assert.equal((await session.post("4close")).text, "ok");
      assert.equal((await waiting).text, "1");
      await session.expectGone();
    });

    test("by the server, told to the next poll behind what was queued", async () => {
      const session = await Polling.open(server);
      await session.post(["4last", "4close", "4late"].join(SEPARATOR));
      assert.equal((await session.post("4later")).text, "ok");
      assert.equal((await session.poll()).text, ["4last", "1"].join(SEPARATOR));
      await session.expectGone();
    });
  });

  describe("upgrade", () => {
    test("from polling to WebSocket", async () => {
      const session = await Polling.open(server);
      const wire = await session.probe();
      assert.equal((await session.poll()).text, "6");
      wire.send("5");
      wire.send("4hello");
      assert.equal(await wire.next(), "4hello");
      const polled = await session.poll();
      assert.equal(polled.status, 400);
      assert.deepEqual(JSON.parse(polled.text), error(3, "Bad request"));
      const second = await Wire.open(session.webSocketUrl);
      assert.equal(await second.expectClosed(), 1005);
      wire.send(Buffer.from([1, 2, 3]));
      assert.deepEqual(await wire.next(), Buffer.from([1, 2, 3]));
      wire.close();
    });

    test("sends over the WebSocket what no poll has fetched, in order", async () => {
      const session = await Polling.open(server);
      const wire = await session.probe();
      await session.post(["4a", "bAQIDBA==", "4b"].join(SEPARATOR));
      wire.send("5");
      wire.send("4c");
      assert.equal(await wire.next(), "4a");
      assert.deepEqual(await wire.next(), Buffer.from([1, 2, 3, 4]));
      assert.equal(await wire.next(), "4b");
      assert.equal(await wire.next(), "4c");
      wire.close();
    });

    for (const packet of ["4hello", "2", "1", "abc", "3", "6"]) {
      test(`is given up upon ${packet}, and polling goes on`, async () => {
        const session = await Polling.open(server);
        const wire = await session.probe();
        wire.send(packet);
        assert.equal(await wire.expectClosed(), 1005);
        await session.post("4still here");
        assert.equal((await session.poll()).text, "4still here");
      });
    }

    test("is given up after the timeout, and may be tried again", async () => {
      const session = await Polling.open(server);
      const wire = await Wire.open(session.webSocketUrl);
      const opened = performance.now();
      assert.equal(await wire.expectClosed(), 1005);
      assert.ok(performance.now() - opened >= 950);
      const again = await session.probe();
      again.send("5");
      again.send("4hello");
      assert.equal(await again.next(), "4hello");
      again.close();
    });

    test("goes on with polling when the probe is lost", async () => {
      const session = await Polling.open(server);
      const wire = await session.probe();
      wire.terminate();
      await session.post("4still here");
      assert.equal((await session.poll()).text, "4still here");
    });

    test("a second probe is closed, the first one goes on", async () => {
      const session = await Polling.open(server);
      const first = await session.probe();
      const second = await Wire.open(session.webSocketUrl);
      assert.equal(await second.expectClosed(), 1005);
      first.send("5");
      first.send("4hello");
      assert.equal(await first.next(), "4hello");
      first.close();
    });

    test("a session that the server closes meanwhile ends over the WebSocket", async () => {
      const session = await Polling.open(server);
      const wire = await session.probe();
      await session.post(["4last", "4close"].join(SEPARATOR));
      wire.send("5");
      assert.equal(await wire.next(), "4last");
      assert.equal(await wire.expectClosed(), 1005);
      await session.expectGone();
    });
  });

  describe("the official client", () => {
    function connect(options) {
      const socket = new Socket(server.url, { path: "/engine.io/", ...options });
      socket.binaryType = "nodebuffer";
      socket.all = [];
      socket.on("message", (data) => socket.all.push(data));
      return within(8000, "open", new Promise((resolve, reject) => {
        socket.once("open", () => resolve(socket));
        socket.once("error", reject);
      }));
    }
    async function expectEcho(socket, messages) {
      for (const message of messages) socket.send(message);
      await eventually("all echoes", () => socket.all.length >= messages.length, 10_000);
      assert.deepEqual(socket.all.map(brief), messages.map(brief));
    }
    // A failure must not print hundreds of kilobytes.
    function brief(message) {
      return message.length > 100 ? `${message.length}: ${createHash("sha256").update(message).digest("hex")}` : message;
    }
    function expectClosed(socket) {
      return within(8000, "close", new Promise((resolve) => socket.once("close", resolve)));
    }
    const mixed = ["text", Buffer.from([0, 255, 30, 10]), "\u2028 \u{1f600}", Buffer.alloc(70_000, 7), "x".repeat(200_000)];

    for (const [what, options] of [
      ["polling", { transports: ["polling"] }],
      ["WebSocket", { transports: ["websocket"] }],
      ["WebSocket in base64", { transports: ["websocket"], forceBase64: true }],
      ["an upgrade", {}],
    ]) {
      test(`gets back what it sent over ${what}`, async () => {
        const socket = await connect(options);
        await expectEcho(socket, mixed);
        socket.close();
      });
      test(`is closed by the server over ${what}`, async () => {
        const socket = await connect(options);
        const closed = expectClosed(socket);
        socket.send("close");
        await closed;
      });
    }

    test("splits what is larger than maxPayload over several posts", async () => {
      const socket = await connect({ transports: ["polling"] });
      await expectEcho(socket, Array.from({ length: 30 }, (_, i) => `${i}${"y".repeat(90_000)}`));
      socket.close();
    });

    test("gets 10,000 messages once and in order while it upgrades", async () => {
      // A busy machine may deliver all of them before the upgrade, which shows nothing.
      let before = 10_000;
      for (let attempt = 0; attempt < 10 && before >= 10_000; ++attempt) {
        const socket = await connect({});
        const upgraded = new Promise((resolve) => socket.once("upgrade", () => resolve(socket.all.length)));
        socket.send("burst");
        before = await within(8000, "upgrade", upgraded);
        await eventually("10,000 messages", () => socket.all.length >= 10_000, 20_000);
        assert.deepEqual(socket.all, Array.from({ length: 10_000 }, (_, i) => String(i)));
        socket.close();
      }
      assert.ok(before < 10_000, "the upgrade came after the last message each time");
    });

    test("is heard once and in order while it upgrades", async () => {
      const socket = await connect({});
      const sent = [];
      const timer = setInterval(() => {
        for (let i = 0; i < 50; ++i) {
          sent.push(`m${sent.length}`);
          socket.send(sent.at(-1));
        }
      }, 2);
      await within(8000, "upgrade", new Promise((resolve) => socket.once("upgrade", resolve)));
      await sleep(100);
      clearInterval(timer);
      await eventually("all echoes", () => socket.all.length >= sent.length, 20_000);
      assert.deepEqual(socket.all, sent);
      socket.close();
    });
  });
});

describe("options", () => {
  test("the cookie is set by the handshake over polling alone", async () => {
    const server = await startEcho("--cookie");
    const session = await Polling.open(server);
    assert.equal(session.headers.get("set-cookie"), `io=${session.sid}; Path=/; HttpOnly; SameSite=Lax`);
    assert.equal((await session.post("4a")).headers.get("set-cookie"), null);
    const { text } = await rawUpgrade(server, "EIO=4&transport=websocket");
    assert.match(text, /^HTTP\/1.1 101 /);
    assert.doesNotMatch(text, /set-cookie/i);
    await server.stop();
  });

  test("without upgrades none is offered, and one that comes is refused", async () => {
    const server = await startEcho("--no-upgrades");
    const session = await Polling.open(server);
    assert.deepEqual(session.handshake.upgrades, []);
    await expectUpgradeError(server, `EIO=4&transport=websocket&sid=${session.sid}`, "Bad request");
    assert.equal((await session.post("4a")).text, "ok");
    await server.stop();
  });

  test("a server that shuts down says so on both transports", async () => {
    const server = await startEcho("--ping-interval", "25000", "--ping-timeout", "20000");
    const wire = await openWire(server);
    const session = await Polling.open(server);
    const waiting = session.poll();
    await sleep(50);
    const [code, polled] = await Promise.all([wire.expectClosed(), waiting, server.stop()]);
    assert.equal(code, 1012);
    assert.equal(polled.text, "1");
  });
});
