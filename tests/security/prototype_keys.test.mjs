// Names that mean something to a JavaScript object (__proto__, constructor, …): to the server they are text. They pass unchanged as
// JSON and as msgpack, as keys, event names, rooms, namespaces, auth and metadata, and what they name is kept apart.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { after, before, describe, test } from "node:test";

import { ask, collect, connect, next, Wire } from "../support/clients.mjs";
import { startKitchen } from "../support/kitchen.mjs";
import { startServer } from "../support/server.mjs";

const names = ["__proto__", "constructor", "prototype", "toString", "valueOf", "hasOwnProperty", "__defineGetter__", "__lookupSetter__", "length", "then", "toJSON", "null", "undefined", "_placeholder"];
/** JSON with these as keys, as text: an object literal would set the prototype. */
const hostile = `{${names.map((name, i) => `${JSON.stringify(name)}:{"polluted":${i},"__proto__":{"isAdmin":true}}`).join(",")}}`;

function assertUnpolluted() {
  assert.equal({}.polluted, undefined);
  assert.equal({}.isAdmin, undefined);
}

describe("JSON", () => {
  let server;
  before(async () => (server = await startKitchen()));
  after(() => server?.stop());

  test("as keys they pass as the text that came", async () => {
    const wire = await Wire.socket(server, "/kitchen");
    for (const text of [hostile, `{"a":${hostile}}`, `[${hostile}]`, String.raw`{"\u005f_proto__":1,"__proto__":2,"__proto__":3}`]) {
      wire.send(`42/kitchen,1["ack",${text}]`);
      assert.equal(await wire.next(), `43/kitchen,1[${text}]`);
    }
    wire.close();
  });

  test("in a broadcast and in a question they pass too, and the official client takes no harm", async () => {
    const [sender, receiver] = await Promise.all([connect(server, "/kitchen"), connect(server, "/kitchen")]);
    await ask(receiver, "join", { room: "x" });
    const heard = next(receiver, "news");
    sender.emit("emit", { rooms: ["x"], event: ["news", JSON.parse(hostile)] });
    assert.deepEqual((await heard)[0], JSON.parse(hostile));
    receiver.on("question", (value, answer) => answer(value));
    assert.deepEqual(await ask(receiver, "ask", { event: ["question", JSON.parse(hostile)] }), JSON.parse(hostile));
    assertUnpolluted();
    for (const socket of [sender, receiver]) socket.disconnect();
  });

  test("beside what the application reads they hide and replace nothing", async () => {
    const wire = await Wire.socket(server, "/kitchen");
    const room = async (text) => {
      wire.send(`42/kitchen,1["join",${text}]`);
      return wire.next();
    };
    // No inherited member: what stands in __proto__ is not there.
    assert.equal(await room('{"__proto__":{"room":"inherited"}}'), '43/kitchen,1["invalid"]');
    assert.equal(await room('{"constructor":{"prototype":{"room":"inherited"}}}'), '43/kitchen,1["invalid"]');
    assert.equal(await room('{"__proto__":{"room":"inherited"},"room":"own"}'), '43/kitchen,1["ok"]');
    wire.send('42/kitchen,2["rooms",{}]');
    assert.deepEqual(JSON.parse((await wire.next()).slice("43/kitchen,2".length))[0], ["own"]);
    wire.close();
  });

  test("as the name of an event", async () => {
    const socket = await connect(server, "/kitchen");
    for (const name of names) {
      const heard = next(socket, "any");
      socket.emit(name, 1);
      assert.deepEqual(await heard, [name, 1]);
    }
    socket.disconnect();
  });

  test("as auth", async () => {
    const socket = await connect(server, "/kitchen", { auth: JSON.parse(hostile) });
    assert.deepEqual((await ask(socket, "info", {})).auth, JSON.parse(hostile));
    socket.disconnect();
    assertUnpolluted();
  });

  test("as rooms they are as many different rooms", async () => {
    const members = await Promise.all(names.map(() => connect(server, "/kitchen")));
    const heard = members.map((socket) => collect(socket, "news"));
    for (const [i, name] of names.entries()) assert.equal(await ask(members[i], "join", { room: name }), "ok");
    for (const [i, name] of names.entries()) await ask(members[(i + 1) % names.length], "emit", { rooms: [name], event: ["news", name] });
    for (const socket of members) await ask(socket, "ack", 0);
    assert.deepEqual(heard.map((events) => events.flat()), names.map((name) => [name]));
    for (const socket of members) socket.disconnect();
  });

  test("as namespaces they are as many different ones", async () => {
    const members = await Promise.all(names.map((name) => connect(server, `/dynamic-${name}`)));
    const heard = members.map((socket) => collect(socket, "news"));
    for (const [i, name] of names.entries()) await ask(members[i], "emit", { event: ["news", name] });
    for (const socket of members) await ask(socket, "ack", 0);
    assert.deepEqual(heard.map((events) => events.flat()), names.map((name) => [name]));
    for (const socket of members) socket.disconnect();
    for (const name of names) await assert.rejects(connect(server, `/${name}`), { message: "Invalid namespace" });
  });

  test("as data of a socket, which other sockets ask for", async () => {
    const socket = await connect(server, "/kitchen");
    assert.equal(await ask(socket, "set-data", { data: JSON.parse(hostile) }), "ok");
    const { sockets } = await ask(socket, "query", { rooms: [socket.id] });
    assert.deepEqual(sockets[0].data, JSON.parse(hostile));
    assertUnpolluted();
    socket.disconnect();
  });

  test("as transport, query and header they are none", async () => {
    for (const name of names) {
      const response = await fetch(`${server.url}/socket.io/?EIO=4&transport=${name}`);
      assert.deepEqual(await response.json(), { code: 0, message: "Transport unknown" });
    }
    const socket = await connect(server, "/kitchen", { query: { constructor: "a" } });
    assert.equal((await ask(socket, "info", { query: "constructor" })).query, "a");
    assert.equal((await ask(socket, "info", { query: "__proto__", header: "constructor" })).query, "");
    socket.disconnect();
  });
});

test("msgpack: they pass as keys, names, auth and rooms", async () => {
  const parser = createRequire(import.meta.url)("socket.io-msgpack-parser");
  const server = await startKitchen({ "socketio.parser": "msgpack" });
  const value = JSON.parse(`{${names.filter((name) => name !== "_placeholder" && name !== "toJSON").map((name) => `${JSON.stringify(name)}:{"polluted":1}`).join(",")}}`);
  // The parser of the client refuses or renames some keys on its own side; what it lets through has to come back.
  const socket = await connect(server, "/kitchen", { parser, auth: value });
  const back = await ask(socket, "ack", value);
  for (const name of Object.keys(back)) assert.deepEqual(back[name], { polluted: 1 }, name);
  for (const name of names) {
    assert.equal(await ask(socket, "join", { room: name }), "ok");
    const heard = next(socket, "any");
    socket.emit(name, 1);
    assert.deepEqual(await heard, [name, 1]);
  }
  assert.deepEqual((await ask(socket, "rooms", {})).sort(), [...names].sort());
  assertUnpolluted();
  socket.disconnect();
  await server.stop();
});

test("the signaling application: rooms, metadata and signals", async () => {
  const server = await startServer({ set: { "www.enabled": false } });
  const [ada, bob] = await Promise.all([connect(server), connect(server)]);
  for (const room of names) {
    const first = await ask(ada, "join", { room, metadata: JSON.parse(hostile) });
    assert.deepEqual(first.peers, [], room);
    const second = await ask(bob, "join", { room });
    assert.deepEqual(second.peers.map(({ metadata }) => metadata), [JSON.parse(hostile)], room);
    const heard = next(bob, "signal");
    await ask(ada, "signal", { room, to: second.id ?? bob.id, data: JSON.parse(hostile) });
    assert.deepEqual((await heard)[0].data, JSON.parse(hostile));
    await ask(ada, "leave", { room });
    await ask(bob, "leave", { room });
  }
  assertUnpolluted();
  for (const socket of [ada, bob]) socket.disconnect();
  await server.stop();
});
