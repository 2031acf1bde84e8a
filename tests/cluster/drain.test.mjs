// A node of a cluster leaves: clients whose sessions or connections are spread over nodes, and the rooms they were in.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { AnyNodeAgent, RoamingPoller } from "../support/any_node.mjs";
import { ask, connect, upgraded } from "../support/clients.mjs";
import { Cluster } from "../support/cluster.mjs";
import { join, peerAt, peersAt, told } from "../support/peers.mjs";
import { RedisServer } from "../support/redis.mjs";
import { eventually, slowness } from "../support/server.mjs";

let redis;
let cluster;
before(async () => {
  redis = await RedisServer.start();
  cluster = await Cluster.start({ nodes: 2, redis, lease: 10_000 * slowness });
});
after(async () => {
  await cluster?.stop();
  await redis?.stop();
});

/** A node beside the two that stay, to be drained by the test. */
async function leavingNode(set) {
  const node = await cluster.startNode(2, set);
  await cluster.agree();
  return node;
}

function watchEnd(socket) {
  socket.on("disconnect", (reason) => {
    socket.gone = { reason, at: performance.now(), isActive: socket.active };
  });
  return socket;
}

/** An official client whose session lives at `home` and whose every later request and WebSocket goes to `other`. */
async function guest(home, other, namespace, transports) {
  let requests = 0;
  const agent = new AnyNodeAgent(() => (requests++ === 0 ? home : other));
  const socket = await connect(home, namespace, { agent, transports, reconnection: true, reconnectionDelay: 50 });
  return watchEnd(socket);
}

test("tunnels to sessions elsewhere end in batches, and their clients come back", async () => {
  const [home] = cluster.nodes;
  const leaving = await leavingNode({ "drain.duration": "1s" });
  const guests = await Promise.all(Array.from({ length: 60 }, () => guest(home, leaving, "/kitchen", ["polling", "websocket"])));
  await Promise.all(guests.map(upgraded));
  assert.equal(await leaving.metric('signaling_tunnels{side="client"}'), 60);
  await leaving.stop();
  await eventually("everybody was told", () => guests.every((socket) => socket.gone));
  for (const socket of guests) {
    assert.equal(socket.gone.reason, "transport close");
    assert.ok(socket.gone.isActive);
  }
  const times = guests.map((socket) => socket.gone.at);
  assert.ok(Math.max(...times) - Math.min(...times) > 300, "six batches of ten, one in each 100 ms");
  for (const socket of guests) socket.disconnect();
  await cluster.agree({ count: 2 });
});

test("a client in the middle of its upgrade through a leaving node finishes it, and is told then", async () => {
  const [home] = cluster.nodes;
  const leaving = await leavingNode({ "drain.duration": "1s" });
  const poller = await RoamingPoller.at(home);
  await poller.enter("/kitchen", home, home);
  const probe = await poller.probe(leaving);
  probe.send("2probe");
  assert.equal(await probe.next(), "3probe");
  // Here an official client polls no more. With its WebSocket closed it would hear of nothing until its ping timeout.
  const stopped = leaving.stop();
  await eventually("whoever is left is to go", async () => (await leaving.metric("signaling_drain_phase")) >= 3);
  assert.equal(probe.closeCode, undefined);
  probe.send("5");
  assert.equal(await probe.expectClosed(), 1012);
  await stopped;
  assert.equal((await poller.poll(home)).status, 400, "the session ended with its transport");
  await cluster.agree({ count: 2 });
});

test("a polling session whose requests come through another node is told there", async () => {
  const leaving = await leavingNode();
  const guests = await Promise.all([0, 1, 2].map(() => guest(leaving, cluster.nodes[1], "/kitchen", ["polling"])));
  for (const socket of guests) assert.equal(await ask(socket, "ack", 1), 1);
  await leaving.stop();
  await eventually("everybody was told", () => guests.every((socket) => socket.gone));
  for (const socket of guests) assert.deepEqual(socket.gone.reason, "transport close");
  // Through a node that stays they get a session there.
  await eventually("everybody is back", () => guests.every((socket) => socket.connected));
  for (const socket of guests) socket.disconnect();
  await cluster.agree({ count: 2 });
});

test("members leave their rooms as their sockets go, and those not yet moved are still heard", async () => {
  const leaving = await leavingNode({ "drain.duration": "3s" });
  const [stays] = cluster.nodes;
  const witness = await peerAt(stays);
  await join(witness, "drained");
  const peers = await peersAt(Array(40).fill(leaving), { transports: ["websocket"] });
  for (const peer of peers) {
    watchEnd(peer);
    await join(peer, "drained");
  }
  leaving.child.kill("SIGTERM");
  await eventually("some have left, some not", () => {
    const left = witness.told["peer-left"].length;
    return left >= 10 && left < 40;
  });
  // Between a client that waits for its turn and one on another node.
  const waiting = peers.filter((peer) => !peer.gone);
  assert.ok(waiting.length > 0);
  const speaker = waiting.at(-1);
  const answer = await Promise.race([
    ask(speaker, "message", { room: "drained", data: "still here" }),
    new Promise((resolve) => speaker.once("disconnect", () => resolve("left"))),
  ]);
  if (answer !== "left") {
    await eventually("it is heard", () => witness.told.message.some(([message]) => message.data === "still here"));
  }
  await leaving.stop();
  const left = await told(witness, "peer-left", 40);
  assert.equal(new Set(left.map((message) => message.id)).size, 40);
  assert.deepEqual([...new Set(left.map((message) => message.reason))], ["disconnected"]);
  witness.disconnect();
  await cluster.agree({ count: 2 });
});
