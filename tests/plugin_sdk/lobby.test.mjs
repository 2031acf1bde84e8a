// The example application, installed, with the official client: two who wait are matched, whoever leaves is not, on one node and
// on two.

import assert from "node:assert/strict";
import { after, test } from "node:test";

import { ask, collect, connect, next } from "../support/clients.mjs";
import { RedisServer } from "../support/redis.mjs";
import { eventually, within } from "../support/server.mjs";
import { startInstalled } from "./installed_server.mjs";

const started = [];
after(async () => {
  for (const one of started.reverse()) await one.stop();
});

async function start(plugins, tables) {
  const server = await startInstalled({ plugins: `${plugins}\napplications = ["lobby"]`, tables });
  started.push(server);
  return server;
}

let memoryServer;
const onOneNode = async () => (memoryServer ??= await start('adapter = "memory_adapter"'));

async function enter(server) {
  const socket = await connect(server, "/lobby", { transports: ["websocket"] });
  const waits = next(socket, "waiting");
  socket.emit("find");
  await waits;
  return socket;
}

/** Of the sockets with what each was told last, every one is matched with another of them, in a room of their own. */
function assertPaired(sockets, matches) {
  const rooms = new Set();
  for (const [index, socket] of sockets.entries()) {
    const { room, peer } = matches[index].at(-1)[0];
    const other = sockets.findIndex(({ id }) => id === peer);
    assert.notEqual(other, -1, `the peer ${peer} of ${socket.id} is none of them`);
    assert.deepEqual(matches[other].at(-1)[0], { room, peer: socket.id });
    rooms.add(room);
  }
  assert.equal(rooms.size, sockets.length / 2);
}

test("two who wait are told the room and each other's id", async () => {
  const server = await onOneNode();
  const first = await enter(server);
  const second = await connect(server, "/lobby");
  const matches = [next(first, "matched"), next(second, "matched")];
  second.emit("find");
  assertPaired([first, second], [[await matches[0]], [await matches[1]]]);
  assert.deepEqual(await ask(first, "leave"), { left: false }, "they are not in the line any more");
  for (const socket of [first, second]) socket.disconnect();
});

test("nobody is matched with somebody who has left or disconnected", async () => {
  const server = await onOneNode();
  const leaver = await enter(server);
  assert.deepEqual(await ask(leaver, "leave"), { left: true });
  const leaverMatches = collect(leaver, "matched");
  const gone = await enter(server);
  const sockets = await server.metric("signaling_sockets");
  gone.disconnect();
  await eventually("the server knows", async () => (await server.metric("signaling_sockets")) === sockets - 1);
  const third = await enter(server);
  const fourth = await connect(server, "/lobby");
  const matches = [next(third, "matched"), next(fourth, "matched")];
  fourth.emit("find");
  assertPaired([third, fourth], [[await matches[0]], [await matches[1]]]);
  assert.deepEqual(await ask(leaver, "leave"), { left: false });
  assert.deepEqual(leaverMatches, []);
  for (const socket of [leaver, third, fourth]) socket.disconnect();
});

/** All ask at the same time; each has to be matched. */
async function matchAll(sockets) {
  const matches = sockets.map((socket) => collect(socket, "matched"));
  for (const socket of sockets) socket.emit("find");
  await eventually("all are matched", () => matches.every(({ length }) => length > 0), 20_000);
  assertPaired(sockets, matches);
  for (const socket of sockets) socket.disconnect();
}

test("of many who ask at once each is matched with one other", async () => {
  const server = await onOneNode();
  const before = await server.metric("signaling_plugin_lobby_matches_total");
  await matchAll(await Promise.all(Array.from({ length: 40 }, () => connect(server, "/lobby", { transports: ["websocket"] }))));
  assert.equal(await server.metric("signaling_plugin_lobby_matches_total"), before + 20);
});

test("two nodes have one line", async () => {
  const redis = await RedisServer.start();
  started.push(redis);
  const adapter = `[plugins.redis_adapter]\nurl = "${redis.url()}"\nlease = "2s"\ncommand_timeout = "1s"`;
  const nodes = await Promise.all(["one", "two"].map((name) => start('adapter = "redis_adapter"', `[node]\nname = "${name}"\n${adapter}`)));
  await eventually("the nodes know each other", async () => {
    for (const node of nodes) if ((await node.metric("signaling_plugin_redis_adapter_nodes_alive")) !== 2) return false;
    return true;
  }, 10_000);

  const first = await enter(nodes[0]);
  const second = await connect(nodes[1], "/lobby");
  const matches = [next(first, "matched"), next(second, "matched")];
  second.emit("find");
  assertPaired([first, second], [[await matches[0]], [await matches[1]]]);
  for (const socket of [first, second]) socket.disconnect();

  await matchAll(await Promise.all(Array.from({ length: 30 }, (_, i) => connect(nodes[i % 2], "/lobby", { transports: ["websocket"] }))));

  // A node that dies takes those who wait there with it, and nobody is left with one of them.
  await enter(nodes[0]);
  started.splice(started.indexOf(nodes[0]), 1);
  await nodes[0].kill();
  const survivor = await connect(nodes[1], "/lobby");
  const waits = within(20_000, "a place in the line", new Promise((resolve) => survivor.once("waiting", resolve)));
  survivor.emit("find");
  await waits;
  survivor.disconnect();
});
