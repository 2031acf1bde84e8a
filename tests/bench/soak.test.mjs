// The soak (soak.mjs) for some seconds: nothing stays of clients that come and go over all transports while Redis is restarted.
// Whether memory grows cannot be told in so short a time.

import test from "node:test";

import { check, Soak } from "./soak.mjs";

test("clients come and go, Redis too, and nothing stays of them", async () => {
  const soak = new Soak({ seconds: 8, clients: 20, churn: 6, every: 300, redisEvery: 3, away: 0.5 });
  const result = await soak.run();
  console.log(JSON.stringify(result.counts));
  check(soak, result, { judgesMemory: false });
});
