// Clients of the signaling protocol, for tests over one node or many.

import { ask, collect, connect } from "./clients.mjs";
import { eventually, sleep, slowness } from "./server.mjs";

export const events = ["peer-joined", "peer-left", "peer-updated", "signal", "message", "offer", "answer", "ice-candidate"];

/** A connected client that keeps everything it is told: `socket.told[event]` holds the arguments of each. */
export async function peerAt(node, options = {}) {
  const socket = await connect(node, "/", options);
  socket.node = node;
  socket.told = {};
  for (const event of events) socket.told[event] = collect(socket, event);
  return socket;
}

/** One client at each of these nodes. */
export const peersAt = (nodes, options) => Promise.all(nodes.map((node) => peerAt(node, options)));

export const join = (socket, room, metadata) => ask(socket, "join", metadata === undefined ? { room } : { room, metadata });

/** The first arguments of all `event`s so far, once there are `count`. */
export function told(socket, event, count = 1, timeout = 5000) {
  return eventually(`${event} ×${count}`, () => socket.told[event].length >= count && socket.told[event].map(([argument]) => argument), timeout);
}

export const close = (...sockets) => sockets.flat().forEach((socket) => socket.disconnect());

let settlements = 0;
/**
 * What these sockets were sent before has reached them, from whichever node: each sends to each over a room of their own, and
 * between two of them nothing overtakes. (In a Redis Cluster two rooms may take two ways: hence the moment at the end.)
 */
export async function settle(...groups) {
  const sockets = groups.flat();
  const room = `settle ${process.pid} ${settlements++}`;
  const counts = sockets.map(() => 0);
  const listeners = sockets.map((_, i) => (message) => {
    if (message.room === room) counts[i]++;
  });
  sockets.forEach((socket, i) => socket.on("message", listeners[i]));
  await Promise.all(sockets.map((socket) => join(socket, room)));
  await Promise.all(sockets.map((socket) => ask(socket, "message", { room, data: null })));
  await eventually("all settled", () => counts.every((count) => count === sockets.length - 1));
  await sleep(50 * slowness);
  sockets.forEach((socket, i) => socket.off("message", listeners[i]));
  await Promise.all(sockets.map((socket) => ask(socket, "leave", { room })));
  // What the settling itself told is none of the test's business.
  await sleep(50 * slowness);
  for (const socket of sockets) {
    for (const event of events) {
      const all = socket.told[event];
      for (let i = all.length - 1; i >= 0; i--) if (all[i][0].room === room) all.splice(i, 1);
    }
  }
}
