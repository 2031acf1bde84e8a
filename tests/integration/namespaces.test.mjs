// Joining namespaces, being refused, and the reasons of leaving, as both sides are told them.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { ask, collect, connect, io, next, Poller, Wire } from "../support/clients.mjs";
import { startKitchen } from "../support/kitchen.mjs";
import { eventually, slowness } from "../support/server.mjs";

let server;
let watcher;
before(async () => {
  server = await startKitchen({ "socketio.max_namespaces_per_client": 3, "listen.workers": 2 });
  watcher = await connect(server, "/kitchen");
  await ask(watcher, "join", { room: "watchers" });
});
after(async () => {
  watcher?.disconnect();
  await server?.stop();
});

/** The reason that the server gives for the leaving of the socket with this id. */
function reasonOf(id) {
  return new Promise((resolve) => {
    watcher.on("gone", function listen(gone, reason) {
      if (gone !== id) return;
      watcher.off("gone", listen);
      resolve(reason);
    });
  });
}

test("an unknown namespace is refused by name, and the connection lives on", async () => {
  await assert.rejects(connect(server, "/nowhere"), { message: "Invalid namespace" });
  const wire = await Wire.session(server);
  for (const name of ["/nowhere", "/kitchen/", "/kitchenette", "/Kitchen", "/dynamic-", "/dynamic-a/b", "/ünï"]) {
    wire.send(`40${name},`);
    assert.equal(await wire.next(), `44${name},{"message":"Invalid namespace"}`);
  }
  wire.send("40/kitchen,");
  assert.match(await wire.next(), /^40\/kitchen,\{"sid":"[\w-]{20}"\}$/);
  wire.close();
});

test("a pattern serves every name that it matches, each apart from the others", async () => {
  const one = await connect(server, "/dynamic-one");
  const two = await connect(server, "/dynamic-two");
  const alsoTwo = await connect(server, "/dynamic-two");
  const heard = [one, two, alsoTwo].map((socket) => collect(socket, "news"));
  await ask(two, "emit", { event: ["news", 1] });
  await eventually("both got it", () => heard[1].length === 1 && heard[2].length === 1);
  await ask(one, "ack", 0);
  assert.equal(heard[0].length, 0);
  for (const socket of [one, two, alsoTwo]) socket.disconnect();
});

test("the namespace's name may come with or without its comma", async () => {
  const wire = await Wire.session(server);
  wire.send("40/kitchen");
  assert.match(await wire.next(), /^40\/kitchen,\{"sid":/);
  wire.close();
});

test("auth is kept as it was sent, and is an empty object where none was", async () => {
  const auth = { token: "ünï\u2028", nested: [1, { a: null }] };
  const socket = await connect(server, "/kitchen", { auth });
  assert.deepEqual((await ask(socket, "info", {})).auth, auth);
  socket.disconnect();
  const without = await connect(server, "/kitchen");
  assert.deepEqual((await ask(without, "info", {})).auth, {});
  without.disconnect();
});

test("the handshake tells the application who came", async () => {
  const socket = await connect(server, "/kitchen", { query: { flavour: "sw€et & sour" }, extraHeaders: { "X-Tray": "seven" } });
  const info = await ask(socket, "info", { query: "flavour", header: "x-tray" });
  assert.equal(info.namespace, "/kitchen");
  assert.equal(info.address, "127.0.0.1");
  assert.equal(info.query, "sw€et & sour");
  assert.equal(info.header, "seven");
  assert.match(info.url, /^\/socket\.io\/\?/);
  assert.equal(info.secure, false);
  assert.equal(info.cross_origin, false);
  assert.ok(Math.abs(info.now - info.issued) < 60_000);
  assert.equal(info.loop, info.current_loop);
  assert.equal(info.loops, 2);
  assert.equal(info.id.slice(0, 4), watcher.id.slice(0, 4), "ids begin with the tag of their node");
  socket.disconnect();
});

test("a client may open only so many namespaces", async () => {
  const wire = await Wire.session(server);
  for (const name of ["/kitchen", "/dynamic-1", "/dynamic-2"]) {
    wire.send(`40${name},`);
    let answer;
    do answer = await wire.next(); while (answer.startsWith("42"));
    assert.ok(answer.startsWith(`40${name},{"sid":`), answer);
  }
  wire.send("40/dynamic-3,");
  let answer;
  do answer = await wire.next(); while (answer.startsWith("42"));
  assert.ok(answer.startsWith('44/dynamic-3,{"message":'), answer);
  // Leaving one makes room for another.
  wire.send("41/dynamic-1,");
  wire.send("40/dynamic-3,");
  do answer = await wire.next(); while (answer.startsWith("42"));
  assert.ok(answer.startsWith('40/dynamic-3,{"sid":'), answer);
  wire.close();
});

test("one connection, several namespaces: leaving one keeps the other", async () => {
  const kitchen = await connect(server, "/kitchen", { forceNew: true });
  const dynamic = kitchen.io.socket("/dynamic-shared");
  await next(dynamic, "welcome");
  const reason = reasonOf(kitchen.id);
  kitchen.disconnect();
  assert.equal(await reason, "client namespace disconnect");
  assert.equal(await ask(dynamic, "ack", "still here"), "still here");
  kitchen.connect();
  await next(kitchen, "connect");
  assert.equal(await ask(kitchen, "ack", "back"), "back");
  kitchen.disconnect();
  dynamic.disconnect();
});

test("two CONNECTs back to back to two namespaces are both answered", async () => {
  const wire = await Wire.session(server);
  wire.send("40/kitchen,");
  wire.send("40/dynamic-x,");
  const answers = [await wire.next(), await wire.next(), await wire.next()].map((packet) => packet.slice(0, packet.indexOf(",")));
  assert.deepEqual(answers.sort(), ["40/dynamic-x", "40/kitchen", "42/dynamic-x"]);
  wire.close();
});

test("reasons: the application disconnects a socket from its namespace", async () => {
  const socket = await connect(server, "/kitchen");
  const reason = reasonOf(socket.id);
  const told = next(socket, "disconnect");
  assert.equal(await ask(socket, "disconnect-me", {}), "bye");
  assert.equal((await told)[0], "io server disconnect");
  assert.equal(await reason, "server namespace disconnect");
  socket.disconnect();
});

test("reasons: the application ends the whole connection", async () => {
  const socket = await connect(server, "/kitchen");
  const other = socket.io.socket("/dynamic-too");
  await next(other, "welcome");
  const reason = reasonOf(socket.id);
  const told = [next(socket, "disconnect"), next(other, "disconnect")];
  socket.emit("disconnect-me", { close: true });
  for (const [text] of await Promise.all(told)) assert.match(text, /^(io server disconnect|transport close)$/);
  assert.match(await reason, /^(forced server close|server namespace disconnect)$/);
});

test("reasons: the client closes its connection", async () => {
  for (const transports of [["polling"], ["websocket"]]) {
    const socket = await connect(server, "/kitchen", { transports });
    const reason = reasonOf(socket.id);
    socket.io.engine.close();
    assert.equal(await reason, "transport close", transports[0]);
  }
});

test("reasons: the client's TCP connection breaks", async () => {
  const wire = await Wire.socket(server, "/kitchen");
  const reason = reasonOf(wire.id);
  wire.terminate();
  assert.match(await reason, /^transport (close|error)$/);
});

test("reasons: a Socket.IO packet that is none", async () => {
  const wire = await Wire.socket(server, "/kitchen");
  const reason = reasonOf(wire.id);
  wire.send("42/kitchen,{not json");
  await wire.expectClosed();
  assert.match(await reason, /^(forced close|parse error)$/);
});

test("reasons: an Engine.IO packet that is none", async () => {
  const wire = await Wire.socket(server, "/kitchen");
  const reason = reasonOf(wire.id);
  wire.send("abc");
  await wire.expectClosed();
  assert.equal(await reason, "parse error");
  const poller = await Poller.socket(server, "/kitchen");
  const reasonOfPoller = reasonOf(poller.id);
  await (await poller.request("POST", poller.query, "abc")).text();
  assert.equal(await reasonOfPoller, "parse error");
});

test("reasons: the heartbeat is not answered", async () => {
  const own = await startKitchen({ "engine.ping_interval": "200ms", "engine.ping_timeout": `${100 * slowness}ms` });
  const observer = await connect(own, "/kitchen");
  await ask(observer, "join", { room: "watchers" });
  const gone = next(observer, "gone");
  const mute = await Wire.socket(own, "/kitchen", { answerPings: false });
  assert.deepEqual(await gone, [mute.id, "ping timeout"]);
  await mute.expectClosed();
  // The same over polling: a client that polls no more.
  const goneToo = next(observer, "gone");
  const poller = await Poller.socket(own, "/kitchen");
  assert.deepEqual(await goneToo, [poller.id, "ping timeout"]);
  observer.disconnect();
  await own.stop();
});

test("a connection that joins no namespace is closed after the connect timeout", async () => {
  const own = await startKitchen({ "socketio.connect_timeout": "300ms" });
  const begin = Date.now();
  const wire = await Wire.session(own);
  await wire.expectClosed();
  assert.ok(Date.now() - begin >= 250);
  // One that did join stays, also after it left again.
  const joined = await Wire.socket(own, "/kitchen");
  joined.send("41/kitchen,");
  await (await Wire.session(own)).expectClosed();  // a later one has had its time
  joined.send("40/kitchen,");
  assert.match(await joined.next(), /^40\/kitchen,/);
  joined.close();
  await own.stop();
});

test("the official client is told of a refused namespace and keeps the others", async () => {
  const manager = io(server.url + "/kitchen", { forceNew: true, reconnection: false }).io;
  const good = manager.socket("/kitchen");
  const bad = manager.socket("/nowhere");
  const refused = next(bad, "connect_error");
  await next(good, "connect");
  assert.equal((await refused)[0].message, "Invalid namespace");
  assert.equal(await ask(good, "ack", 1), 1);
  good.disconnect();
  bad.disconnect();
});
