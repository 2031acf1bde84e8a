// Order holds, whatever the transport does meanwhile.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { ask, collect, connect, Poller, upgraded, Wire } from "../support/clients.mjs";
import { startKitchen } from "../support/kitchen.mjs";
import { eventually } from "../support/server.mjs";

let server;
before(async () => {
  server = await startKitchen({ "listen.workers": 2 });
});
after(() => server?.stop());

const numbers = (count) => Array.from({ length: count }, (_, i) => i);

test("10,000 messages each way while the transport upgrades in the middle", async () => {
  const socket = await connect(server, "/kitchen", { transports: ["polling", "websocket"] });
  const got = collect(socket, "echo-back");
  let sentBefore = 0;
  let isUpgraded = false;
  upgraded(socket).then(() => {
    isUpgraded = true;
  });
  for (let i = 0; i < 10_000; i++) {
    socket.emit("echo", i);
    if (!isUpgraded) sentBefore = i;
    // Spread over the upgrade: some by polling, some while it is under way, the rest after it.
    if (i % 100 === 99) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await eventually("all messages are back", () => got.length >= 10_000, 30_000);
  assert.deepEqual(got.flat(), numbers(10_000));
  assert.ok(isUpgraded && sentBefore > 0 && sentBefore < 9_999, `the upgrade fell into the middle (${sentBefore})`);
  assert.equal((await ask(socket, "info", {})).transport, "websocket");
  socket.disconnect();
});

test("10,000 messages from the server while the transport upgrades in the middle", async () => {
  const sender = await connect(server, "/kitchen", { transports: ["websocket"] });
  const receiver = await connect(server, "/kitchen", { transports: ["polling", "websocket"], upgrade: true });
  await ask(receiver, "join", { room: "flood" });
  const got = collect(receiver, "n");
  const wasPolling = receiver.io.engine.transport.name === "polling";
  for (let i = 0; i < 10_000; i++) {
    sender.emit("emit", { rooms: ["flood"], event: ["n", i] });
    if (i % 500 === 499) await new Promise((resolve) => setTimeout(resolve, 2));
  }
  await eventually("all messages arrived", () => got.length >= 10_000, 30_000);
  assert.deepEqual(got.flat(), numbers(10_000));
  assert.ok(wasPolling || receiver.io.engine.transport.name === "websocket");
  sender.disconnect();
  receiver.disconnect();
});

test("the upgrade by hand: what waits for the poll and what comes during the probe arrives once, in order", async () => {
  const poller = await Poller.socket(server, "/kitchen");
  await poller.post(numbers(50).map((i) => `42/kitchen,["echo",${i}]`).join("\x1e"));
  const wire = await Wire.open(`${server.webSocketUrl}/socket.io/?EIO=4&transport=websocket&sid=${poller.sid}`);
  wire.send("2probe");
  assert.equal(await wire.next(), "3probe");
  // A pending poll is ended by a noop, after what waited; then polling is over.
  const got = [];
  for (let body; body !== "6";) {
    body = await poller.poll();
    got.push(...body.split("\x1e").filter((packet) => packet !== "6"));
  }
  await poller.post(numbers(50).map((i) => `42/kitchen,["echo",${i + 50}]`).join("\x1e"));
  wire.send("5");
  while (got.length < 100) got.push(await wire.next());
  assert.deepEqual(got, numbers(100).map((i) => `42/kitchen,["echo-back",${i}]`));
  wire.send('42/kitchen,1["info",{}]');
  assert.match(await wire.next(), /"transport":"websocket"/);
  const late = await poller.request("GET", poller.query);
  assert.equal(late.status, 400);
  assert.deepEqual(await late.json(), { code: 3, message: "Bad request" });
  wire.close();
});

test("a probe that is given up leaves polling as it was", async () => {
  const poller = await Poller.socket(server, "/kitchen");
  const wire = await Wire.open(`${server.webSocketUrl}/socket.io/?EIO=4&transport=websocket&sid=${poller.sid}`);
  wire.send("2probe");
  assert.equal(await wire.next(), "3probe");
  wire.terminate();
  await poller.post('42/kitchen,["echo",1]');
  let body;
  do body = await poller.poll(); while (body === "6");
  assert.equal(body, '42/kitchen,["echo-back",1]');
});

test("from one sender, broadcasts and direct messages keep their order for every receiver", async () => {
  const sender = await connect(server, "/kitchen");
  const receivers = await Promise.all(numbers(6).map(() => connect(server, "/kitchen")));
  for (const receiver of receivers) await ask(receiver, "join", { room: "ordered" });
  const got = receivers.map((receiver) => collect(receiver, "n"));
  for (let i = 0; i < 1000; i++) {
    if (i % 3 === 0) for (const receiver of receivers) sender.emit("emit", { rooms: [receiver.id], event: ["n", i] });
    else sender.emit("emit", { rooms: ["ordered"], event: ["n", i] });
  }
  await eventually("all arrived", () => got.every((events) => events.length === 1000), 20_000);
  for (const events of got) assert.deepEqual(events.flat(), numbers(1000));
  for (const socket of [sender, ...receivers]) socket.disconnect();
});
