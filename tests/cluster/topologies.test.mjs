// The signaling protocol over every way to Redis.

import { after, before, describe } from "node:test";

import { Cluster } from "../support/cluster.mjs";
import { RedisServer } from "../support/redis.mjs";
import { RedisCluster, SentinelSet } from "../support/redis_sets.mjs";
import { signalingSuite, suiteSettings } from "../support/signaling_suite.mjs";

const password = "p@ss/w:rd %20";

/** Name, and what starts it: a server or set with `settings` and `stop`. */
const ways = {
  "TLS, password in the URL": () => RedisServer.start({ over: "tls", password }),
  "Unix socket": () => RedisServer.start({ over: "unix" }),
  "password in a file": async () => {
    const redis = await RedisServer.start({ password });
    return { settings: redis.settingsWithPasswordFile, stop: () => redis.stop() };
  },
  Sentinel: () => SentinelSet.start({ replicas: 1, password: "s3cret" }),
  "Redis Cluster": () => RedisCluster.start(),
};

for (const [name, start] of Object.entries(ways)) {
  describe(name, () => {
    let redis;
    let cluster;
    before(async () => {
      redis = await start();
      cluster = await Cluster.start({ nodes: 3, redis, set: { ...suiteSettings } });
    });
    after(async () => {
      try {
        await cluster?.stop();
      } finally {
        await redis?.stop();
      }
    });
    signalingSuite(() => cluster);
  });
}
