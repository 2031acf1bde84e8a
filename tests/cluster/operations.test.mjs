// What applications ask of all nodes at once: broadcast, acknowledgements of many, queries, remote joins and disconnects,
// events between servers. By the kitchen application; a node that does not answer costs its part of the result, and is named.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { ask, collect, connect, next } from "../support/clients.mjs";
import { Cluster } from "../support/cluster.mjs";
import { RedisServer } from "../support/redis.mjs";
import { eventually, slowness } from "../support/server.mjs";

let redis;
let cluster;
before(async () => {
  redis = await RedisServer.start();
  cluster = await Cluster.start({ nodes: 4, redis, lease: 10_000 * slowness });
});
after(async () => {
  await cluster?.stop();
  await redis?.stop();
});

let rooms = 0;
const newRoom = () => `room ${rooms++}`;

/** So many are in the room, as seen from the first. */
const inRoom = (sockets, room, count) => eventually(`${count} are in the room`, async () => (await ask(sockets[0], "query", { rooms: [room], projection: "count" })).count === count);

/** `each` clients at every node, in a room that is new. */
async function crowd(each = 2, options = {}) {
  const room = newRoom();
  const sockets = await Promise.all(cluster.nodes.flatMap((node) => Array.from({ length: each }, async () => {
    const socket = await connect(node, "/kitchen", options);
    socket.node = node;
    await ask(socket, "join", { room });
    return socket;
  })));
  await inRoom(sockets, room, sockets.length);
  return { room, sockets, close: () => sockets.forEach((socket) => socket.disconnect()) };
}

/** Stops a node for the time of `use`, and waits until it is a full member again. */
async function withStopped(node, use) {
  await node.pause();
  try {
    await use();
  } finally {
    node.resume();
  }
  await cluster.agree();
}

test("broadcast: to rooms, to everybody, and not to those excepted", async () => {
  const { room, sockets, close } = await crowd();
  const other = newRoom();
  for (const socket of sockets.filter((_, i) => i % 2)) await ask(socket, "join", { room: other });
  await inRoom(sockets, other, sockets.length / 2);
  const got = sockets.map((socket) => collect(socket, "n"));
  await ask(sockets[0], "emit", { rooms: [room], event: ["n", "room"] });
  await eventually("all have it", () => got.every((events) => events.length === 1));
  await ask(sockets[0], "emit", { rooms: [room], except: [other], event: ["n", "except"] });
  await ask(sockets[0], "emit", { rooms: [room, other], event: ["n", "both"] });
  await ask(sockets[0], "emit", { event: ["n", "all"] });
  await ask(sockets[0], "emit", { rooms: [sockets[7].id], event: ["n", "one"] });
  const expected = sockets.map((_, i) => ["room", ...(i % 2 ? [] : ["except"]), "both", "all", ...(i === 7 ? ["one"] : [])].sort());
  await eventually("all have all", () => got.every((events, i) => events.length === expected[i].length)).catch(() => {});
  assert.deepEqual(got.map((events) => events.flat().sort()), expected);
  close();
});

test("emit to a room keeps the order of its sender at every receiver", async () => {
  const { room, sockets, close } = await crowd();
  const got = sockets.map((socket) => collect(socket, "n"));
  for (let i = 0; i < 1000; i++) sockets[0].emit("emit", { rooms: [room], event: ["n", i] });
  await eventually("all arrived", () => got.every((events) => events.length === 1000), 15_000);
  for (const events of got) assert.deepEqual(events.flat(), Array.from({ length: 1000 }, (_, i) => i));
  close();
});

test("binary goes to every node byte for byte", async () => {
  const { room, sockets, close } = await crowd(1);
  const bytes = Buffer.from(Array.from({ length: 3000 }, (_, i) => i & 255));
  const got = sockets.map((socket) => next(socket, "n"));
  sockets[0].emit("emit", { rooms: [room], event: ["n", bytes, { deep: bytes }] });
  for (const [first, { deep }] of await Promise.all(got)) assert.ok(bytes.equals(first) && bytes.equals(deep));
  close();
});

test("emit with acknowledgement: the answers of all, whichever their node", async () => {
  const { room, sockets, close } = await crowd();
  for (const socket of sockets) socket.on("question", (text, answer) => answer(text, socket.id));
  const result = await ask(sockets[0], "emit-with-ack", { rooms: [room], event: ["question", "x"], timeout: 5000 });
  assert.deepEqual([result.status, result.expected, result.missing], ["ok", sockets.length, []]);
  assert.deepEqual(result.answers, Object.fromEntries(sockets.map(({ id }) => [id, ["x", id]])));
  // Nobody there: answered at once.
  const none = await ask(sockets[0], "emit-with-ack", { rooms: [newRoom()], event: ["question", "x"], timeout: 5000 });
  assert.deepEqual([none.status, none.expected, none.answers, none.missing], ["ok", 0, {}, []]);
  close();
});

test("emit with acknowledgement: one client and one node are silent", async () => {
  const { room, sockets, close } = await crowd();
  const silentNode = cluster.nodes[3];
  const silent = sockets[1];
  for (const socket of sockets) if (socket !== silent) socket.on("question", (answer) => answer(socket.id));
  await withStopped(silentNode, async () => {
    const begin = Date.now();
    const result = await ask(sockets[0], "emit-with-ack", { rooms: [room], event: ["question"], timeout: 1000 });
    assert.ok(Date.now() - begin < 2500 * slowness, `${Date.now() - begin} ms`);
    assert.equal(result.status, "timeout");
    assert.deepEqual(result.missing, ["node-3"]);
    const answered = sockets.filter((socket) => socket !== silent && socket.node !== silentNode);
    assert.deepEqual(result.answers, Object.fromEntries(answered.map(({ id }) => [id, [id]])));
    assert.equal(result.expected, answered.length + 1, "those that got it, as far as is known");
  });
  close();
});

test("queries: count, ids and everything, of a room and of the namespace", async () => {
  const { room, sockets, close } = await crowd();
  await ask(sockets[5], "set-data", { data: { name: "five" } });
  const ids = sockets.map(({ id }) => id).sort();
  const count = await ask(sockets[0], "query", { rooms: [room], projection: "count" });
  assert.deepEqual([count.status, count.count, count.missing], ["ok", ids.length, []]);
  const listed = await ask(sockets[0], "query", { rooms: [room], projection: "ids" });
  assert.deepEqual(listed.sockets.map(({ id }) => id).sort(), ids);
  const full = await ask(sockets[0], "query", { rooms: [room] });
  assert.deepEqual(full.sockets.map(({ id }) => id).sort(), ids);
  for (const socket of sockets) {
    const info = full.sockets.find(({ id }) => id === socket.id);
    assert.equal(info.node, `node-${socket.node.index}`);
    assert.ok(info.rooms.includes(room));
  }
  assert.deepEqual(full.sockets.find(({ id }) => id === sockets[5].id).data, { name: "five" });
  const all = await ask(sockets[0], "query", { projection: "count" });
  assert.equal(all.count, ids.length);
  const local = await ask(sockets[0], "query", { rooms: [room], projection: "count", local: true });
  assert.equal(local.count, 2);
  close();
});

test("queries: a node that does not answer is named, and the others' part is there", async () => {
  const { room, sockets, close } = await crowd();
  await withStopped(cluster.nodes[2], async () => {
    for (const projection of ["count", "ids", "full"]) {
      const result = await ask(sockets[0], "query", { rooms: [room], projection, timeout: 700 });
      assert.deepEqual([result.status, result.missing], ["timeout", ["node-2"]], projection);
      if (projection === "count") assert.equal(result.count, 6);
      else assert.deepEqual(result.sockets.map(({ id }) => id).sort(), sockets.filter(({ node }) => node.index !== 2).map(({ id }) => id).sort());
    }
  });
  // And afterwards everything again.
  assert.equal((await ask(sockets[0], "query", { rooms: [room], projection: "count" })).count, 8);
  close();
});

test("remote join, leave and disconnect", async () => {
  const { room, sockets, close } = await crowd();
  const other = newRoom();
  const [first] = sockets;
  await ask(first, "sockets-join", { rooms: [room], join: [other] });
  await eventually("all are in the other room", async () => (await ask(first, "query", { rooms: [other], projection: "count" })).count === 8);
  const got = sockets.map((socket) => collect(socket, "n"));
  await ask(first, "emit", { rooms: [other], event: ["n", 1] });
  await eventually("all hear it", () => got.every((events) => events.length === 1));
  await ask(first, "sockets-leave", { rooms: [sockets[7].id], leave: [other] });
  await eventually("one has left", async () => (await ask(first, "query", { rooms: [other], projection: "count" })).count === 7);
  const gone = next(sockets[6], "disconnect");
  await ask(first, "sockets-disconnect", { rooms: [sockets[6].id] });
  assert.equal((await gone)[0], "io server disconnect");
  await eventually("it is counted no more", async () => (await ask(first, "query", { rooms: [other], projection: "count" })).count === 6);
  close();
});

test("emit to one member reports what became of it", async () => {
  const { room, sockets, close } = await crowd(1);
  const got = next(sockets[3], "n");
  assert.equal(await ask(sockets[0], "emit-to-member", { id: sockets[3].id, room, event: ["n", 1] }), "ok");
  assert.deepEqual(await got, [1]);
  assert.equal(await ask(sockets[0], "emit-to-member", { id: sockets[3].id, room: newRoom(), event: ["n", 1] }), "not-member");
  const unknown = `${sockets[3].id.slice(0, 4)}AAAAAAAAAAAAAAAA`;
  assert.equal(await ask(sockets[0], "emit-to-member", { id: unknown, room, event: ["n", 1] }), "not-found");
  assert.equal(await ask(sockets[0], "emit-to-member", { id: "AAAAAAAAAAAAAAAAAAAA", room, event: ["n", 1] }), "not-found");
  close();
});

test("events between servers: each other node answers once; one that is silent or does not answer in time is told apart", async () => {
  const socket = await connect(cluster.nodes[0], "/kitchen");
  const watcher = await connect(cluster.nodes[2], "/kitchen");
  await ask(watcher, "join", { room: "watchers" });
  const heard = collect(watcher, "server-event");
  const all = await ask(socket, "emit-to-servers", { event: ["hello", 1], timeout: 5000 });
  assert.deepEqual([all.status, all.missing], ["ok", []]);
  assert.deepEqual(all.answers, Object.fromEntries([1, 2, 3].map((i) => [`node-${i}`, [`node-${i}`, ["hello", 1]]])));
  await eventually("the other node's application heard it", () => heard.length === 1);
  assert.equal(heard[0][0], "node-0");
  const late = await ask(socket, "emit-to-servers", { event: ["late", 100], timeout: 5000 });
  assert.deepEqual([late.status, Object.keys(late.answers).sort()], ["ok", ["node-1", "node-2", "node-3"]]);
  await withStopped(cluster.nodes[3], async () => {
    const partial = await ask(socket, "emit-to-servers", { event: ["hello", 2], timeout: 700 });
    assert.deepEqual([partial.status, partial.missing, Object.keys(partial.answers).sort()], ["timeout", ["node-3"], ["node-1", "node-2"]]);
  });
  socket.disconnect();
  watcher.disconnect();
});
