// Bad input over raw sockets: each row of the table gets its answer, and the next client is served as before.

import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";

import { Bystander } from "../support/bystander.mjs";
import { exchange, Poller, Wire } from "../support/clients.mjs";
import { startKitchen } from "../support/kitchen.mjs";
import { lastAnswer, oneOf } from "../support/raw_http.mjs";
import * as table from "./bad_input_table.mjs";

let server;
let bystander;
before(async () => {
  server = await startKitchen({
    "engine.max_payload_bytes": 100_000,
    "limits.header_timeout": "500ms",
    "limits.body_timeout": "500ms",
  });
  bystander = await Bystander.start(server);
});
after(async () => {
  bystander?.close();
  await server?.stop();
});

// Whatever was sent: who was there before goes on, and who comes next is served, over both transports.
afterEach(() => bystander.check());

describe("HTTP", () => {
  for (const { what, send, pad = 0, status, closes, slow } of table.httpRequests) {
    test(what, async () => {
      const bytes = Buffer.concat([Buffer.from(send, "latin1"), Buffer.alloc(pad)]);
      const got = await exchange(server, bytes, { timeout: slow || closes ? 5000 : 400 });
      const answer = lastAnswer(got.text);
      assert.ok(oneOf(status).includes(answer.status), `${answer.status} instead of ${status}: ${answer.text}`);
      if (closes) assert.ok(got.closed, "the connection is closed");
    });
  }

  test("a head that comes byte by byte is none of them", async () => {
    const request = "GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    const got = await exchange(server, null, { pieces: request.match(/.{1,4}/gs) });
    assert.match(got.text, /^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\n0\{"sid":"/);
    assert.ok(got.closed);
  });

  test("requests one behind the other are answered in order", async () => {
    const request = (target, more = "") => `GET ${target} HTTP/1.1\r\nHost: x\r\n${more}\r\n`;
    const got = await exchange(server, request("/socket.io/?EIO=4&transport=polling") + request("/socket.io/?EIO=4&transport=abc")
      + request("/no/such/path", "Connection: close\r\n"));
    assert.deepEqual([...got.text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status), ["200", "400", "404"]);
    assert.ok(got.closed);
  });
});

describe("Engine.IO requests", () => {
  for (const { what, send, status, body, ends } of table.engineRequests) {
    test(what, async () => {
      const poller = await Poller.session(server);
      const got = await exchange(server, send.replace("{sid}", poller.sid), { until: /\r\n\r\n/, timeout: 2000 });
      const answer = lastAnswer(got.text);
      assert.ok(oneOf(status).includes(answer.status), `${answer.status} instead of ${status}: ${answer.text}`);
      if (body) {
        assert.deepEqual(JSON.parse(/\{.*\}/.exec(answer.body)[0]), body);
        assert.match(answer.text, /\r\ncontent-type: application\/json/i);
      }
      const next = await poller.request("POST", poller.query, "40/kitchen,");
      assert.equal(next.status, ends ? 400 : 200, ends ? "the session is over" : "the session lives on");
      await next.text();
    });
  }

  test("a second poll while one waits: 400, the first is answered `1`, the session is over", async () => {
    const poller = await Poller.session(server);
    const first = poller.request("GET", poller.query);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const second = await poller.request("GET", poller.query);
    assert.equal(second.status, 400);
    assert.equal(await (await first).text(), "1");
    assert.equal((await poller.request("GET", poller.query)).status, 400);
  });

  test("a poll that is given up ends the session", async () => {
    const poller = await Poller.session(server);
    const abort = new AbortController();
    const poll = fetch(poller.base + poller.query, { signal: abort.signal }).catch(() => "given up");
    await new Promise((resolve) => setTimeout(resolve, 100));
    abort.abort();
    assert.equal(await poll, "given up");
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.equal((await poller.request("GET", poller.query)).status, 400);
  });

  test("a body longer than allowed: 413, the session lives on", async () => {
    const poller = await Poller.socket(server, "/kitchen");
    assert.equal((await poller.request("POST", poller.query, "4".repeat(100_001))).status, 413);
    await poller.post('42/kitchen,1["ack",1]');
    assert.equal(await poller.poll(), "43/kitchen,1[1]");
  });
});

describe("polling bodies", () => {
  for (const [what, body] of table.pollingBodies) {
    test(what, async () => {
      const poller = await Poller.socket(server, "/kitchen");
      const response = await poller.request("POST", poller.query, body);
      await response.text();
      assert.equal(response.status, 400);
      assert.equal((await poller.request("GET", poller.query)).status, 400, "the session is over");
    });
  }
});

describe("Engine.IO packets", () => {
  for (const [what, packet] of table.enginePackets) {
    test(`${what}: ${JSON.stringify(packet.toString("latin1"))}`, async () => {
      const wire = await Wire.socket(server, "/kitchen");
      wire.send(packet);
      await wire.expectClosed();
    });
  }

  test("a packet that only servers send is ignored or ends the session, as the reference server has it", async () => {
    for (const packet of ["0{}", "1", "5", "6"]) {
      const wire = await Wire.socket(server, "/kitchen");
      wire.send(packet);
      wire.send('42/kitchen,1["ack",1]');
      const answer = await wire.next().catch(() => "closed");
      assert.ok(["43/kitchen,1[1]", "closed"].includes(answer), answer);
      wire.terminate();
    }
  });

  test("anything but a probe on a probing WebSocket closes it, and polling goes on", async () => {
    for (const packets of [["2"], ["4hello"], ["2probe", "4hello"], ["2probe", "2probe", "9"], ["abc"]]) {
      const poller = await Poller.socket(server, "/kitchen");
      const wire = await Wire.open(`${server.webSocketUrl}/socket.io/?EIO=4&transport=websocket&sid=${poller.sid}`);
      for (const packet of packets) wire.send(packet);
      await wire.expectClosed();
      await poller.post('42/kitchen,1["ack",1]');
      let body;
      do body = await poller.poll(); while (body === "6");
      assert.equal(body, "43/kitchen,1[1]");
    }
  });
});

describe("Socket.IO packets", () => {
  for (const [what, packet] of table.socketPackets) {
    test(`${what}: ${JSON.stringify(packet).slice(0, 70)}`, async () => {
      const wire = await Wire.socket(server, "/kitchen");
      const [first, ...rest] = [packet].flat();
      wire.send(`4${first}`);
      for (const part of rest) wire.send(part);
      await wire.expectClosed();
    });
  }

  test("an event before the answer to CONNECT, and one after good-bye, close the connection", async () => {
    const early = await Wire.session(server);
    early.send('42/kitchen,["ack"]');
    await early.expectClosed();
    const late = await Wire.socket(server, "/kitchen");
    late.send("41/kitchen,");
    late.send('42/kitchen,["ack"]');
    await late.expectClosed();
  });

  test("acknowledgements that nobody asked for are ignored", async () => {
    const wire = await Wire.socket(server, "/kitchen");
    for (const id of ["", "0", "7", "9007199254740991"]) wire.send(`43/kitchen,${id}[1]`);
    wire.send('42/kitchen,1["ack",1]');
    assert.equal(await wire.next(), "43/kitchen,1[1]");
    wire.close();
  });
});

describe("JSON", () => {
  for (const [what, value] of table.json) {
    test(`${what}: ${JSON.stringify(value).slice(0, 40)}`, async () => {
      const wire = await Wire.socket(server, "/kitchen");
      wire.send(`42/kitchen,["echo",${value}]`);
      await wire.expectClosed();
    });
  }
});
