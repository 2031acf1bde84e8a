// Many connections held at once on one event loop: all are opened, all are kept alive, all are let go. Numbers are for
// tests/bench; here only the work is checked.

import assert from "node:assert/strict";
import { test } from "node:test";

import { holdConnections } from "../bench/idle_connections.mjs";
import { ask, connect } from "../support/clients.mjs";
import { eventually, slowness, startServer } from "../support/server.mjs";

test("2,000 idle connections stay, and the server serves others meanwhile and afterwards", async () => {
  const server = await startServer({
    set: { "listen.workers": 1, "engine.ping_interval": `${2 * slowness}s`, "engine.ping_timeout": "20s" },
  });
  const held = holdConnections(server, 2000, { hold: 5 * slowness });
  const socket = await connect(server, "/");
  assert.equal((await ask(socket, "join", { room: "quiet" })).ok, true);
  const result = await held;
  assert.equal(result.connections, 2000);
  assert.equal(result.lost, 0);
  assert.ok(result.pings_answered >= 2000, `each was pinged: ${result.pings_answered}`);
  assert.equal((await ask(socket, "message", { room: "quiet", data: 1 })).ok, true);
  socket.disconnect();
  const late = await eventually("a new client", () => connect(server, "/"));
  late.disconnect();
  await server.stop();
});
