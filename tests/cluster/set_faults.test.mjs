// Sets of Redis servers change while clients talk: another master, slots on the move.

import { test } from "node:test";

import { RedisCluster, SentinelSet } from "../support/redis_sets.mjs";
import { sleep } from "../support/server.mjs";
import { FaultRun } from "./fault_run.mjs";

async function withSet(Kind, use) {
  const set = await Kind.start();
  try {
    await use(set);
  } finally {
    await set.stop();
  }
}

test("Sentinel: the master dies and another takes over", () => withSet(SentinelSet, (redis) => FaultRun.of({ redis }, async (run) => {
  const fault = run.begin();
  await redis.failOver();
  await run.over(fault);
})));

test("Sentinel: the master is demoted in order", () => withSet(SentinelSet, (redis) => FaultRun.of({ redis }, async (run) => {
  const fault = run.begin();
  await redis.switchOver();
  await sleep(3000);  // the old master is told some time after the new one
  await run.over(fault);
})));

test("Redis Cluster: slots are moved with their keys", () => withSet(RedisCluster, (redis) => FaultRun.of({ redis }, async (run) => {
  const fault = run.begin();
  const slots = await redis.slotsOf(0);
  // A third of what the first has, with moments where keys of one slot lie on both sides.
  await redis.moveSlots(0, 1, slots.slice(0, 1800), { pause: () => sleep(30) });
  await sleep(1000);
  await run.over(fault);
})));

test("Redis Cluster: a master is emptied", () => withSet(RedisCluster, (redis) => FaultRun.of({ redis }, async (run) => {
  const fault = run.begin();
  await redis.moveSlots(2, 0, await redis.slotsOf(2));
  await sleep(1000);
  await run.over(fault);
})));

test("Redis Cluster: one of three masters is stopped for a while; rooms of the others go on", () => withSet(RedisCluster, (redis) => FaultRun.of({ redis }, async (run) => {
  const fault = run.begin();
  redis.servers[1].pause();
  for (const node of run.cluster.nodes) await run.degraded(node, 8000);
  redis.servers[1].resume();
  await run.over(fault, { timeout: 20_000 });
})));
