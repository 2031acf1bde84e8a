// The other packet format: `socketio.parser = "msgpack"` with the official msgpack parser.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";

import { ask, collect, connect, next, Wire } from "../support/clients.mjs";
import { startKitchen } from "../support/kitchen.mjs";
import { eventually } from "../support/server.mjs";

const parser = createRequire(import.meta.url)("socket.io-msgpack-parser");
let server;
before(async () => {
  server = await startKitchen({ "socketio.parser": "msgpack", "listen.workers": 2 });
});
after(() => server?.stop());

for (const transports of [["polling"], ["websocket"], ["polling", "websocket"]]) {
  test(`events, acknowledgements and binary over ${transports.join(" and ")}`, async () => {
    const socket = await connect(server, "/kitchen", { parser, transports, auth: { token: "ünï" } });
    assert.deepEqual((await ask(socket, "info", {})).auth, { token: "ünï" });
    const values = ["text", 1, -1, 1.5, 2 ** 40, null, true, [1, [2]], { a: { "ü": "\u2028\u0000" } }];
    const back = next(socket, "echo-back");
    socket.emit("echo", ...values);
    assert.deepEqual(await back, values);
    for (const size of [0, 1, 255, 256, 70_000]) {
      const bytes = randomBytes(size);
      const got = await ask(socket, "ack", { deep: [bytes, "x"] });
      assert.ok(bytes.equals(Buffer.from(got.deep[0])), `${size} bytes`);
      assert.equal(got.deep[1], "x");
    }
    socket.on("question", (value, answer) => answer(value));
    assert.equal(await ask(socket, "ask", { event: ["question", "why"] }), "why");
    const parts = await ask(socket, "ack", Array.from({ length: 10 }, (_, i) => Buffer.alloc(1, i)));
    assert.deepEqual(parts.map((part) => Buffer.from(part)[0]), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    socket.disconnect();
  });
}

test("broadcast to both transports", async () => {
  const sockets = await Promise.all([["polling"], ["websocket"]].map((transports) => connect(server, "/kitchen", { parser, transports })));
  const heard = sockets.map((socket) => collect(socket, "news"));
  const bytes = randomBytes(5000);
  await ask(sockets[0], "emit", { event: ["news", "ünï", bytes] });
  await eventually("both heard", () => heard.every((events) => events.length === 1));
  for (const [[text, got]] of heard) {
    assert.equal(text, "ünï");
    assert.ok(bytes.equals(Buffer.from(got)));
  }
  for (const socket of sockets) socket.disconnect();
});

test("an unknown namespace is refused", async () => {
  await assert.rejects(connect(server, "/nowhere", { parser }), { message: "Invalid namespace" });
});

test("what is no packet closes the connection", async () => {
  for (const message of [Buffer.from([0xc1]), Buffer.from([0x83]), Buffer.alloc(0), Buffer.from("40/kitchen,"), "40"]) {
    const wire = await Wire.session(server);
    wire.send(typeof message === "string" ? `4${message}` : message);
    await wire.expectClosed();
  }
  const socket = await connect(server, "/kitchen", { parser });
  assert.equal(await ask(socket, "ack", 1), 1);
  socket.disconnect();
});
