// Connections that are lost, on either side, and come back.

import assert from "node:assert/strict";
import { test } from "node:test";

import { ask, collect, connect, next, officialClients } from "../support/clients.mjs";
import { startKitchen } from "../support/kitchen.mjs";
import { within } from "../support/server.mjs";

const eager = { reconnection: true, reconnectionDelay: 50, reconnectionDelayMax: 200 };

for (const [version, client] of Object.entries(officialClients)) {
  for (const transports of [["polling"], ["websocket"], ["polling", "websocket"]]) {
    test(`client ${version} over ${transports.join(" and ")} comes back after a restart of the server`, async () => {
      let server = await startKitchen();
      const socket = await connect(server, "/kitchen", { client, transports, ...eager });
      const first = socket.id;
      const lost = next(socket, "disconnect");
      await server.stop();
      const [reason] = await lost;
      assert.match(reason, /^(transport close|transport error|io server disconnect)$/);
      // What was emitted meanwhile is sent by the client after it is back.
      const kept = ask(socket, "ack", "kept for later");
      const back = next(socket, "connect", 15_000);
      server = await startKitchen({ "listen.port": server.port });
      // A server that said good-bye by name is not called again by the client itself.
      if (reason === "io server disconnect") socket.connect();
      await back;
      assert.notEqual(socket.id, first);
      assert.equal(await kept, "kept for later");
      socket.disconnect();
      await server.stop();
    });
  }
}

test("the client comes back after its connection was cut, and its rooms are gone", async () => {
  const server = await startKitchen();
  const watcher = await connect(server, "/kitchen");
  await ask(watcher, "join", { room: "watchers" });
  const socket = await connect(server, "/kitchen", { transports: ["websocket"], ...eager });
  await ask(socket, "join", { room: "den" });
  const first = socket.id;
  const gone = next(watcher, "gone");
  const back = next(socket, "connect");
  socket.io.engine.transport.ws.terminate?.() ?? socket.io.engine.transport.ws.close();
  assert.deepEqual((await gone)[0], first);
  await back;
  assert.notEqual(socket.id, first);
  assert.deepEqual(await ask(socket, "rooms", {}), []);
  assert.equal((await ask(watcher, "query", { rooms: ["den"], projection: "count" })).count, 0);
  socket.disconnect();
  watcher.disconnect();
  await server.stop();
});

test("a session of another server's life is told that it is unknown", async () => {
  let server = await startKitchen();
  const session = await (await fetch(`${server.url}/socket.io/?EIO=4&transport=polling`)).text();
  const { sid } = JSON.parse(session.slice(1));
  await server.stop();
  server = await startKitchen({ "listen.port": server.port });
  const response = await fetch(`${server.url}/socket.io/?EIO=4&transport=polling&sid=${sid}`);
  assert.equal(response.status, 400);
  assert.deepEqual(await response.json(), { code: 1, message: "Session ID unknown" });
  await server.stop();
});

test("SIGTERM ends the server at once for idle clients, and tells each that it was closed", async () => {
  const server = await startKitchen({ "listen.workers": 2 });
  const sockets = [];
  for (const transports of [["polling"], ["websocket"]]) {
    for (let i = 0; i < 10; i++) sockets.push(await connect(server, "/kitchen", { transports }));
  }
  const reasons = sockets.map((socket) => next(socket, "disconnect"));
  const begin = Date.now();
  await within(8000, "stopping with clients", server.stop());
  for (const reason of await Promise.all(reasons)) assert.match(reason[0], /^transport (close|error)$/);
  assert.ok(Date.now() - begin < 8000);
});

test("connecting and leaving many times leaves nothing behind", async () => {
  const server = await startKitchen();
  const watcher = await connect(server, "/kitchen");
  await ask(watcher, "join", { room: "watchers" });
  const gone = collect(watcher, "gone");
  for (let round = 0; round < 10; round++) {
    const sockets = await Promise.all(Array.from({ length: 20 }, (_, i) => connect(server, "/kitchen", { transports: [i % 2 ? "polling" : "websocket"] })));
    await Promise.all(sockets.map((socket) => ask(socket, "join", { room: `room-${round}` })));
    for (const socket of sockets) socket.disconnect();
  }
  const limit = Date.now() + 10_000;
  while (gone.length < 200 && Date.now() < limit) await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(gone.length, 200);
  assert.equal((await ask(watcher, "query", { projection: "count" })).count, 1);
  watcher.disconnect();
  await server.stop();
});
