// Random joins, leaves, updates and lost connections over several event loops, held against a model of who is where.

import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";

import { ask, connect } from "../support/clients.mjs";
import { eventually, repository, startServer, within } from "../support/server.mjs";

const config = path.join(repository, "tests/integration/signaling.toml");
const roomNames = ["north", "south", "east"];

/** Small and repeatable: the seed is in the name of a failing test. */
function randomNumbers(seed) {
  let state = seed;
  return (bound) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  };
}

/** A client with its own picture of each room, made only of what the server tells it. */
async function newMember(server) {
  const socket = await connect(server, "/", { transports: ["websocket"] });
  socket.picture = new Map();
  socket.faults = [];
  const in_ = (room) => socket.picture.get(room);
  socket.on("peer-joined", ({ room, peer }) => {
    if (!in_(room)) return;  // a message that was under way when we left
    if (in_(room).has(peer.id)) socket.faults.push(`announced twice: ${peer.id} in ${room}`);
    in_(room).set(peer.id, peer.metadata);
  });
  socket.on("peer-updated", ({ room, peer }) => {
    if (!in_(room)) return;
    if (!in_(room).has(peer.id)) socket.faults.push(`updated, not there: ${peer.id} in ${room}`);
    in_(room).set(peer.id, peer.metadata);
  });
  socket.on("peer-left", ({ room, id }) => {
    if (in_(room) && !in_(room).delete(id)) socket.faults.push(`left, not there: ${id} in ${room}`);
  });
  return socket;
}

for (const seed of [1, 2, 3]) {
  test(`everyone's picture of every room is right in the end (seed ${seed})`, async () => {
    const server = await startServer({ config, set: { "plugins.webrtc_signaling.max_peers": 100 } });
    const random = randomNumbers(seed);
    const model = new Map(roomNames.map((room) => [room, new Map()]));
    const members = await Promise.all(Array.from({ length: 12 }, () => newMember(server)));

    const step = async (index) => {
      const socket = members[index];
      const room = roomNames[random(roomNames.length)];
      const metadata = { n: random(1000) };
      const isIn = socket.picture.has(room);
      switch (random(isIn ? 5 : 3)) {
        case 0:
        case 1:
        case 2: {
          // What is told of a room before the answer to `join` would be lost on a client that waits for the list.
          const early = [];
          const listen = (event, argument) => isIn || argument?.room !== room || early.push(event);
          socket.prependAny(listen);
          // In the acknowledgement itself: what comes right behind it is handled before a promise goes on.
          await within(8000, "answer to join", new Promise((resolve) => socket.emit("join", { room, metadata }, (answer) => {
            socket.offAny(listen);
            if (!answer.ok) socket.faults.push(JSON.stringify(answer));
            else if (!isIn) socket.picture.set(room, new Map(answer.peers.map(({ id, metadata: data }) => [id, data])));
            resolve();
          })));
          if (early.length > 0) socket.faults.push(`told before the answer: ${early}`);
          model.get(room).set(socket.id, metadata);
          break;
        }
        case 3:
          assert.deepEqual(await ask(socket, "leave", { room }), { ok: true });
          socket.picture.delete(room);
          model.get(room).delete(socket.id);
          break;
        default:
          assert.deepEqual(await ask(socket, "update", { room, metadata }), { ok: true });
          model.get(room).set(socket.id, metadata);
      }
      if (random(25) === 0) {
        for (const there of model.values()) there.delete(socket.id);
        socket.io.engine.close();
        members[index] = await newMember(server);
      }
    };
    // Each member acts one step after the other; all act at the same time.
    await Promise.all(members.map(async (_, index) => {
      for (let i = 0; i < 60; i++) await step(index);
    }));

    const sorted = (map) => [...map].sort(([a], [b]) => (a < b ? -1 : 1));
    for (const [room, there] of model) {
      for (const socket of members) {
        if (!there.has(socket.id)) continue;
        const others = JSON.stringify(sorted(new Map([...there].filter(([id]) => id !== socket.id))));
        await eventually(`the list of ${room}`, async () => {
          const { peers } = await ask(socket, "peers", { room });
          return JSON.stringify(sorted(new Map(peers.map(({ id, metadata }) => [id, metadata])))) === others;
        });
        await eventually(`the picture of ${room}`, () => JSON.stringify(sorted(socket.picture.get(room))) === others);
      }
    }
    assert.deepEqual(members.flatMap((socket) => socket.faults), []);
    for (const socket of members) socket.disconnect();
    await server.stop();
  });
}
