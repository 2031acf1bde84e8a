// The signaling protocol over 2, 4 and 8 nodes on one Redis.

import { after, before, describe } from "node:test";

import { Cluster } from "../support/cluster.mjs";
import { RedisServer } from "../support/redis.mjs";
import { signalingSuite, suiteSettings } from "../support/signaling_suite.mjs";

let redis;
before(async () => {
  redis = await RedisServer.start();
});
after(() => redis?.stop());

for (const nodes of [2, 4, 8]) {
  describe(`${nodes} nodes`, () => {
    let cluster;
    before(async () => {
      cluster = await Cluster.start({ nodes, redis, seed: nodes, set: { ...suiteSettings, "listen.workers": nodes > 4 ? 1 : 2 } });
    });
    after(() => cluster?.stop());
    signalingSuite(() => cluster);
  });
}
