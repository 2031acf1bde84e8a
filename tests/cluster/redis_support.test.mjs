// The Redis set-ups that the other tests stand on do what they say.

import assert from "node:assert/strict";
import { test } from "node:test";

import { RedisServer } from "../support/redis.mjs";
import { RedisError, parseReply } from "../support/redis_client.mjs";
import { RedisCluster, SentinelSet } from "../support/redis_sets.mjs";
import { sleep } from "../support/server.mjs";

test("replies are read whole or not at all", () => {
  const bytes = Buffer.from("*4\r\n$3\r\nabc\r\n:-7\r\n$-1\r\n*1\r\n+OK\r\n-ERR no\r\n");
  const first = parseReply(bytes);
  assert.deepEqual(first.value, ["abc", -7, null, ["OK"]]);
  assert.ok(parseReply(bytes, first.next).value instanceof RedisError);
  for (let length = 0; length < first.next; length++) assert.equal(parseReply(bytes.subarray(0, length)), undefined);
});

for (const options of [{}, { password: "s3cret" }, { over: "tls" }, { over: "unix" }]) {
  test(`a server with ${JSON.stringify(options)} answers, stops, goes on, and is empty after a crash`, async () => {
    const redis = await RedisServer.start(options);
    try {
      await redis.command("SET", "key", "value");
      redis.pause();
      let isAnswered = false;
      const answer = redis.command("GET", "key").then((value) => {
        isAnswered = true;
        return value;
      });
      await sleep(100);
      assert.equal(isAnswered, false);
      redis.resume();
      assert.equal(await answer, "value");
      assert.equal((await redis.commandCalls()).set, 1);
      await redis.restartEmpty();
      assert.equal(await redis.command("GET", "key"), null);
    } finally {
      await redis.stop();
    }
  });
}

test("sentinels make another master, by order and by need", async () => {
  const set = await SentinelSet.start();
  try {
    await set.master().command("SET", "key", "value");
    await set.replicated();
    const first = set.master();
    await set.switchOver();
    assert.notEqual(set.master(), first);
    assert.equal(await set.master().command("GET", "key"), "value");
    await set.replicated();
    await set.failOver();
    assert.equal(await set.master().command("GET", "key"), "value");
  } finally {
    await set.stop();
  }
});

test("slots of a cluster are moved with their keys", async () => {
  const cluster = await RedisCluster.start();
  try {
    const [, last] = cluster.servers;
    const slot = await last.command("CLUSTER", "KEYSLOT", "{p}:key");
    const owner = (await Promise.all(cluster.servers.map((_, i) => cluster.slotsOf(i)))).findIndex((slots) => slots.includes(slot));
    await cluster.servers[owner].command("SET", "{p}:key", "value");
    const to = (owner + 1) % 3;
    const paused = [];
    await cluster.moveSlots(owner, to, [slot], { pause: async (done) => paused.push(done) });
    assert.deepEqual(paused, [0]);
    assert.equal(await cluster.servers[to].command("GET", "{p}:key"), "value");
    await assert.rejects(cluster.servers[owner].command("GET", "{p}:key"), /MOVED/);
    assert.ok((await cluster.slotsOf(to)).includes(slot));
  } finally {
    await cluster.stop();
  }
});
