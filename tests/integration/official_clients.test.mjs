// The official client, unchanged, in three versions and over each choice of transports.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, test } from "node:test";

import { ask, collect, connect, next, officialClients, transportChoices, upgraded } from "../support/clients.mjs";
import { leaveAll, startKitchen } from "../support/kitchen.mjs";
import { eventually } from "../support/server.mjs";

let server;
before(async () => {
  server = await startKitchen({ "listen.workers": 2 });
});
after(() => server?.stop());

/** Buffers compare as the bytes they hold, wherever they stand in the value. */
const plain = (value) => JSON.parse(JSON.stringify(value, (_, member) => {
  if (member?.type === "Buffer") return `bytes ${Buffer.from(member.data).toString("base64")}`;
  return member;
}));

for (const [version, client] of Object.entries(officialClients)) {
  for (const [choice, transports] of Object.entries(transportChoices)) {
    describe(`client ${version}, ${choice}`, () => {
      let socket;
      before(async () => {
        socket = await connect(server, "/kitchen", { client, transports });
      });
      after(() => socket?.disconnect());

      test("has an id of its own and reaches its transport", async () => {
        assert.match(socket.id, /^[\w-]{20}$/);
        if (choice === "upgrade") await upgraded(socket);
        const info = await ask(socket, "info", {});
        assert.equal(info.id, socket.id);
        assert.equal(info.transport, choice === "polling" ? "polling" : "websocket");
        assert.equal(info.connected, true);
      });

      test("gets text back as it was", async () => {
        const values = ["", "plain", "ünïcödé 漢字 🎉 \u{10FFFF}", "lone \ud800 and \udc00 surrogates", "\u2028\u2029\u0000\u0001\u001e\u007f",
          "quotes \" and \\ and / and \b\f\n\r\t", 0, -1.5e-7, 9007199254740991, true, false, null, [], {}, [[[[]]]],
          { "": 1, "a\u0000b": { "\u2028": [1, "2", null] } }];
        const answer = next(socket, "echo-back");
        socket.emit("echo", ...values);
        assert.deepEqual(await answer, values);
      });

      test("gets binary back byte for byte, anywhere in the arguments", async () => {
        const bytes = [0, 1, 125, 126, 65_535, 65_536, 200_000].map((size) => randomBytes(size));
        const values = [bytes[0], { deep: [{ er: bytes[1] }, bytes[2]], text: "x" }, "between", [bytes[3], [bytes[4]]], bytes[5], bytes[6]];
        const answer = next(socket, "echo-back");
        socket.emit("echo", ...values);
        assert.deepEqual(plain(await answer), plain(values));
      });

      test("gets acknowledgements, with text and with binary", async () => {
        assert.equal(await ask(socket, "ack", "ünï\u2028"), "ünï\u2028");
        const binary = { file: randomBytes(1000), also: [randomBytes(1)] };
        assert.deepEqual(plain(await ask(socket, "ack", binary)), plain(binary));
        const many = await Promise.all(Array.from({ length: 200 }, (_, i) => ask(socket, "ack", i)));
        assert.deepEqual(many, Array.from({ length: 200 }, (_, i) => i));
      });

      test("acknowledges what the server asks", async () => {
        socket.on("question", (value, answer) => answer({ value, binary: randomBytes(10).fill(7) }));
        const answered = await new Promise((resolve) => socket.emit("ask", { event: ["question", "why"] }, (...args) => resolve(args)));
        assert.deepEqual(plain(answered), plain([{ value: "why", binary: Buffer.alloc(10, 7) }]));
        // Binary in the question too.
        const bytes = randomBytes(300);
        const [echoed] = await new Promise((resolve) => socket.emit("ask", { event: ["question", bytes] }, (...args) => resolve(args)));
        assert.deepEqual(plain(echoed.value), plain(bytes));
      });

      test("is told when a question is not answered in time", async () => {
        assert.equal(await ask(socket, "ask", { timeout: 50, event: ["nobody-listens"] }), "timeout");
      });

      test("keeps 1,000 events in order", async () => {
        const got = collect(socket, "echo-back");
        for (let i = 0; i < 1000; i++) socket.emit("echo", i);
        await eventually("all events are back", () => got.length === 1000, 20_000);
        assert.deepEqual(got.flat(), Array.from({ length: 1000 }, (_, i) => i));
        socket.off("echo-back");
      });

      test("opens further namespaces on the same connection", async () => {
        const other = socket.io.socket("/dynamic-other");
        const welcome = next(other, "welcome");
        assert.deepEqual(await welcome, ["/dynamic-other"]);
        assert.notEqual(other.id, socket.id);
        other.disconnect();
        assert.equal(await ask(socket, "ack", "still here"), "still here");
      });
    });
  }
}

test("a client of each version and transport hears the others", async () => {
  const sockets = [];
  for (const client of Object.values(officialClients)) {
    for (const transports of Object.values(transportChoices)) sockets.push(await connect(server, "/kitchen", { client, transports }));
  }
  for (const socket of sockets) assert.equal(await ask(socket, "join", { room: "mixed" }), "ok");
  const got = sockets.map((socket) => collect(socket, "news"));
  const bytes = randomBytes(70_000);
  for (const socket of sockets) assert.equal(await ask(socket, "emit", { rooms: ["mixed"], event: ["news", socket.id, bytes] }), "ok");
  await eventually("everybody heard everybody", () => got.every((events) => events.length === sockets.length));
  for (const events of got) {
    assert.deepEqual(events.map(([id]) => id), sockets.map((socket) => socket.id));
    for (const [, heard] of events) assert.ok(bytes.equals(Buffer.from(heard)));
  }
  leaveAll(sockets);
});
