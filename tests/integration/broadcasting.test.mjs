// Rooms and everything that concerns many sockets, through the plugin API, with members on three event loops.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, beforeEach, afterEach, test } from "node:test";

import { ask, collect, connect, next, Poller, settle, upgraded } from "../support/clients.mjs";
import { leaveAll, seat, startKitchen } from "../support/kitchen.mjs";
import { eventually } from "../support/server.mjs";

let server;
before(async () => {
  server = await startKitchen({ "listen.workers": 3, "socketio.max_rooms_per_socket": 20, "socketio.max_pending_acks": 5 });
});
after(() => server?.stop());

let sockets;
let heard;
beforeEach(async () => {
  sockets = await seat(server, 6);
  await eventually("those of the test before have left", async () => (await ask(sockets[0], "query", { projection: "count" })).count === 6);
  heard = sockets.map((socket) => collect(socket, "news"));
});
afterEach(() => leaveAll(sockets));

const counts = () => heard.map((events) => events.length);

/** Sends `request` from the first socket, waits until everything has arrived, and gives how often each heard it. */
async function broadcast(request) {
  const before = counts();
  assert.equal(await ask(sockets[0], "emit", { event: ["news", 1], ...request }), "ok");
  // Loops hand over in turns: what one loop posts to another is there after that loop's own next answer, or a moment later.
  await settle(...sockets);
  await settle(...sockets);
  return counts().map((count, i) => count - before[i]);
}

const join = (index, ...rooms) => Promise.all(rooms.map((room) => ask(sockets[index], "join", { room })));

test("the members are spread over the loops", async () => {
  const many = await seat(server, 30, { transports: ["websocket"] });
  const loops = new Set((await Promise.all(many.map((socket) => ask(socket, "info", {})))).map(({ loop }) => loop));
  assert.deepEqual([...loops].sort(), [0, 1, 2]);
  leaveAll(many);
});

test("to all, to rooms, to one, with exceptions; each once", async () => {
  await join(0, "a");
  await join(1, "a", "b");
  await join(2, "b");
  await join(3, "a", "b", "c");
  assert.deepEqual(await broadcast({}), [1, 1, 1, 1, 1, 1]);
  assert.deepEqual(await broadcast({ rooms: ["a"] }), [1, 1, 0, 1, 0, 0]);
  assert.deepEqual(await broadcast({ rooms: ["a", "b", "c"] }), [1, 1, 1, 1, 0, 0]);
  assert.deepEqual(await broadcast({ rooms: ["a", "b"], except: ["c"] }), [1, 1, 1, 0, 0, 0]);
  assert.deepEqual(await broadcast({ except: ["a"] }), [0, 0, 1, 0, 1, 1]);
  assert.deepEqual(await broadcast({ rooms: [sockets[4].id] }), [0, 0, 0, 0, 1, 0]);
  assert.deepEqual(await broadcast({ rooms: ["a", sockets[1].id], except: [sockets[0].id] }), [0, 1, 0, 1, 0, 0]);
  assert.deepEqual(await broadcast({ rooms: ["nobody"] }), [0, 0, 0, 0, 0, 0]);
  assert.deepEqual(await broadcast({ rooms: ["a"], local: true }), [1, 1, 0, 1, 0, 0]);
  assert.deepEqual(await broadcast({ rooms: ["a"], compress: false }), [1, 1, 0, 1, 0, 0]);
});

test("joining and leaving: no error twice, names bounded, rooms told", async () => {
  const [socket] = sockets;
  assert.equal(await ask(socket, "join", { room: "a" }), "ok");
  assert.equal(await ask(socket, "join", { room: "a" }), "ok");
  assert.deepEqual(await ask(socket, "rooms", {}), ["a"]);
  assert.deepEqual(await broadcast({ rooms: ["a"] }), [1, 0, 0, 0, 0, 0]);
  assert.equal(await ask(socket, "leave", { room: "a" }), "ok");
  await ask(socket, "leave", { room: "a" });
  assert.deepEqual(await ask(socket, "rooms", {}), []);
  assert.deepEqual(await broadcast({ rooms: ["a"] }), [0, 0, 0, 0, 0, 0]);
  assert.equal(await ask(socket, "join", { room: "" }), "invalid");
  assert.equal(await ask(socket, "join", { room: "x".repeat(257) }), "invalid");
  for (const room of ["\u0000", "a\nb", "a\u001fb", "a\u007f"]) assert.equal(await ask(socket, "join", { room }), "invalid", JSON.stringify(room));
  assert.equal(await ask(socket, "join", { room: "ünï/ #*{}[]" }), "ok");
  for (let i = 0; i < 19; i++) assert.equal(await ask(socket, "join", { room: `r${i}` }), "ok");
  assert.equal(await ask(socket, "join", { room: "one too many" }), "too-many");
  assert.equal((await ask(socket, "rooms", {})).length, 20);
});

test("binary reaches every member byte for byte", async () => {
  const bytes = [randomBytes(3), randomBytes(100_000)];
  assert.equal(await ask(sockets[0], "emit", { event: ["news", bytes[1], { deep: bytes[0] }] }), "ok");
  await eventually("all heard", () => counts().every((count) => count === 1));
  for (const [[first, second]] of heard) {
    assert.ok(bytes[1].equals(Buffer.from(first)));
    assert.ok(bytes[0].equals(Buffer.from(second.deep)));
  }
});

test("volatile: dropped where the transport is busy, delivered where it is not", async () => {
  await Promise.all(sockets.map(upgraded));
  await settle(...sockets);  // an answer over WebSocket: the server, too, has seen the end of the upgrade
  assert.deepEqual(await broadcast({ volatile: true }), [1, 1, 1, 1, 1, 1]);
  // A polling client without a waiting poll cannot take it now.
  const poller = await Poller.socket(server, "/kitchen");
  await poller.post('42/kitchen,1["emit-self",{"volatile":true,"event":["lost"]}]\x1e42/kitchen,2["emit-self",{"event":["kept"]}]');
  const got = [];
  while (!got.some((packet) => packet.startsWith("43/kitchen,2"))) got.push(...(await poller.poll()).split("\x1e"));
  assert.deepEqual(got, ["43/kitchen,1[0]", '42/kitchen,["kept"]', "43/kitchen,2[1]"]);
  await poller.post("1");
});

test("sockets of rooms are made to join and leave others", async () => {
  await join(0, "a");
  await join(1, "a");
  await join(2, "b");
  assert.equal(await ask(sockets[5], "sockets-join", { rooms: ["a", "b"], except: [sockets[1].id], join: ["x", "y"] }), "ok");
  await settle(...sockets);
  await settle(...sockets);
  assert.deepEqual((await ask(sockets[0], "rooms", {})).sort(), ["a", "x", "y"]);
  assert.deepEqual(await ask(sockets[1], "rooms", {}), ["a"]);
  assert.deepEqual((await ask(sockets[2], "rooms", {})).sort(), ["b", "x", "y"]);
  assert.deepEqual(await broadcast({ rooms: ["x"] }), [1, 0, 1, 0, 0, 0]);
  assert.equal(await ask(sockets[5], "sockets-leave", { rooms: ["x"], leave: ["x", "nowhere"] }), "ok");
  assert.deepEqual(await broadcast({ rooms: ["x"] }), [0, 0, 0, 0, 0, 0]);
  assert.deepEqual(await broadcast({ rooms: ["y"] }), [1, 0, 1, 0, 0, 0]);
});

test("sockets of rooms are disconnected", async () => {
  await join(0, "out");
  await join(3, "out");
  const told = [next(sockets[0], "disconnect"), next(sockets[3], "disconnect")];
  assert.equal(await ask(sockets[1], "sockets-disconnect", { rooms: ["out"] }), "ok");
  assert.deepEqual((await Promise.all(told)).map(([reason]) => reason), ["io server disconnect", "io server disconnect"]);
  assert.equal(await ask(sockets[1], "ack", "here"), "here");
  const closed = next(sockets[2], "disconnect");
  sockets[1].emit("sockets-disconnect", { rooms: [sockets[2].id], close: true });
  assert.match((await closed)[0], /^(io server disconnect|transport close)$/);
});

test("an event to many is acknowledged by all", async () => {
  for (const [i, socket] of sockets.entries()) socket.on("question", (text, answer) => answer(i, text));
  const result = await ask(sockets[0], "emit-with-ack", { timeout: 5000, event: ["question", "who"] });
  assert.equal(result.status, "ok");
  assert.equal(result.expected, 6);
  assert.deepEqual(result.missing, []);
  assert.deepEqual(result.answers, Object.fromEntries(sockets.map((socket, i) => [socket.id, [i, "who"]])));
});

test("with those who do not answer in time, the others' answers are there", async () => {
  await Promise.all(sockets.map((_, i) => join(i, "asked")));
  for (const i of [1, 2, 4]) sockets[i].on("question", (answer) => answer("yes"));
  const begin = Date.now();
  const result = await ask(sockets[0], "emit-with-ack", { rooms: ["asked"], except: [sockets[2].id], timeout: 300, event: ["question"] });
  assert.ok(Date.now() - begin >= 250);
  assert.equal(result.status, "timeout");
  assert.equal(result.expected, 5);
  assert.deepEqual(result.answers, { [sockets[1].id]: ["yes"], [sockets[4].id]: ["yes"] });
});

test("an event to nobody is acknowledged at once", async () => {
  const result = await ask(sockets[0], "emit-with-ack", { rooms: ["nobody"], timeout: 5000, event: ["question"] });
  assert.deepEqual(result, { status: "ok", answers: {}, expected: 0, missing: [] });
});

test("one who leaves while asked does not hold up the answer until the timeout", async () => {
  await join(1, "pair");
  await join(2, "pair");
  sockets[1].on("question", () => sockets[1].disconnect());
  sockets[2].on("question", (answer) => answer("yes"));
  const begin = Date.now();
  const result = await ask(sockets[0], "emit-with-ack", { rooms: ["pair"], timeout: 6000, event: ["question"] });
  assert.deepEqual(result.answers, { [sockets[2].id]: ["yes"] });
  assert.ok(Date.now() - begin < 5500, "before the timeout");
});

test("acknowledgements of one socket: answered twice, late, too many", async () => {
  const [socket] = sockets;
  const answers = [];
  socket.emit("ack-twice", (answer) => answers.push(answer));
  await settle(socket);
  assert.deepEqual(answers, ["first"], "the second is ignored");
  assert.equal(await ask(socket, "ack-later", { ms: 50 }), "later");
  // Five questions may be open; the sixth is refused at once.
  const open = Array.from({ length: 5 }, () => ask(socket, "ask", { timeout: 400, event: ["never answered"] }));
  assert.equal(await ask(socket, "ask", { timeout: 400, event: ["one too many"] }), "too-many");
  assert.deepEqual(await Promise.all(open), Array(5).fill("timeout"));
});

test("queries: count, ids, everything, this node alone", async () => {
  await join(0, "a");
  await join(1, "a", "b");
  assert.equal(await ask(sockets[1], "set-data", { data: { name: "ünï", list: [1, 2] } }), "ok");
  const count = await ask(sockets[2], "query", { rooms: ["a"], projection: "count" });
  assert.deepEqual([count.status, count.count, count.sockets, count.missing], ["ok", 2, [], []]);
  const ids = await ask(sockets[2], "query", { rooms: ["a", "b"], projection: "ids", local: true });
  assert.deepEqual(ids.sockets.map(({ id }) => id).sort(), [sockets[0].id, sockets[1].id].sort());
  assert.equal(ids.count, 2);
  const full = await ask(sockets[2], "query", { rooms: ["a"], except: [sockets[0].id], projection: "full" });
  assert.equal(full.count, 1);
  const [info] = full.sockets;
  assert.equal(info.id, sockets[1].id);
  assert.equal(info.node, (await ask(sockets[1], "info", {})).node);
  assert.deepEqual(info.data, { name: "ünï", list: [1, 2] });
  assert.deepEqual(info.rooms.filter((room) => room !== info.id).sort(), ["a", "b"]);
  assert.equal(info.handshake.address, "127.0.0.1");
  assert.equal(info.handshake.secure, false);
  const all = await ask(sockets[2], "query", { projection: "ids" });
  assert.deepEqual(all.sockets.map(({ id }) => id).sort(), sockets.map(({ id }) => id).sort());
  assert.equal((await ask(sockets[2], "query", { rooms: ["nobody"], projection: "full" })).count, 0);
});

test("data kept with a socket is bounded", async () => {
  assert.equal(await ask(sockets[0], "set-data", { data: "x".repeat(20_000) }), "too-many");
  assert.deepEqual((await ask(sockets[0], "info", {})).data, {});
});

test("to one member: only if it is there and in the room", async () => {
  await join(1, "a");
  const told = next(sockets[1], "private");
  assert.equal(await ask(sockets[0], "emit-to-member", { id: sockets[1].id, room: "a", event: ["private", 1] }), "ok");
  assert.deepEqual(await told, [1]);
  assert.equal(await ask(sockets[0], "emit-to-member", { id: sockets[1].id, event: ["private", 2] }), "ok");
  assert.equal(await ask(sockets[0], "emit-to-member", { id: sockets[2].id, room: "a", event: ["private"] }), "not-member");
  for (const id of ["", "nobody", "x".repeat(20), `${sockets[1].id.slice(0, 8)}${"A".repeat(12)}`, `${sockets[1].id}x`]) {
    assert.equal(await ask(sockets[0], "emit-to-member", { id, room: "a", event: ["private"] }), "not-found", id);
  }
});

test("a member that is held back gets what came meanwhile when it is admitted, by mark", async () => {
  assert.equal(await ask(sockets[0], "join", { room: "held", held: true }), "ok");
  await join(1, "held");
  await ask(sockets[2], "emit", { rooms: ["held"], event: ["news", "plain"] });
  await ask(sockets[2], "emit", { rooms: ["held"], before_mark: 5, event: ["news", "before 5"] });
  await ask(sockets[2], "emit", { rooms: ["held"], before_mark: 9, event: ["news", "before 9"] });
  await settle(...sockets);
  assert.equal(heard[0].length, 0);
  assert.equal(await ask(sockets[0], "admit", { room: "held", mark: 7 }), "ok");
  await settle(...sockets);
  assert.deepEqual(heard[0], [["plain"], ["before 9"]]);
  await ask(sockets[2], "emit", { rooms: ["held"], before_mark: 7, event: ["news", "not below 7"] });
  await ask(sockets[2], "emit", { rooms: ["held"], before_mark: 8, event: ["news", "below 8"] });
  await settle(...sockets);
  await settle(...sockets);
  assert.deepEqual(heard[0], [["plain"], ["before 9"], ["below 8"]]);
});

test("presence: put, replace, bound, list in order of entry, remove", async () => {
  const room = "presence ünï";
  const first = await ask(sockets[0], "presence-put", { room, value: "zero" });
  assert.deepEqual([first.status, first.existed, first.others], ["ok", false, []]);
  const second = await ask(sockets[1], "presence-put", { room, value: '{"json":1}', max: 2 });
  assert.deepEqual(second.others, [{ member: sockets[0].id, value: "zero" }]);
  assert.ok(second.mark > first.mark);
  assert.equal((await ask(sockets[2], "presence-put", { room, value: "", max: 2 })).status, "full");
  const again = await ask(sockets[0], "presence-put", { room, value: "nought", max: 2 });
  assert.deepEqual([again.status, again.existed], ["ok", true]);
  const list = await ask(sockets[5], "presence-list", { room });
  assert.deepEqual(list.others, [{ member: sockets[0].id, value: "nought" }, { member: sockets[1].id, value: '{"json":1}' }]);
  const removed = await ask(sockets[0], "presence-remove", { room });
  assert.deepEqual([removed.status, removed.existed], ["ok", true]);
  assert.equal((await ask(sockets[0], "presence-remove", { room })).existed, false);
  assert.deepEqual((await ask(sockets[5], "presence-list", { room: "nobody here" })).others, []);
});

test("an application's exception is its own: the socket and everyone else go on", async () => {
  sockets[0].emit("throw");
  assert.equal(await ask(sockets[0], "ack", "still here"), "still here");
  await eventually("a line in the log", () => /the kitchen is on fire/.test(server.output));
});

test("work hops over every loop and back", async () => {
  assert.deepEqual(await ask(sockets[0], "post-loops", {}), [0, 1, 2]);
});

test("joining, leaving and broadcasting at once on all loops loses nobody", async () => {
  const many = await seat(server, 24);
  const got = many.map((socket) => collect(socket, "tick"));
  await Promise.all(many.map(async (socket, i) => {
    await ask(socket, "join", { room: "busy" });
    for (let round = 0; round < 20; round++) {
      if (i % 2) {
        await ask(socket, "leave", { room: "side" });
        await ask(socket, "join", { room: "side" });
      }
      await ask(socket, "emit", { rooms: ["busy"], event: ["tick", i, round] });
    }
  }));
  // Everyone who was in the room before an event was sent gets it; all are in it from the second round at the latest.
  await Promise.all(many.map((socket) => ask(socket, "emit", { rooms: ["busy"], event: ["tick", "last", socket.id] })));
  await eventually("all last ones arrived", () => got.every((events) => events.filter(([who]) => who === "last").length === 24), 10_000);
  for (const events of got) {
    for (let i = 0; i < 24; i++) {
      const rounds = events.filter(([who]) => who === i).map(([, round]) => round);
      assert.deepEqual(rounds, rounds.toSorted?.((a, b) => a - b) ?? [...rounds].sort((a, b) => a - b));
      assert.equal(new Set(rounds).size, rounds.length, "no event twice");
    }
  }
  leaveAll(many);
});
