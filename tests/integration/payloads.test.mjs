// What is passed on is what came: digits, escapes, blanks, bytes; and the bounds of what may come.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, test } from "node:test";

import { ask, connect, next, Poller, Wire } from "../support/clients.mjs";
import { startKitchen } from "../support/kitchen.mjs";
import { within } from "../support/server.mjs";

const maxPayload = 1_000_000;
let server;
before(async () => {
  server = await startKitchen({ "engine.max_payload_bytes": maxPayload });
});
after(() => server?.stop());

// JSON as no serializer of a client writes it. Arguments after the event's name.
const texts = {
  "more digits than a double holds": "123456789012345678901234567890.12345678901234567890,-0.0,-0,1e400,1E-400,0.10",
  "blanks inside": '{ "a" :\t[ 1 , 2 ] ,\n"b":{ } }',
  "escapes of every kind": String.raw`"\u0000\u001e\u2028\u2029\ud83c\udf89\ud800\udc00\/\b\f\n\r\t\"\\"`,
  "lone surrogates": String.raw`"\ud800","\udfff x","\udc00\ud800"`,
  "unescaped line separators and 0x7f": '"\u2028\u2029\u007f"',
  "astral characters": '"🎉\u{10FFFF}"',
  "duplicate keys": '{"a":1,"a":2}',
  "keys with escapes": String.raw`{"\u0061\u0000":1,"__proto__":{"x":1},"constructor":2}`,
  "a text that looks like a placeholder": '{"_placeholder":true,"num":0}',
  "deep nesting": `${"[".repeat(60)}${"]".repeat(60)}`,
};

for (const [what, text] of Object.entries(texts)) {
  test(`text passes unchanged: ${what}`, async () => {
    const wire = await Wire.socket(server, "/kitchen");
    wire.send(`42/kitchen,["echo",${text}]`);
    assert.equal(await wire.next(), `42/kitchen,["echo-back",${text}]`);
    // The same as an acknowledgement, and over polling.
    wire.send(`42/kitchen,7["ack",${text}]`);
    assert.equal(await wire.next(), `43/kitchen,7[${text}]`);
    wire.close();
    const poller = await Poller.socket(server, "/kitchen");
    await poller.post(`42/kitchen,["echo",${text}]`);
    assert.equal(await poller.poll(), `42/kitchen,["echo-back",${text}]`);
  });
}

test("a broadcast carries the text unchanged", async () => {
  const sender = await Wire.socket(server, "/kitchen");
  const receiver = await Wire.socket(server, "/kitchen");
  receiver.send('42/kitchen,1["join",{"room":"exact"}]');
  assert.equal(await receiver.next(), '43/kitchen,1["ok"]');
  const event = `["news",${Object.values(texts).join(",")}]`;
  sender.send(`42/kitchen,["emit",{"rooms":["exact"],"event":${event}}]`);
  assert.equal(await receiver.next(), `42/kitchen,${event}`);
  sender.close();
  receiver.close();
});

test("acknowledgement ids may have as many digits as the client likes", async () => {
  const wire = await Wire.socket(server, "/kitchen");
  for (const id of ["0", "1", "4294967296", "9007199254740991"]) {
    wire.send(`42/kitchen,${id}["ack",1]`);
    assert.equal(await wire.next(), `43/kitchen,${id}[1]`);
  }
  wire.close();
});

test("binary: one to ten attachments, in any order and place, byte for byte", async () => {
  const wire = await Wire.socket(server, "/kitchen");
  for (let count = 1; count <= 10; count++) {
    const order = Array.from({ length: count }, (_, i) => (i * 7 + 3) % count);
    const numbers = new Set(order).size === count ? order : Array.from({ length: count }, (_, i) => i);
    const args = numbers.map((num) => `{"_placeholder":true,"num":${num}}`).join(",");
    const parts = Array.from({ length: count }, (_, i) => randomBytes(i * 1000));
    wire.send(`45${count}-/kitchen,["echo",${args}]`);
    for (const part of parts) wire.send(part);
    const head = await wire.next();
    assert.ok(head.startsWith(`45${count}-/kitchen,["echo-back",`), head);
    const received = [];
    for (let i = 0; i < count; i++) received.push(await wire.next());
    // The numbers may be given anew; what matters is which bytes stand where.
    const got = JSON.parse(head.slice(head.indexOf("["))).slice(1).map(({ num }) => received[num].toString("base64"));
    assert.deepEqual(got, numbers.map((num) => parts[num].toString("base64")));
  }
  wire.close();
});

test("binary over polling travels as base64", async () => {
  const poller = await Poller.socket(server, "/kitchen");
  const bytes = randomBytes(257);
  await poller.post(`451-/kitchen,["echo",{"_placeholder":true,"num":0}]\x1eb${bytes.toString("base64")}`);
  let got = await poller.poll();
  if (!got.includes("\x1e")) got += `\x1e${await poller.poll()}`;
  assert.equal(got, `451-/kitchen,["echo-back",{"_placeholder":true,"num":0}]\x1eb${bytes.toString("base64")}`);
});

const textOfSize = (size, frame) => `${frame[0]}${"x".repeat(size - frame[0].length - frame[1].length)}${frame[1]}`;
const frame = ['42/kitchen,1["ack","', '"]'];

test("a message of exactly the payload limit is taken, over WebSocket and polling", async () => {
  const wire = await Wire.socket(server, "/kitchen");
  assert.equal(wire.handshake?.maxPayload ?? maxPayload, maxPayload);
  wire.send(textOfSize(maxPayload, frame));
  assert.ok((await wire.next()).length > maxPayload - 40);
  wire.close();
  const poller = await Poller.socket(server, "/kitchen");
  await poller.post(textOfSize(maxPayload, frame));
  assert.ok((await poller.poll()).length > maxPayload - 40);
});

test("a message one byte longer closes the WebSocket with 1009, and nobody else", async () => {
  const bystander = await Wire.socket(server, "/kitchen");
  const wire = await Wire.socket(server, "/kitchen");
  wire.send(textOfSize(maxPayload + 1, frame));
  assert.equal(await wire.expectClosed(), 1009);
  bystander.send('42/kitchen,1["ack",1]');
  assert.equal(await bystander.next(), "43/kitchen,1[1]");
  bystander.close();
});

test("a polling body one byte longer gets 413 and the session lives on", async () => {
  const poller = await Poller.socket(server, "/kitchen");
  const response = await poller.request("POST", poller.query, textOfSize(maxPayload + 1, frame));
  assert.equal(response.status, 413);
  await response.arrayBuffer();
  await poller.post('42/kitchen,1["ack",1]');
  assert.equal(await poller.poll(), "43/kitchen,1[1]");
});

test("the official client just under and just over the limit", async () => {
  for (const transports of [["polling"], ["websocket"]]) {
    const socket = await connect(server, "/kitchen", { transports });
    const under = "y".repeat(maxPayload - 100);
    assert.equal(await ask(socket, "ack", under), under);
    const bytes = randomBytes(transports[0] === "polling" ? 700_000 : maxPayload);
    assert.ok(bytes.equals(Buffer.from(await ask(socket, "ack", bytes))));
    const lost = within(8000, "disconnect", new Promise((resolve) => socket.once("disconnect", resolve)));
    socket.emit("ack", "y".repeat(maxPayload + 1), () => {});
    assert.match(await lost, /^transport (close|error)$/);
  }
});

test("the official client splits what it sends by polling to stay under the limit", async () => {
  const socket = await connect(server, "/kitchen", { transports: ["polling"] });
  const parts = Array.from({ length: 10 }, (_, i) => String(i).repeat(300_000));
  const answers = await Promise.all(parts.map((part) => ask(socket, "ack", part)));
  assert.deepEqual(answers.map((answer) => answer[0] + answer.length), parts.map((part) => part[0] + part.length));
  socket.disconnect();
});

test("many packets in one polling body are handled in order", async () => {
  const poller = await Poller.socket(server, "/kitchen");
  await poller.post(Array.from({ length: 500 }, (_, i) => `42/kitchen,["echo",${i}]`).join("\x1e"));
  const got = [];
  while (got.length < 500) got.push(...(await poller.poll()).split("\x1e"));
  assert.deepEqual(got, Array.from({ length: 500 }, (_, i) => `42/kitchen,["echo-back",${i}]`));
});

test("events named by a number, and names with escapes, reach the application decoded", async () => {
  const socket = await Wire.socket(server, "/kitchen");
  socket.send("42/kitchen,[42,1]");
  assert.equal(await socket.next(), '42/kitchen,["any","42",1]');
  socket.send(String.raw`42/kitchen,["\u00e9\u0063\"ho",1]`);
  assert.deepEqual(JSON.parse((await socket.next()).slice("42/kitchen,".length)), ["any", 'éc"ho', 1]);
  socket.close();
  const client = await connect(server, "/kitchen");
  const told = next(client, "any");
  client.emit("anything", 1, { a: 2 });
  assert.deepEqual(await told, ["anything", 1, { a: 2 }]);
  client.disconnect();
});
