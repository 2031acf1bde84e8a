// Holds a contender to the events that are measured: what it leaves out or answers otherwise would make it look cheap.

import assert from "node:assert/strict";

import { io, next, ask } from "../support/clients.mjs";
import { within } from "../support/server.mjs";

async function enter(port, { tls = false, transport = "websocket" }) {
  const url = `${tls ? "https" : "http"}://127.0.0.1:${port}`;
  const socket = io(url, { transports: [transport], forceNew: true, reconnection: false, rejectUnauthorized: false });
  await within(8000, `connecting to port ${port}`, new Promise((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("connect_error", reject);
  }));
  return socket;
}

async function refused(socket, event, request, code) {
  const answer = await ask(socket, event, request);
  assert.equal(answer.ok, false, `${event} ${JSON.stringify(request)} was not refused`);
  assert.equal(answer.error.code, code, `${event} ${JSON.stringify(request)}`);
}

/**
 * Two peers on the first and the last node.
 * @param {number[]} ports  of the nodes
 * @param {{tls?: boolean, transport?: "websocket" | "polling"}} [over]
 */
export async function checkEvents(ports, over = {}) {
  const sockets = [];
  try {
    const [ada, bob] = [await enter(ports[0], over), await enter(ports.at(-1), over)];
    sockets.push(ada, bob);
    const room = "check";
    const metadata = { name: "Ada" };
    assert.deepEqual(await ask(ada, "join", { room, metadata }), { ok: true, room, id: ada.id, peers: [], iceServers: [] });
    const joined = next(ada, "peer-joined");
    const answer = await ask(bob, "join", { room });
    assert.deepEqual(answer, { ok: true, room, id: bob.id, peers: [{ id: ada.id, metadata }], iceServers: [] });
    assert.deepEqual(await joined, [{ room, peer: { id: bob.id, metadata: null } }]);

    const message = next(bob, "message");
    assert.deepEqual(await ask(ada, "message", { room, data: { n: 1 } }), { ok: true });
    assert.deepEqual(await message, [{ room, from: ada.id, data: { n: 1 } }]);

    const signal = next(ada, "signal");
    assert.deepEqual(await ask(bob, "signal", { room, to: ada.id, data: [null, "x"] }), { ok: true });
    assert.deepEqual(await signal, [{ room, from: bob.id, data: [null, "x"] }]);

    await refused(ada, "join", { room: 5 }, "invalid");
    await refused(ada, "join", { room: "x".repeat(129) }, "invalid");
    await refused(ada, "join", { room, metadata: "x".repeat(5000) }, "invalid");
    await refused(ada, "message", { room }, "invalid");
    await refused(ada, "message", { room: "elsewhere", data: 1 }, "not-in-room");
    await refused(ada, "leave", { room: "elsewhere" }, "not-in-room");
    // In a cluster the idiom of a peer may be not to ask (see there).
    if (ports.length === 1) await refused(ada, "signal", { room, to: "nobody", data: 1 }, "peer-unavailable");

    const left = next(ada, "peer-left");
    assert.deepEqual(await ask(bob, "leave", { room }), { ok: true });
    assert.deepEqual(await left, [{ room, id: bob.id, reason: "left" }]);
    const back = next(ada, "peer-joined");
    await ask(bob, "join", { room });
    await back;
    const gone = next(ada, "peer-left");
    const { id } = bob;
    bob.disconnect();
    assert.deepEqual(await gone, [{ room, id, reason: "disconnected" }]);
  } finally {
    for (const socket of sockets) socket.disconnect();
  }
}
