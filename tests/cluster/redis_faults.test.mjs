// Redis or the way to it fails while clients talk: what is local goes on, what was there is right again, and nobody reconnects.

import { test } from "node:test";

import { RedisServer } from "../support/redis.mjs";
import { sleep, slowness } from "../support/server.mjs";
import { FaultRun, lease } from "./fault_run.mjs";

/** A Redis of its own for each test: what one leaves behind does not reach the next. */
async function withRedis(use) {
  const redis = await RedisServer.start();
  try {
    await use(redis);
  } finally {
    await redis.stop();
  }
}

test("Redis is killed and comes back empty", () => withRedis((redis) => FaultRun.of({ redis }, async (run) => {
  const fault = run.begin();
  await redis.kill();
  await run.checkWithout(run.cluster.nodes);
  await redis.run();
  await run.over(fault);
})));

test("Redis comes back empty at once", () => withRedis((redis) => FaultRun.of({ redis }, async (run) => {
  const fault = run.begin();
  await redis.restartEmpty();
  await sleep(1500 * slowness);
  await run.over(fault);
})));

test("Redis is stopped for 20 s and goes on", () => withRedis((redis) => FaultRun.of({ redis }, async (run) => {
  const fault = run.begin();
  const begin = Date.now();
  redis.pause();
  await run.checkWithout(run.cluster.nodes);
  await sleep(Math.max(0, 20_000 - (Date.now() - begin)));
  redis.resume();
  await run.over(fault);
})));

for (const [name, act] of Object.entries({
  "the connections of one node are reset once": async (link) => {
    await link.cut();
    await link.pass();
  },
  "one node is cut off for longer than its lease": async (link, run, node) => {
    await link.cut();
    await run.checkWithout([node]);
    await sleep(lease * 1.5);
    await link.pass();
  },
  "one node's packets are held back for longer than its lease": async (link, run, node) => {
    await link.freeze();
    await run.checkWithout([node]);
    await sleep(lease * 1.5);
    await link.pass();
  },
  "one node's link is half-open, both ways": async (link, run, node) => {
    await link.swallow();
    await run.checkWithout([node], { within: 3000 });
    await sleep(lease);
    await link.pass();
  },
  "one node's link is half-open towards Redis": async (link, run, node) => {
    await link.swallow("up");
    await run.checkWithout([node], { within: 3000 });
    await link.pass();
  },
  "one node's link is half-open from Redis": async (link, run, node) => {
    await link.swallow("down");
    await run.checkWithout([node], { within: 3000 });
    await link.pass();
  },
})) {
  test(name, () => withRedis((redis) => FaultRun.of({ redis, links: true }, async (run) => {
    const [node] = run.cluster.nodes;
    const fault = run.begin((a, b) => a !== b && (a === "node-0" || b === "node-0"));
    await act(run.cluster.links[0], run, node);
    await run.over(fault);
  })));
}
