// A node is killed, and Redis loses all it has, while people talk through the balancer.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { connect } from "../support/clients.mjs";
import { now } from "../cluster/talkers.mjs";
import { startDeployment } from "../support/deployment.mjs";
import { eventually, sleep, slowness } from "../support/server.mjs";
import { Crowd, away } from "./crowd.mjs";

const lease = 10_000;
/** engine.ping_interval and ping_timeout of the shipped files. */
const heartbeat = 45_000;
/** Who was carried by another node is back so soon after Redis: nobody waits for the heartbeat to find out. */
const comeback = 15_000;

let deployment;
before(async () => {
  deployment = await startDeployment();
});
after(() => deployment?.stop());

async function withCrowd(body) {
  const crowd = await Crowd.start(deployment, { clients: 100 });
  try {
    await sleep(1500);
    await body(crowd);
  } finally {
    crowd.end();
  }
}

test("a killed node is taken out and its people come back on others, who were told once; started again it gets people", () => withCrowd(async (crowd) => {
  const [node] = deployment.nodes;
  const { tag } = node;
  const own = crowd.at(node);
  assert.ok(own.length > 5, `${own.length} of 100 people are at ${node.name}`);
  const begin = now();
  const fault = { begin: begin - 50, end: Infinity, affects: (a, b) => a === tag || b === tag };
  crowd.record({ type: "node-lost", at: begin, node: tag });
  await node.kill();
  await deployment.out(node, 5000);
  const out = now() - begin;
  await eventually("the people of the dead node are back", () => crowd.missing.length === 0 && own.every(({ member }) => !member.id.startsWith(tag)), lease + 5000);
  // Connections to that node end with it. Of those that another node carried there, the other finds out.
  const trips = crowd.tripsWithin(begin);
  assert.ok(trips.length >= own.length && trips.every(({ newTag }) => newTag !== tag));
  const since = (some) => away(some.map(({ back }) => ({ lost: begin, back })));
  const direct = since(trips.filter((trip) => trip.tag === tag && trip.kind === "websocket"));
  const all = since(trips);
  console.log(`HAProxy took ${node.name} out after ${Math.round(out)} ms; back after its end: WebSocket ${JSON.stringify(direct)}, all ${JSON.stringify(all)}`);
  assert.ok(direct.worst <= 5000 * slowness, JSON.stringify(direct));
  await deployment.settled({ count: 3 });
  fault.end = now();

  // It comes back empty, and new connections reach it.
  const before = (await deployment.server(node)).total;
  await node.start();
  await deployment.settled();
  assert.notEqual(node.tag, tag);
  await eventually("a newcomer lands on the node that came back", async () => {
    const socket = await connect(deployment, "/", { ...deployment.client, transports: ["websocket"] });
    const found = deployment.nodeOf(socket.id);
    socket.disconnect();
    return found === node;
  });
  assert.ok((await deployment.server(node)).total > before);
  await crowd.finish({ faults: [fault], lostWithin: lease + 2000 });
}));

test("Redis is killed and comes back empty: connections to their own node stay, all others come back, and rooms heal", () => withCrowd(async (crowd) => {
  const begin = now();
  // Whose connection is carried by another node hears nothing meanwhile, not even from its own.
  const fault = { begin: begin - 50, end: Infinity, affects: () => true };
  await deployment.redis.restartEmpty({ after: 1000 });
  const returned = now();
  await sleep(300);
  await deployment.settled();
  await crowd.complete(comeback);
  await crowd.healed(heartbeat + 15_000);
  fault.end = now();
  // A WebSocket from the start is at its own node; polling and upgraded sessions reach others, which carry them over Redis.
  const trips = crowd.tripsWithin(begin);
  assert.deepEqual(trips.filter(({ kind }) => kind === "websocket"), []);
  const late = away(trips.map(({ back }) => ({ lost: returned, back })));
  console.log(`Redis away for ${Math.round(returned - begin)} ms; ${late.people} of ${crowd.people.length} connections were carried and ended, ` +
    `the last was back ${late.worst} ms after Redis`);
  assert.ok(late.worst <= comeback * slowness, JSON.stringify(late));
  await crowd.finish({ faults: [fault] });
}));
