// 1,000 official clients against 4 nodes, every HTTP request at a random node: no error, nothing lost, doubled or out of order.

import assert from "node:assert/strict";
import { test } from "node:test";

import { AnyNodeAgent } from "../support/any_node.mjs";
import { ask, connect, upgraded } from "../support/clients.mjs";
import { Cluster } from "../support/cluster.mjs";
import { RedisServer } from "../support/redis.mjs";
import { eventually, sleep, slowness } from "../support/server.mjs";

const clients = Number(process.env.SIGNALING_CROWD ?? Math.floor(1000 / slowness));
const perRoom = 4;
const sends = 10;

const outcomes = ["answered", "accepted", "unknown_node", "unavailable", "timeout", "refused", "too_many", "client_lost"];
const outcomeMetric = (outcome) => `signaling_forwarded_requests_total{outcome="${outcome}"}`;

/** What one client was told, by sender; and every end or error, which there must not be. */
function watch(socket, errors) {
  const heard = new Map();
  socket.on("message", ({ from, data }) => {
    if (!heard.has(from)) heard.set(from, []);
    heard.get(from).push(data);
  });
  socket.on("disconnect", (reason) => {
    if (!socket.isLeaving) errors.push(`${socket.id}: ${reason}`);
  });
  socket.io.on("error", (error) => errors.push(`${socket.id}: ${error.message}`));
  socket.io.engine.on("upgradeError", (error) => errors.push(`${socket.id}: upgrade: ${error.message}`));
  return heard;
}

async function run(transports, check) {
  const redis = await RedisServer.start();
  const cluster = await Cluster.start({ nodes: 4, redis, lease: 10_000 * slowness });
  const requests = [0, 0, 0, 0];
  const choose = () => {
    const node = cluster.randomNode();
    requests[node.index]++;
    return node;
  };
  const errors = [];
  const sockets = [];
  try {
    for (let i = 0; i < clients; i += 50) {
      await Promise.all(Array.from({ length: Math.min(50, clients - i) }, async (_, j) => {
        const agent = new AnyNodeAgent(choose);
        const socket = await connect(cluster.nodes[0], "/", { transports, agent, timeout: 60_000 });
        Object.assign(socket, { agent, heard: watch(socket, errors), room: `crowd ${Math.floor((i + j) / perRoom)}` });
        sockets.push(socket);
        const answer = await ask(socket, "join", { room: socket.room });
        assert.equal(answer.ok, true, JSON.stringify(answer));
      }));
    }
    if (transports.includes("websocket")) await Promise.all(sockets.map((socket) => upgraded(socket)));
    await sleep(1000 * slowness);

    // Each sends its numbers one after the other, each acknowledged.
    await Promise.all(sockets.map(async (socket) => {
      for (let number = 0; number < sends; number++) {
        const answer = await new Promise((resolve) => socket.emit("message", { room: socket.room, data: number }, resolve));
        if (!answer.ok) errors.push(`${socket.id}: ${JSON.stringify(answer)}`);
      }
    }));
    const expected = sockets.length * (perRoom - 1) * sends;
    const count = () => sockets.reduce((sum, { heard }) => sum + [...heard.values()].reduce((all, { length }) => all + length, 0), 0);
    await eventually("everything has arrived", () => count() >= expected, 60_000).catch(() => {});
    await sleep(500 * slowness);  // what is doubled would come now

    assert.deepEqual(errors, []);
    assert.equal(count(), expected);
    const numbers = Array.from({ length: sends }, (_, number) => number);
    for (const socket of sockets) {
      const peers = sockets.filter((other) => other.room === socket.room && other !== socket);
      for (const { id } of peers) assert.deepEqual(socket.heard.get(id), numbers, `${socket.id} from ${id}`);
    }
    const sums = Object.fromEntries(await Promise.all(outcomes.map(async (outcome) => [outcome, await cluster.sum(outcomeMetric(outcome))])));
    console.log(`${transports}: requests by node ${requests}, forwarded ${JSON.stringify(sums)}`);
    for (const outcome of outcomes.slice(2)) assert.equal(sums[outcome], 0, outcome);
    await check(cluster, sums, requests.reduce((sum, value) => sum + value, 0));
  } finally {
    for (const socket of sockets) {
      socket.isLeaving = true;
      socket.disconnect();
    }
    await sleep(200);
    await cluster.stop();
    await redis.stop();
  }
}

test(`${clients} clients with polling alone`, () => run(["polling"], (cluster, sums, requests) => {
  // Three of four requests come to the wrong node, but for handshakes and the polls that still wait.
  assert.ok(sums.answered > 0.6 * (requests - 2 * clients), `${sums.answered} of ${requests}`);
}));

test(`${clients} clients that upgrade`, () => run(["polling", "websocket"], async (cluster, sums) => {
  assert.ok(sums.accepted > 0.6 * clients, `${sums.accepted} upgrades`);
  assert.equal(await cluster.sum('signaling_tunnels{side="client"}'), sums.accepted);
  assert.equal(await cluster.sum('signaling_tunnels{side="session"}'), sums.accepted);
}));
