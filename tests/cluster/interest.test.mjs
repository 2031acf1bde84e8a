// Nobody is told what does not concern it: a node without a member gets nothing, a room on one node publishes nothing.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { ask } from "../support/clients.mjs";
import { Cluster } from "../support/cluster.mjs";
import { close, join, peerAt, peersAt, told } from "../support/peers.mjs";
import { RedisServer } from "../support/redis.mjs";
import { eventually } from "../support/server.mjs";

let redis;
let cluster;
let monitor;
/** Messages on the channels of rooms that the nodes have published. */
let published = 0;
/** The last marker that came along, see `publishedDuring`. */
let marker = -1;
before(async () => {
  redis = await RedisServer.start();
  cluster = await Cluster.start({ nodes: 4, redis });
  // A subscriber would not do: nodes count who listens.
  monitor = await redis.open();
  await monitor.monitor((line) => {
    if (/ "publish" "[^"]*:t:/i.test(line)) published += 1;
    marker = Number(/ "echo" "marker (\d+)"/i.exec(line)?.[1] ?? marker);
  });
});
after(async () => {
  monitor?.close();
  await cluster?.stop();
  await redis?.stop();
});

/** How many messages rooms cost while `use` ran. */
async function publishedDuring(use) {
  const before = published;
  await use();
  const next = marker + 1;
  await redis.command("ECHO", `marker ${next}`);
  await eventually("the monitor has seen everything", () => marker === next);
  return published - before;
}
/** Nodes greet each other where a room opens, and that may come late. */
const greetings = 5;

test("a room on one node causes no PUBLISH", async () => {
  const [node] = cluster.nodes;
  const sockets = await peersAt([node, node, node], { transports: ["websocket"] });
  for (const socket of sockets) await join(socket, "here");
  const count = await publishedDuring(async () => {
    for (let i = 0; i < 1000; i++) {
      sockets[0].emit("message", { room: "here", data: i });
      sockets[1].emit("signal", { room: "here", to: sockets[2].id, data: i });
    }
    await told(sockets[2], "message", 1000);
    await told(sockets[2], "signal", 1000);
  });
  assert.ok(count <= greetings, `${count} messages`);
  close(sockets);
});

test("1,000 small rooms on one node: their presence alone", async () => {
  const [node] = cluster.nodes;
  const [socket, other] = await peersAt([node, node], { transports: ["websocket"] });
  await Promise.all(Array.from({ length: 900 }, (_, i) => join(socket, `small ${i}`)));
  await Promise.all(Array.from({ length: 900 }, (_, i) => join(other, `small ${i}`)));
  const count = await publishedDuring(async () => {
    for (let i = 0; i < 900; i++) socket.emit("message", { room: `small ${i}`, data: i });
    await told(other, "message", 900);
  });
  assert.ok(count <= greetings, `${count} messages`);
  close(socket, other);
});

test("a room on two nodes reaches these alone", async () => {
  const [first, second, ...others] = cluster.nodes;
  const [ada, grace] = await peersAt([first, second], { transports: ["websocket"] });
  await join(ada, "shared");
  await join(grace, "shared");
  await told(ada, "peer-joined");
  const messages = "signaling_plugin_redis_adapter_received_messages_total";
  const before = await Promise.all(cluster.nodes.map((node) => node.metric(messages)));
  // One after the other, so that none is put together with the next.
  for (let i = 0; i < 200; i++) assert.equal((await ask(ada, "message", { room: "shared", data: i })).ok, true);
  await told(grace, "message", 200);
  const after_ = await Promise.all(cluster.nodes.map((node) => node.metric(messages)));
  const got = after_.map((value, i) => value - before[i]);
  assert.ok(got[1] >= 200, `node-1 got ${got}`);
  for (const node of [first, ...others]) assert.ok(got[node.index] < 100, `node-${node.index} got ${got}`);
  close(ada, grace);
});

test("a room that comes to a second node and leaves it again is followed", async () => {
  const [first, second] = cluster.nodes;
  const options = { transports: ["websocket"] };
  const [ada, alan, grace] = [await peerAt(first, options), await peerAt(first, options), await peerAt(second, options)];
  await join(ada, "moving");
  await join(alan, "moving");
  let sent = 0;
  const talk = (count) => publishedDuring(async () => {
    for (let i = 0; i < count; i++) assert.equal((await ask(ada, "message", { room: "moving", data: sent++ })).ok, true);
    await told(alan, "message", sent);
  });
  const alone = await talk(100);
  assert.ok(alone <= greetings, `${alone} messages`);
  await join(grace, "moving");
  const shared = await talk(100);  // fewer where the adapter's thread is late: it puts together what waits
  assert.ok(shared > 2 * greetings && shared <= 100 + greetings, `${shared} messages`);
  await told(grace, "message", 100);
  await ask(grace, "leave", { room: "moving" });
  await eventually("nothing is published any more", async () => (await talk(100)) <= greetings);
  assert.equal(grace.told.message.length, 100);
  close(ada, alan, grace);
});

test("10,000 rooms that open at once are subscribed in batches", async () => {
  const sockets = await peersAt(Array.from({ length: 20 }, (_, i) => cluster.nodes[i % 2]), { transports: ["websocket"] });
  const rooms = 500;
  const begin = Date.now();
  const subscribes = async () => (await redis.commandCalls()).subscribe ?? 0;
  const before = await subscribes();
  const answers = await Promise.all(sockets.flatMap((socket, n) => Array.from({ length: rooms }, (_, i) => join(socket, `burst ${n} ${i}`))));
  assert.ok(answers.every(({ ok }) => ok));
  const calls = (await subscribes()) - before;
  assert.ok(calls < 5000, `${calls} SUBSCRIBE`);
  console.log(`10,000 rooms in ${Date.now() - begin} ms, ${calls} SUBSCRIBE`);
  close(sockets);
});
