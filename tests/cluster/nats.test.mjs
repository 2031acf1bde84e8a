// Two nodes on a NATS server, chosen by one line of the configuration: the signaling protocol, broadcasts to Socket.IO rooms, and
// what is left when a node or the server dies.

import assert from "node:assert/strict";
import path from "node:path";
import { after, before, describe, test } from "node:test";

import { ask, collect, connect } from "../support/clients.mjs";
import { Cluster, readiness } from "../support/cluster.mjs";
import { NatsServer } from "../support/nats.mjs";
import { close, join, peerAt, peersAt, told } from "../support/peers.mjs";
import { eventually, repository, slowness } from "../support/server.mjs";
import { signalingSuite, suiteSettings } from "../support/signaling_suite.mjs";

const config = path.join(repository, "tests/cluster/nats.toml");
const lease = 2000 * slowness;

async function withCluster(storage, use) {
  const nats = await NatsServer.start({ storage });
  let cluster;
  try {
    cluster = await Cluster.start({ nodes: 2, redis: nats, adapter: "nats_adapter", config, lease });
    await use(cluster, nats);
    await cluster.stop();
  } finally {
    await cluster?.abandon();
    await nats.stop();
  }
}

const ids = (peers) => peers.map(({ id }) => id).sort();
async function assertPeers(socket, room, expected) {
  const answer = await ask(socket, "peers", { room });
  assert.deepEqual(ids(answer.peers), ids(expected), JSON.stringify(answer));
}

describe("two nodes", () => {
  let nats;
  let cluster;
  before(async () => {
    nats = await NatsServer.start({ password: "p@ss/w:rd" });
    cluster = await Cluster.start({ nodes: 2, redis: nats, adapter: "nats_adapter", config, set: suiteSettings });
  });
  after(async () => {
    await cluster?.stop();
    await nats?.stop();
  });

  signalingSuite(() => cluster);

  test("broadcasts reach the members of a room on both nodes, and nobody else", async () => {
    const sockets = await Promise.all(cluster.nodes.flatMap((node) => [0, 1].map(() => connect(node, "/kitchen"))));
    const got = sockets.map((socket) => collect(socket, "n"));
    const room = "a room * > .";
    await Promise.all([0, 2].map((i) => ask(sockets[i], "join", { room })));
    await eventually("both are in the room", async () => (await ask(sockets[0], "query", { rooms: [room], projection: "count" })).count === 2);
    await ask(sockets[1], "emit", { rooms: [room], event: ["n", "room"] });
    await ask(sockets[1], "emit", { event: ["n", "all"] });
    await eventually("all have it", () => got.every((events) => events.flat().includes("all")));
    assert.deepEqual(got.map((events) => events.flat()), [["room", "all"], ["all"], ["room", "all"], ["all"]]);
    sockets.forEach((socket) => socket.disconnect());
  });
});

test("a node is killed: its members leave with it, and a new node in its place is a new one", () => withCluster("memory", async (cluster) => {
  const [a, b] = await peersAt(cluster.nodes);
  await join(a, "room");
  await join(b, "room");
  await told(a, "peer-joined");
  const { id } = b;
  await cluster.nodes[1].kill();
  const [left] = await told(a, "peer-left", 1, lease + 3000);
  assert.deepEqual([left.id, left.reason], [id, "node-lost"]);
  await assertPeers(a, "room", []);
  await cluster.startNode(1);
  await cluster.agree();
  const c = await peerAt(cluster.nodes[1]);
  const answer = await join(c, "room");
  assert.deepEqual(ids(answer.peers), [a.id]);
  assert.equal(a.told["peer-left"].length, 1);
  close(a, c);
}));

for (const storage of ["memory", "file"]) {
  test(`NATS is killed and comes back, the stream in ${storage}: what is local goes on meanwhile, and all is as it was`, () => withCluster(storage, async (cluster, nats) => {
    const [a, b, c] = await peersAt([cluster.nodes[0], cluster.nodes[1], cluster.nodes[0]]);
    const local = await Promise.all([0, 1].map(() => connect(cluster.nodes[0], "/kitchen")));
    const got = collect(local[1], "n");
    await ask(local[1], "join", { room: "local" });
    await join(a, "room", "metadata of a");
    await join(b, "room");
    await told(a, "peer-joined");
    await nats.kill();
    await eventually("the nodes say so", async () => (await Promise.all(cluster.nodes.map(readiness))).every(({ status }) => status !== "ready"));
    await ask(local[0], "emit", { rooms: ["local"], event: ["n", "meanwhile"] });
    await eventually("it was delivered", () => got.flat().includes("meanwhile"));
    const refused = await join(c, "room");
    assert.equal(refused.ok, false, JSON.stringify(refused));
    await nats.run();
    await cluster.agree({ timeout: 15_000 });
    await assertPeers(a, "room", [b]);
    await assertPeers(b, "room", [a]);
    const answer = await join(c, "room");
    assert.deepEqual(answer.peers.map(({ id }) => id), [a.id, b.id], "in order of joining");
    assert.equal(answer.peers[0].metadata, "metadata of a");
    assert.deepEqual((await told(b, "peer-joined")).map(({ peer }) => peer.id), [c.id], "nobody else is announced");
    assert.deepEqual((await told(a, "peer-joined", 2)).map(({ peer }) => peer.id), [b.id, c.id]);
    assert.deepEqual(a.told["peer-left"], []);
    assert.deepEqual(b.told["peer-left"], []);
    close(a, b, c);
    local.forEach((socket) => socket.disconnect());
  }));
}

test("a node that ends in order is missed by nobody", () => withCluster("memory", async (cluster) => {
  const [a, b] = await peersAt(cluster.nodes);
  await join(a, "room");
  await join(b, "room");
  await told(a, "peer-joined");
  const { id } = b;
  await cluster.nodes[1].stop();
  const [left] = await told(a, "peer-left");
  assert.equal(left.id, id);
  assert.notEqual(left.reason, "node-lost");
  await cluster.agree({ count: 1 });
  close(a);
}));
