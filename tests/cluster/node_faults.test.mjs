// A node dies, or sleeps for longer than its lease, while clients talk.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { RedisServer } from "../support/redis.mjs";
import { eventually, sleep } from "../support/server.mjs";
import { FaultRun, lease } from "./fault_run.mjs";
import { now } from "./talkers.mjs";

let redis;
before(async () => {
  redis = await RedisServer.start();
});
after(() => redis?.stop());

const withNode = (name) => (a, b) => a !== b && (a === name || b === name);

test("a node is killed: its members leave with it, once, within the lease; a new node in its place is a new one", () => FaultRun.of({ redis }, async (run) => {
  const { cluster, talkers } = run;
  const [node] = cluster.nodes;
  const fault = run.begin(withNode("node-0"));
  talkers.record({ type: "node-lost", at: now(), node: "node-0" });
  await node.kill();
  await run.over(fault, { timeout: lease + 2000 });
  // Requests of the others are answered meanwhile and after.
  assert.ok((await talkers.askAll()).every((answer) => answer?.ok));
  await cluster.startNode(0);
  await cluster.agree();
}));

test("a node is stopped for longer than its lease and continued: it is back with its members", () => FaultRun.of({ redis }, async (run) => {
  const { cluster, talkers } = run;
  const [node, ...others] = cluster.nodes;
  const fault = run.begin(withNode("node-0"));
  talkers.record({ type: "node-lost", at: now(), node: "node-0" });
  await node.pause();
  await cluster.agree({ count: 2, nodes: others, timeout: lease + 2000 });
  const lost = talkers.members.filter((member) => member.node === node).length;
  await eventually("the others are told", () => talkers.events.filter(({ reason }) => reason === "node-lost").length >= lost);
  await sleep(2000);
  node.resume();
  await run.over(fault);
}));

test("a node that ends in order is missed by nobody", () => FaultRun.of({ redis }, async (run) => {
  const fault = run.begin(withNode("node-0"));
  await run.cluster.nodes[0].stop();
  await run.over(fault, { timeout: 3000 });
  assert.equal(run.talkers.events.filter(({ reason }) => reason === "node-lost").length, 0);
}));
