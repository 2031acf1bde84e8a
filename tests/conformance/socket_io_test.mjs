// Conformance to Engine.IO 4 and Socket.IO 5 as a bare client sees it: the ground of the protocols' own suites and the
// details beyond it that clients have come to rely on. The server runs with their settings: ping 300/200 ms.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { after, before, describe, test } from "node:test";

import WebSocket from "ws";

import { Poller, Wire } from "../support/clients.mjs";
import { conformanceConfig } from "../support/kitchen.mjs";
import { sleep, slowness, startServer, within } from "../support/server.mjs";

const pingInterval = 300;
const pingTimeout = 200;
let server;
before(async () => {
  server = await startServer({ config: conformanceConfig });
});
after(() => server?.stop());

const get = (query, options) => fetch(`${server.url}/socket.io/${query}`, options);
const webSocketUrl = (query) => `${server.webSocketUrl}/socket.io/${query}`;

async function assertError(response, code, message) {
  assert.equal(response.status, code === 4 ? 403 : 400);
  assert.match(response.headers.get("content-type"), /^application\/json/);
  assert.deepEqual(await response.json(), { code, message });
}

/** The handshake answer of a WebSocket that is refused. */
function refused(query) {
  return within(3000, "refusal", new Promise((resolve, reject) => {
    const socket = new WebSocket(webSocketUrl(query));
    socket.on("open", () => reject(new Error("opened")));
    socket.on("error", () => {});
    socket.on("unexpected-response", (request, response) => {
      let body = "";
      response.on("data", (data) => (body += data));
      response.on("end", () => resolve({ status: response.statusCode, body, headers: response.headers }));
      request.on("error", () => {});
    });
  }));
}

/** Connected to the main namespace, past the `auth` event. */
async function connected(options) {
  const wire = await Wire.socket(server, "/", options);
  assert.equal(await wire.next(), '42["auth",{}]');
  return wire;
}

describe("handshake", () => {
  test("polling: exactly these keys, and the headers of a poll", async () => {
    const response = await get("?EIO=4&transport=polling");
    assert.equal(response.status, 200);
    assert.equal(response.headers.get("content-type"), "text/plain; charset=UTF-8");
    assert.equal(response.headers.get("cache-control"), "no-store");
    assert.equal(response.headers.get("set-cookie"), null, "no cookie unless configured");
    const text = await response.text();
    assert.equal(text[0], "0");
    const open = JSON.parse(text.slice(1));
    assert.deepEqual(open, { sid: open.sid, upgrades: ["websocket"], pingInterval, pingTimeout, maxPayload: 1_000_000 });
    assert.match(open.sid, /^[\w-]{20}$/);
  });

  test("WebSocket: the same, with nothing to upgrade to", async () => {
    const wire = await Wire.session(server);
    assert.deepEqual(wire.handshake, { sid: wire.handshake.sid, upgrades: [], pingInterval, pingTimeout, maxPayload: 1_000_000 });
    wire.close();
  });

  test("polling: every error by its code", async () => {
    await assertError(await get("?EIO=4"), 0, "Transport unknown");
    await assertError(await get("?EIO=4&transport=abc"), 0, "Transport unknown");
    await assertError(await get("?EIO=4&transport=polling&sid=abc"), 1, "Session ID unknown");
    await assertError(await get("?EIO=4&transport=polling", { method: "POST" }), 2, "Bad handshake method");
    await assertError(await get("?EIO=4&transport=polling", { method: "PUT" }), 2, "Bad handshake method");
    await assertError(await get("?EIO=4&transport=websocket"), 3, "Bad request");
    await assertError(await get("?transport=polling"), 5, "Unsupported protocol version");
    await assertError(await get("?EIO=3&transport=polling"), 5, "Unsupported protocol version");
    await assertError(await get("?EIO=abc&transport=polling"), 5, "Unsupported protocol version");
  });

  test("errors are looked for in order: transport, session or method, version", async () => {
    await assertError(await get("?transport=abc&sid=abc", { method: "POST" }), 0, "Transport unknown");
    await assertError(await get("?transport=polling&sid=abc", { method: "POST" }), 1, "Session ID unknown");
    await assertError(await get("?transport=polling", { method: "POST" }), 2, "Bad handshake method");
  });

  test("WebSocket: errors before the upgrade are answered with the bare text", async () => {
    const unknown = await refused("?EIO=4&transport=abc");
    assert.deepEqual([unknown.status, unknown.body], [400, "Transport unknown"]);
    assert.match(unknown.headers["content-type"], /^text\/html/);
    const session = await refused("?EIO=4&transport=websocket&sid=abc");
    assert.deepEqual([session.status, session.body], [400, "Session ID unknown"]);
  });

  test("WebSocket: a version that is not served ends in an error or a close", async () => {
    for (const query of ["?transport=websocket", "?EIO=abc&transport=websocket", "?EIO=3&transport=websocket"]) {
      const socket = new WebSocket(webSocketUrl(query));
      const messages = [];
      socket.on("message", (data) => messages.push(data.toString()));
      socket.on("error", () => {});
      await within(3000, "the end of it", new Promise((resolve) => socket.once("close", resolve)));
      assert.deepEqual(messages, []);
    }
  });

  test("the path is a prefix, with any query after it", async () => {
    for (const path of ["/socket.io/?EIO=4&transport=polling", "/socket.io/anything?t=x&EIO=4&transport=polling", "/socket.io/?transport=polling&t=P1x&EIO=4&b64=1"]) {
      const response = await fetch(server.url + path);
      assert.equal(response.status, 200, path);
      await response.text();
    }
  });

  test("cross-origin: the preflight and every answer carry the headers", async () => {
    const preflight = await get("?EIO=4&transport=polling", { method: "OPTIONS", headers: { Origin: "http://elsewhere.example", "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-a, x-b" } });
    assert.equal(preflight.status, 204);
    assert.equal(preflight.headers.get("access-control-allow-origin"), "*");
    assert.equal(preflight.headers.get("access-control-allow-methods"), "GET,HEAD,PUT,PATCH,POST,DELETE");
    assert.equal(preflight.headers.get("access-control-allow-headers"), "x-a, x-b");
    for (const query of ["?EIO=4&transport=polling", "?EIO=4&transport=abc"]) {
      const response = await get(query, { headers: { Origin: "http://elsewhere.example" } });
      assert.equal(response.headers.get("access-control-allow-origin"), "*", query);
      await response.text();
    }
  });
});

describe("heartbeat", () => {
  test("polling: the server pings, and is answered", async () => {
    const poller = await Poller.session(server);
    for (let i = 0; i < 3; i++) {
      assert.equal(await poller.poll(), "2");
      await poller.post("3");
    }
  });

  test("WebSocket: the server pings after the interval, and is answered", async () => {
    const wire = await Wire.session(server, { answerPings: false });
    for (let i = 0; i < 3; i++) {
      const begin = Date.now();
      assert.equal(await wire.next(), "2");
      assert.ok(Date.now() - begin < (pingInterval + 200) * slowness);
      wire.send("3");
    }
    wire.close();
  });

  test("polling: without a pong the session is over", async () => {
    const poller = await Poller.session(server);
    await sleep(pingInterval + pingTimeout + 150 * slowness);
    const response = await poller.request("GET", poller.query);
    assert.equal(response.status, 400);
  });

  test("WebSocket: without a pong the connection is closed, not before its time", async () => {
    const wire = await Wire.session(server, { answerPings: false });
    const begin = Date.now();
    assert.equal(await wire.next(), "2");
    assert.equal(await wire.expectClosed(), 1005);
    assert.ok(Date.now() - begin >= pingInterval + pingTimeout - 50);
  });

  test("a ping from the client closes the session", async () => {
    const wire = await Wire.session(server);
    wire.send("2");
    await wire.expectClosed();
  });
});

describe("close", () => {
  test("polling: the waiting poll is answered with a noop, and the session is over", async () => {
    const poller = await Poller.session(server);
    const [poll] = await Promise.all([poller.poll(), sleep(20).then(() => poller.post("1"))]);
    assert.equal(poll, "6");
    assert.equal((await poller.request("GET", poller.query)).status, 400);
  });

  test("WebSocket: a close frame, or the packet, ends the session", async () => {
    const wire = await Wire.session(server);
    wire.close();
    await wire.expectClosed();
    const second = await Wire.session(server);
    second.send("1");
    await second.expectClosed();
  });
});

describe("upgrade", () => {
  test("probe, noop for the waiting poll, upgrade; then polling is over", async () => {
    const poller = await Poller.session(server);
    const wire = await Wire.open(webSocketUrl(`?EIO=4&transport=websocket&sid=${poller.sid}`));
    wire.send("2probe");
    assert.equal(await wire.next(), "3probe");
    assert.equal(await poller.poll(), "6");
    wire.send("5");
    wire.send("40");
    assert.match(await wire.next(), /^40\{"sid":"[\w-]{20}"\}$/);
    await assertError(await get(poller.query), 3, "Bad request");
    wire.close();
  });

  test("a second WebSocket with the session's id is opened and closed, and the first goes on", async () => {
    const poller = await Poller.session(server);
    const wire = await Wire.open(webSocketUrl(`?EIO=4&transport=websocket&sid=${poller.sid}`));
    wire.send("2probe");
    assert.equal(await wire.next(), "3probe");
    wire.send("5");
    const second = await Wire.open(webSocketUrl(`?EIO=4&transport=websocket&sid=${poller.sid}`));
    await second.expectClosed();
    wire.send("40");
    assert.match(await wire.next(), /^40\{/);
    wire.close();
  });

  test("what was sent by polling before is there after the upgrade", async () => {
    const poller = await Poller.session(server);
    await poller.post("40");
    const wire = await Wire.open(webSocketUrl(`?EIO=4&transport=websocket&sid=${poller.sid}`));
    wire.send("2probe");
    assert.equal(await wire.next(), "3probe");
    wire.send("5");
    assert.match(await wire.next(), /^40\{"sid":"[\w-]{20}"\}$/);
    assert.equal(await wire.next(), '42["auth",{}]');
    wire.close();
  });
});

describe("polling", () => {
  test("several packets in a body, text and binary, come back in order", async () => {
    const poller = await Poller.socket(server);
    const binary = 'b' + Buffer.from([1, 2, 3, 4]).toString("base64");
    await poller.post(`42["message","a"]\x1e451-["message",{"_placeholder":true,"num":0}]\x1e${binary}\x1e42["message","ü€🎉"]`);
    const packets = [...poller.first];
    while (packets.length < 5) packets.push(...(await poller.poll()).split("\x1e").filter((packet) => packet !== "2"));
    assert.deepEqual(packets, ['42["auth",{}]', '42["message-back","a"]', '451-["message-back",{"_placeholder":true,"num":0}]', binary, '42["message-back","ü€🎉"]']);
  });

  test("POST is answered `ok` as text/html, and a poll waits until there is something", async () => {
    const poller = await Poller.session(server);
    const begin = Date.now();
    const poll = poller.poll();
    await sleep(50);
    const response = await poller.request("POST", poller.query, "40");
    assert.equal(response.headers.get("content-type"), "text/html");
    assert.equal(response.headers.get("cache-control"), "no-store");
    assert.equal(await response.text(), "ok");
    assert.match(await poll, /^40\{"sid":/);
    assert.ok(Date.now() - begin < pingInterval * slowness, "answered at once, not at the next ping");
  });
});

describe("connect", () => {
  test("to the main namespace, with and without auth", async () => {
    const wire = await Wire.session(server);
    wire.send("40");
    assert.match(await wire.next(), /^40\{"sid":"[\w-]{20}"\}$/, "nothing but the id");
    assert.equal(await wire.next(), '42["auth",{}]');
    wire.close();
    const second = await Wire.session(server);
    second.send('40{"token":"123"}');
    assert.match(await second.next(), /^40\{"sid":"[\w-]{20}"\}$/);
    assert.equal(await second.next(), '42["auth",{"token":"123"}]');
    second.close();
  });

  test("to another namespace, with and without auth", async () => {
    const wire = await Wire.session(server);
    wire.send("40/custom,");
    const answer = await wire.next();
    assert.match(answer, /^40\/custom,\{"sid":"[\w-]{20}"\}$/);
    assert.notEqual(JSON.parse(answer.slice(10)).sid, wire.handshake.sid, "the session's id is secret");
    assert.equal(await wire.next(), '42/custom,["auth",{}]');
    wire.send('40{"token":"abc"}');
    assert.match(await wire.next(), /^40\{"sid":/);
    assert.equal(await wire.next(), '42["auth",{"token":"abc"}]');
    wire.close();
  });

  test("an unknown namespace is refused", async () => {
    const wire = await Wire.session(server);
    wire.send("40/random");
    assert.equal(await wire.next(), '44/random,{"message":"Invalid namespace"}');
    wire.close();
  });

  test("a bad handshake, or none in time, closes the connection", async () => {
    const bad = await Wire.session(server);
    bad.send("4abc");
    await bad.expectClosed();
    const idle = await Wire.session(server);
    const begin = Date.now();
    await idle.expectClosed();
    assert.ok(Date.now() - begin > 800, "the connect timeout is a second");
  });

  test("joining twice closes the connection", async () => {
    const wire = await connected();
    wire.send("40");
    await wire.expectClosed();
  });
});

describe("disconnect", () => {
  test("leaving the only namespace leaves the connection open", async () => {
    const wire = await connected({ answerPings: false });
    wire.send("41");
    assert.equal(await wire.next(), "2");
    wire.close();
  });

  test("leaving one namespace keeps the other", async () => {
    const wire = await connected();
    wire.send("40/custom");
    assert.match(await wire.next(), /^40\/custom,\{"sid":/);
    assert.equal(await wire.next(), '42/custom,["auth",{}]');
    wire.send("41/custom");
    wire.send('42["message","message to main namespace"]');
    assert.equal(await wire.next(), '42["message-back","message to main namespace"]');
    wire.close();
  });
});

describe("message", () => {
  test("text, with several arguments and without", async () => {
    const wire = await connected();
    wire.send('42["message",1,"2",{"3":[true]}]');
    assert.equal(await wire.next(), '42["message-back",1,"2",{"3":[true]}]');
    wire.send('42["message"]');
    assert.equal(await wire.next(), '42["message-back"]');
    wire.close();
  });

  test("binary", async () => {
    const wire = await connected();
    wire.send('452-["message",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]');
    wire.send(Buffer.from([1, 2, 3]));
    wire.send(Buffer.from([4, 5, 6]));
    assert.equal(await wire.next(), '452-["message-back",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]');
    assert.deepEqual(await wire.next(), Buffer.from([1, 2, 3]));
    assert.deepEqual(await wire.next(), Buffer.from([4, 5, 6]));
    wire.close();
  });

  test("acknowledgements of text and of binary", async () => {
    const wire = await connected();
    wire.send('42456["message-with-ack",1,"2",{"3":[false]}]');
    assert.equal(await wire.next(), '43456[1,"2",{"3":[false]}]');
    wire.send('452-789["message-with-ack",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]');
    wire.send(Buffer.from([1, 2, 3]));
    wire.send(Buffer.from([4, 5, 6]));
    assert.equal(await wire.next(), '462-789[{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]');
    assert.deepEqual(await wire.next(), Buffer.from([1, 2, 3]));
    assert.deepEqual(await wire.next(), Buffer.from([4, 5, 6]));
    wire.send('420["message-with-ack"]');
    assert.equal(await wire.next(), "430[]");
    wire.close();
  });

  test("an event that wants no acknowledgement gets none", async () => {
    const wire = await connected();
    wire.send('42["message-with-ack",1]');
    wire.send('42["message",2]');
    assert.equal(await wire.next(), '42["message-back",2]');
    wire.close();
  });

  test("what breaks the format closes the connection without a status", async () => {
    for (const packet of ["4abc", "42{}", '42abc["message-with-ack",1]', '42["connect"]', '450-["message"]', "43[1]x", "47"]) {
      const wire = await connected();
      wire.send(packet);
      assert.equal(await wire.expectClosed(), 1005, packet);
    }
  });
});

test("the official engine client speaks to the same path", async () => {
  const { Socket } = createRequire(import.meta.url)("engine.io-client");
  const socket = new Socket(server.url, { path: "/socket.io/" });
  await within(5000, "opening", new Promise((resolve) => socket.once("open", resolve)));
  await within(5000, "upgrading", new Promise((resolve) => socket.once("upgrade", resolve)));
  const answer = within(5000, "answer", new Promise((resolve) => socket.once("message", resolve)));
  socket.send("0");
  assert.match(await answer, /^0\{"sid":/);
  socket.close();
});
