// Too much of everything: each bound is reached with one more than it allows; the client is told as the protocol has it or closed,
// it is counted, and everybody else is served. A flood takes no more memory than the bounds say.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, afterEach, before, describe, test } from "node:test";

import { Bystander } from "../support/bystander.mjs";
import { ask, connect, exchange, Poller, Wire } from "../support/clients.mjs";
import { startKitchen } from "../support/kitchen.mjs";
import { get, handshake, lastAnswer, post } from "../support/raw_http.mjs";
import { eventually, within } from "../support/server.mjs";

const bounds = {
  "engine.max_payload_bytes": 20_000,
  "engine.max_send_queue_bytes": 50_000,
  "limits.max_header_bytes": 4096,
  "limits.max_pipelined_bytes": 8192,
  "socketio.max_rooms_per_socket": 5,
  "socketio.max_namespaces_per_client": 3,
  "socketio.max_room_name_bytes": 40,
  "socketio.max_namespace_name_bytes": 40,
  "socketio.max_event_name_bytes": 40,
  "socketio.max_attachments": 3,
  "socketio.max_json_depth": 8,
  "socketio.max_pending_acks": 4,
  "socketio.max_auth_bytes": 200,
  "socketio.max_socket_data_bytes": 200,
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

describe("HTTP: told by a status, then closed", () => {
  for (const [what, bytes, status, limit] of [
    ["a target", get(`${handshake}&a=${"a".repeat(4096)}`), 431, "header_bytes"],
    ["a field", get(handshake, `Cookie: ${"a".repeat(4096)}`), 431, "header_bytes"],
    ["fields", get(handshake, ...Array.from({ length: 400 }, (_, i) => `X-${i}: ${i}`)), 431, "header_bytes"],
    ["a body, by its length", post(`${handshake}&sid=x`, "").replace("Content-Length: 0", "Content-Length: 20001"), 413, "body_bytes"],
    ["a body, by 2^62", post(`${handshake}&sid=x`, "").replace("Content-Length: 0", "Content-Length: 4611686018427387904"), 413, "body_bytes"],
    ["a body in chunks", `${get(`${handshake}&sid=x`, "Transfer-Encoding: chunked").replace("GET", "POST")}${`1000\r\n${"a".repeat(4096)}\r\n`.repeat(5)}0\r\n\r\n`, 413, "body_bytes"],
    ["a chunk that announces more", `${get(`${handshake}&sid=x`, "Transfer-Encoding: chunked").replace("GET", "POST")}7fffffff\r\n`, 413, "body_bytes"],
  ]) {
    test(what, async () => {
      const name = `signaling_limits_reached_total{limit="${limit}"}`;
      const reached = await server.metric(name);
      const got = await exchange(server, bytes);
      assert.equal(lastAnswer(got.text).status, status);
      assert.ok(got.closed);
      assert.equal(await server.metric(name), reached + 1);
    });
  }

  test("requests piled up behind one that waits are left to the kernel", async () => {
    const poller = await Poller.session(server);
    const poll = get(`${handshake}&sid=${poller.sid}`);
    // Megabytes of requests behind a poll that hangs: no answer, no growth, and the connection is still there.
    const memory = residentBytes();
    const got = await exchange(server, poll + get("/no/such/path").repeat(100_000), { timeout: 500 });
    assert.equal(got.text, "");
    assert.ok(!got.closed && residentBytes() - memory < 8_000_000);
  });
});

describe("packets: the connection is closed", () => {
  const nested = (depth) => "[".repeat(depth) + "]".repeat(depth);
  for (const [what, ...packets] of [
    ["an event's name", `42/kitchen,["${"n".repeat(41)}"]`],
    ["depth", `42/kitchen,["a",${nested(9)}]`],
    ["a depth of ten thousand", `42/kitchen,["a",${nested(9000)}]`],
    ["attachments", '454-/kitchen,["a"]'],
    ["attachments beyond any number", '4599999999999999999999-/kitchen,["a"]'],
    ["an acknowledgement's number", '42/kitchen,99999999999999999999["ack"]'],
    ["a namespace's name", `40/dynamic-${"n".repeat(40)},`],
    ["a namespace's name in an event", `42/${"n".repeat(15_000)},["a"]`],
    ["auth", `40/dynamic-a,{"a":"${"a".repeat(200)}"}`],
    ["a message", `42/kitchen,["a","${"a".repeat(20_000)}"]`],
  ]) {
    test(`too much: ${what}`, async () => {
      const wire = await Wire.socket(server, "/kitchen");
      for (const packet of packets) wire.send(packet);
      // Some of these are refused by an answer, and the connection with it or not.
      const outcome = await Promise.race([wire.expectClosed().then(() => "closed"), wire.next().then((answer) => answer, () => "closed")]);
      assert.ok(outcome === "closed" || outcome.startsWith("44/"), outcome);
      wire.terminate();
    });
  }
});

describe("what an application is told, or its client", () => {
  test("rooms of a socket, and the length of their names", async () => {
    const socket = await connect(server, "/kitchen");
    assert.notEqual(await ask(socket, "join", { room: "r".repeat(41) }), "ok");
    assert.notEqual(await ask(socket, "join", { room: "" }), "ok");
    const answers = [];
    for (let i = 0; i < 10; i++) answers.push(await ask(socket, "join", { room: `room ${i}` }));
    assert.ok(answers.includes("ok") && answers.at(-1) !== "ok", answers.join());
    assert.ok((await ask(socket, "rooms", {})).length <= 6);
    socket.disconnect();
  });

  test("namespaces of a client: CONNECT is refused by name, and the others go on", async () => {
    const wire = await Wire.socket(server, "/kitchen");
    const answers = [];
    for (let i = 0; i < 6; i++) {
      wire.send(`40/dynamic-${i},`);
      do answers[i] = await wire.next(); while (answers[i].startsWith("42"));
    }
    assert.deepEqual(answers.map((answer) => answer.slice(0, 2)), ["40", "40", "44", "44", "44", "44"]);
    wire.send('42/kitchen,1["ack",1]');
    assert.equal(await wire.next(), "43/kitchen,1[1]");
    wire.close();
  });

  test("data of a socket", async () => {
    const socket = await connect(server, "/kitchen");
    assert.notEqual(await ask(socket, "set-data", { data: "d".repeat(200) }), "ok");
    assert.equal(await ask(socket, "set-data", { data: "d".repeat(100) }), "ok");
    socket.disconnect();
  });

  test("acknowledgements outstanding", async () => {
    const wire = await Wire.socket(server, "/kitchen");
    for (let i = 0; i < 8; i++) wire.send(`42/kitchen,${i}["ask",{"event":["question"],"timeout":60000}]`);
    const heard = [];
    while (heard.filter((message) => message.startsWith("43")).length < 4) heard.push(await wire.next());
    assert.equal(heard.filter((message) => message.includes('"question"')).length, 4, heard.join("\n"));
    wire.terminate();
  });
});

test("a reader that stopped reading is closed at its bound, and nobody waits for it", async () => {
  const slow = await Wire.socket(server, "/kitchen", { answerPings: false });
  slow.send('42/kitchen,1["join",{"room":"crowd"}]');
  assert.equal(await slow.next(), '43/kitchen,1["ok"]');
  slow.socket.pause();
  const sender = await connect(server, "/kitchen");
  const text = "x".repeat(15_000);
  // The kernel's buffers take some megabytes first; the server keeps no more than its bound of what they do not take.
  await within(20_000, "the slow reader is given up", eventually("it is gone from the room", async () => {
    for (let i = 0; i < 50; i++) await ask(sender, "emit", { rooms: ["crowd"], event: ["news", text] });
    return (await ask(sender, "query", { rooms: ["crowd"], projection: "count" })).count === 0;
  }, 20_000));
  slow.terminate();
  sender.disconnect();
});

test("volatile messages for a client that does not poll are dropped, not kept", async () => {
  const poller = await Poller.socket(server, "/kitchen");
  for (let i = 0; i < 20; i++) await poller.post('42/kitchen,["emit-self",{"event":["tick"],"volatile":true,"times":1000}]');
  await poller.post('42/kitchen,1["ack","alive"]');
  assert.equal(await poller.poll(), '43/kitchen,1["alive"]');
});

function residentBytes() {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${server.pid}/status`, "utf8"))[1]) * 1024;
}

test("a flood of half requests takes no more than their bounds", async () => {
  const memory = residentBytes();
  const sockets = await Promise.all(Array.from({ length: 200 }, () => exchange(server, `POST ${handshake}&sid=x HTTP/1.1\r\nHost: x\r\nContent-Length: 20000\r\n\r\n${"a".repeat(19_000)}`, { timeout: 1000 })));
  assert.ok(sockets.every(({ text }) => text === ""));
  // 200 bodies of 19 kB, and what an allocator and a sanitizer keep beside them.
  const growth = residentBytes() - memory;
  assert.ok(growth < (/asan|tsan/.test(process.env.SIGNALING_BUILD_DIR ?? "") ? 200 : 30) * 1_000_000, `${growth} bytes`);
});
