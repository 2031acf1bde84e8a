// The events of plugins/webrtc_signaling on socket.io, as one would write them in Node: what the benchmark measures the server
// against. One process is one node; with --redis, several are one cluster over @socket.io/redis-adapter.
//
//   node server.mjs [--port 0] [--nodes 4 --redis redis://127.0.0.1:6379] [--certificate FILE --key FILE] [--deflate]
//
// Prints "listening on 127.0.0.1:PORT" once it listens, and "ready" once it knows of all `nodes`. Ends at SIGTERM.
//
// Where the idiom makes it cheaper than the plugin, it stays cheaper. On one node members come from the adapter's maps and not from
// fetchSockets(). In a cluster a signal to a peer of another node is published without asking whether that is in the room: to
// ask would be a request to every node for each signal. The plugin does check, on every node.

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { parseArgs } from "node:util";

import { createAdapter } from "@socket.io/redis-adapter";
import { createClient } from "redis";
import { Server } from "socket.io";

const limits = { roomNameBytes: 128, metadataBytes: 4096, peers: 1000, rooms: 32 };

const { values: options } = parseArgs({
  options: {
    port: { type: "string", default: "0" },
    redis: { type: "string" },
    nodes: { type: "string", default: "1" },
    certificate: { type: "string" },
    key: { type: "string" },
    deflate: { type: "boolean", default: false },
  },
});
const isCluster = options.redis !== undefined;

const http = options.certificate ? createSecureServer({ cert: readFileSync(options.certificate), key: readFileSync(options.key) }) : createServer();
const io = new Server(http, { serveClient: false, perMessageDeflate: options.deflate });

if (isCluster) {
  const publisher = createClient({ url: options.redis });
  const subscriber = publisher.duplicate();
  // Without a listener an error of Redis would end the process; both reconnect by themselves.
  for (const client of [publisher, subscriber]) client.on("error", (error) => console.error(`redis: ${error.message}`));
  await Promise.all([publisher.connect(), subscriber.connect()]);
  io.adapter(createAdapter(publisher, subscriber));
}

/** Rooms of the application have a prefix: one that is named like a peer's id must not reach that peer. */
const keyOf = (room) => `room ${room}`;

class Refusal {
  constructor(code, message) {
    this.ok = false;
    this.error = { code, message };
  }
}

function checkRoom({ room }) {
  if (typeof room !== "string" || room.length === 0) return new Refusal("invalid", "room must be a string that is not empty");
  if (room.length > limits.roomNameBytes || Buffer.byteLength(room) > limits.roomNameBytes) {
    return new Refusal("invalid", `room is longer than ${limits.roomNameBytes} bytes`);
  }
}

function checkMetadata({ metadata = null }) {
  if (metadata !== null && Buffer.byteLength(JSON.stringify(metadata)) > limits.metadataBytes) {
    return new Refusal("invalid", `metadata is longer than ${limits.metadataBytes} bytes`);
  }
}

const checkMember = (socket, { room }) => (socket.rooms.has(keyOf(room)) ? undefined : new Refusal("not-in-room", "you are not in this room"));

/** Members beside the socket itself, with their metadata: from the adapter's maps, or from all nodes. */
async function peersOf(socket, room) {
  const key = keyOf(room);
  if (isCluster) {
    const sockets = await io.in(key).fetchSockets();
    return sockets.filter(({ id }) => id !== socket.id).map(({ id, data }) => ({ id, metadata: data.metadata?.[room] ?? null }));
  }
  const peers = [];
  for (const id of io.of("/").adapter.rooms.get(key) ?? []) {
    if (id !== socket.id) peers.push({ id, metadata: io.of("/").sockets.get(id)?.data.metadata[room] ?? null });
  }
  return peers;
}

function leaveRoom(socket, room) {
  socket.leave(keyOf(room));
  delete socket.data.metadata[room];
}

async function join(socket, request) {
  const { room, metadata = null } = request;
  const refused = checkRoom(request) ?? checkMetadata(request);
  if (refused) return refused;
  const key = keyOf(room);
  const wasMember = socket.rooms.has(key);
  // One of the rooms is the socket's own id.
  if (!wasMember && socket.rooms.size > limits.rooms) return new Refusal("too-many-rooms", `at most ${limits.rooms} rooms`);
  if (!wasMember && (io.of("/").adapter.rooms.get(key)?.size ?? 0) >= limits.peers) return new Refusal("room-full", `at most ${limits.peers} peers`);
  socket.data.metadata[room] = metadata;
  // Before the list is taken: of two that join at once on two nodes, one has to see the other.
  socket.join(key);
  const peers = await peersOf(socket, room);
  if (!wasMember && peers.length >= limits.peers) {
    leaveRoom(socket, room);
    return new Refusal("room-full", `at most ${limits.peers} peers`);
  }
  const peer = { id: socket.id, metadata };
  socket.to(key).emit(wasMember ? "peer-updated" : "peer-joined", { room, peer });
  return { ok: true, room, id: socket.id, peers, iceServers: [] };
}

function leave(socket, request) {
  const refused = checkRoom(request) ?? checkMember(socket, request);
  if (refused) return refused;
  const { room } = request;
  leaveRoom(socket, room);
  socket.to(keyOf(room)).emit("peer-left", { room, id: socket.id, reason: "left" });
  return { ok: true };
}

function checkData(socket, request) {
  const refused = checkRoom(request);
  if (refused) return refused;
  if (request.data === undefined) return new Refusal("invalid", "data is missing");
  return checkMember(socket, request);
}

/** Sends `content` to the peer `to`. */
function sendTo(socket, to, room, event, content) {
  const target = io.of("/").sockets.get(to);
  if (target === undefined && isCluster) {
    socket.to(to).emit(event, content);
  } else if (target?.rooms.has(keyOf(room))) {
    target.emit(event, content);
  } else {
    return new Refusal("peer-unavailable", "no such peer in this room");
  }
  return { ok: true };
}

function signal(socket, request) {
  const { room, to, data } = request;
  if (typeof to !== "string" || to.length === 0) return new Refusal("invalid", "to must be the id of a peer");
  return checkData(socket, request) ?? sendTo(socket, to, room, "signal", { room, from: socket.id, data });
}

function message(socket, request) {
  const refused = checkData(socket, request);
  if (refused) return refused;
  const { room, data } = request;
  socket.to(keyOf(room)).emit("message", { room, from: socket.id, data });
  return { ok: true };
}

function update(socket, request) {
  const { room, metadata = null } = request;
  const refused = checkRoom(request) ?? checkMetadata(request) ?? checkMember(socket, request);
  if (refused) return refused;
  socket.data.metadata[room] = metadata;
  socket.to(keyOf(room)).emit("peer-updated", { room, peer: { id: socket.id, metadata } });
  return { ok: true };
}

async function peers(socket, request) {
  return checkRoom(request) ?? checkMember(socket, request) ?? { ok: true, peers: await peersOf(socket, request.room) };
}

/** `offer` and the like as existing clients emit them; here always with a `room`. */
const relayTo = (event) => (socket, { to, ...request }) => {
  const refused = checkRoom(request) ?? checkMember(socket, request);
  if (refused) return refused;
  const content = { ...request, from: socket.id };
  if (to !== undefined) return sendTo(socket, to, request.room, event, content);
  socket.to(keyOf(request.room)).emit(event, content);
  return { ok: true };
};

const handlers = { join, leave, signal, message, update, peers };
for (const event of ["offer", "answer", "ice-candidate"]) handlers[event] = relayTo(event);

io.on("connection", (socket) => {
  socket.data.metadata = {};
  for (const [event, handler] of Object.entries(handlers)) {
    socket.on(event, (request, acknowledge) => {
      const reply = request !== null && typeof request === "object" ? handler(socket, request) : new Refusal("invalid", "the argument must be an object");
      const answer = typeof acknowledge === "function" ? acknowledge : () => {};
      // Only what may have to wait is a promise: the hot path pays for none.
      if (reply instanceof Promise) reply.then(answer, (error) => answer(new Refusal("unavailable", error.message)));
      else answer(reply);
    });
  }
  socket.on("disconnecting", () => {
    for (const room of Object.keys(socket.data.metadata)) {
      socket.to(keyOf(room)).emit("peer-left", { room, id: socket.id, reason: "disconnected" });
    }
  });
});

process.on("SIGTERM", () => process.exit(0));

http.listen({ port: Number(options.port), host: "127.0.0.1", backlog: 4096 }, async () => {
  console.log(`listening on 127.0.0.1:${http.address().port}`);
  if (isCluster) {
    const limit = Date.now() + 10_000;
    while ((await io.of("/").adapter.serverCount()) < Number(options.nodes)) {
      if (Date.now() > limit) throw new Error(`not ${options.nodes} nodes on ${options.redis} within 10 s`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  console.log("ready");
});
