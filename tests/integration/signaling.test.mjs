// The signaling protocol over the wire, row by row and error by error (the page "The signaling protocol" is the reference): what
// holds over any number of nodes, here over one; then the small bounds and the ICE servers of signaling.toml.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import path from "node:path";
import { after, before, describe, test } from "node:test";

import { ask } from "../support/clients.mjs";
import { close, join, peerAt } from "../support/peers.mjs";
import { repository, startServer } from "../support/server.mjs";
import { assertError, signalingSuite, suiteSettings } from "../support/signaling_suite.mjs";

const config = path.join(repository, "tests/integration/signaling.toml");

describe("one node", () => {
  let server;
  before(async () => {
    server = await startServer({ config, set: suiteSettings });
  });
  after(() => server?.stop());
  signalingSuite(() => ({ nodes: [server], random: () => 0, randomNode: () => server }));
});

describe("small bounds", () => {
  let server;
  before(async () => {
    server = await startServer({ config });
  });
  after(() => server?.stop());

  let rooms = 0;
  const newRoom = () => `room ${rooms++} ünï`;

  test("`invalid`: what is missing, of the wrong type or too long is named", async () => {
    const room = newRoom();
    const socket = await peerAt(server);
    await join(socket, room);
    for (const event of ["join", "leave", "signal", "message", "update", "peers", "offer"]) {
      for (const argument of [null, 1, "text", [], true]) assertError(await ask(socket, event, argument), "invalid");
      assertError(await ask(socket, event), "invalid");
      assertError(await ask(socket, event, {}), "invalid", /room/);
      for (const wrong of [null, 1, "", {}, ["a"], "x".repeat(10_000)]) assertError(await ask(socket, event, { room: wrong, to: "x", data: 1, metadata: 1 }), "invalid", /room/);
    }
    for (const wrong of [null, 1, {}, []]) assertError(await ask(socket, "signal", { room, to: wrong, data: 1 }), "invalid", /to/);
    assertError(await ask(socket, "signal", { room, data: 1 }), "invalid", /to/);
    assertError(await ask(socket, "signal", { room, to: socket.id }), "invalid", /data/);
    assertError(await ask(socket, "message", { room }), "invalid", /data/);
    assertError(await ask(socket, "update", { room }), "invalid", /metadata/);
    assertError(await ask(socket, "join", { room: newRoom(), metadata: "x".repeat(300) }), "invalid", /metadata/);
    assertError(await ask(socket, "update", { room, metadata: "x".repeat(300) }), "invalid", /metadata/);
    assert.equal((await ask(socket, "update", { room, metadata: "x".repeat(190) })).ok, true);
    close(socket);
  });

  test("`room-full`: max_peers of the file are in it and no more", async () => {
    const room = newRoom();
    const sockets = [];
    for (let i = 0; i < 5; ++i) sockets.push(await peerAt(server));
    for (const socket of sockets.slice(0, 4)) assert.equal((await join(socket, room)).ok, true);
    assertError(await join(sockets[4], room), "room-full");
    await ask(sockets[0], "leave", { room });
    assert.equal((await join(sockets[4], room)).ok, true);
    close(...sockets);
  });

  test("`too-many-rooms`: a socket is in so many rooms and no more", async () => {
    const socket = await peerAt(server);
    const names = [newRoom(), newRoom(), newRoom()];
    for (const room of names) assert.equal((await join(socket, room)).ok, true);
    assertError(await join(socket, newRoom()), "too-many-rooms");
    assert.equal((await join(socket, names[0])).ok, true);
    await ask(socket, "leave", { room: names[0] });
    assert.equal((await join(socket, newRoom())).ok, true);
    close(socket);
  });

  test("iceServers: as configured, with credentials that a TURN server with the same secret accepts", async () => {
    const socket = await peerAt(server);
    const begin = Math.floor(Date.now() / 1000);
    const { iceServers } = await join(socket, newRoom());
    assert.equal(iceServers.length, 3);
    assert.deepEqual(iceServers[0], { urls: ["stun:stun.example.net:3478"] });
    assert.deepEqual(iceServers[1], { urls: ["turn:other.example.net"], username: "ada", credential: "lovelace" });
    const [, , turn] = iceServers;
    assert.deepEqual(turn.urls, ["turn:turn.example.net:3478?transport=udp", "turns:turn.example.net:5349"]);
    const [, expiry, id] = /^(\d+):(.+)$/.exec(turn.username);
    assert.equal(id, socket.id);
    assert.ok(Math.abs(Number(expiry) - begin - 3600) < 60, turn.username);
    assert.equal(turn.credential, createHmac("sha1", "north").update(turn.username).digest("base64"));
    close(socket);
  });
});
