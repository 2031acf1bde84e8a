// A room whose members sit on several event loops: nothing is lost, doubled or overtakes.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { ask, collect, connect } from "../support/clients.mjs";
import { eventually, startServer } from "../support/server.mjs";

const workers = 4;
const perLoop = 2;

let server;
let members;

/** An id has its event loop in its fourth byte (core/base/sid.hpp). */
const loopOf = (socket) => Buffer.from(socket.id, "base64url")[3];

before(async () => {
  server = await startServer({ set: { "listen.workers": workers } });
  // The kernel deals connections out as it likes.
  const byLoop = Array.from({ length: workers }, () => []);
  for (let tries = 0; byLoop.some((own) => own.length < perLoop); tries++) {
    assert.ok(tries < 400, `every loop gets connections: ${byLoop.map((own) => own.length)}`);
    const socket = await connect(server, "/", { transports: ["websocket"] });
    const own = byLoop[loopOf(socket)];
    if (own.length < perLoop) own.push(socket);
    else socket.disconnect();
  }
  // Neighbours in the list sit on different loops.
  members = Array.from({ length: workers * perLoop }, (_, i) => byLoop[i % workers][Math.floor(i / workers)]);
  for (const member of members) assert.equal((await ask(member, "join", { room: "spread" })).ok, true);
});

after(async () => {
  for (const member of members ?? []) member.disconnect();
  await server?.stop();
});

test("all talk at once: everybody hears each of the others once and in order", async () => {
  const count = 300;
  const heard = members.map((member) => collect(member, "message"));
  for (let i = 0; i < count; i++) {
    for (const member of members) member.emit("message", { room: "spread", data: i });
    // Let what was sent go out in pieces, so that the loops work on it at the same time.
    if (i % 20 === 19) await new Promise((resolve) => setImmediate(resolve));
  }
  await eventually("everything arrived", () => heard.every((messages) => messages.length >= count * (members.length - 1)), 30_000);
  const expected = Array.from({ length: count }, (_, i) => i);
  for (const [i, messages] of heard.entries()) {
    const bySender = new Map();
    for (const [{ from, data }] of messages) bySender.set(from, [...(bySender.get(from) ?? []), data]);
    const others = members.filter((member) => member !== members[i]).map(({ id }) => id);
    assert.deepEqual([...bySender.keys()].sort(), others.sort());
    for (const data of bySender.values()) assert.deepEqual(data, expected);
  }
  for (const member of members) member.off("message");
});

test("senders on different loops take turns: who speaks after an acknowledgement is heard after what was acknowledged", async () => {
  const count = 400;
  const heard = members.map((member) => collect(member, "message"));
  for (let i = 0; i < count; i++) assert.equal((await ask(members[i % members.length], "message", { room: "spread", data: i })).ok, true);
  await eventually("everything arrived", () => heard.every((messages) => messages.length >= count - count / members.length), 30_000);
  for (const [i, messages] of heard.entries()) {
    const expected = Array.from({ length: count }, (_, n) => n).filter((n) => n % members.length !== i);
    assert.deepEqual(messages.map(([{ data }]) => data), expected);
  }
  for (const member of members) member.off("message");
});
