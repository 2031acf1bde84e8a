// All four nodes are restarted one after another while 200 people talk: everybody is back soon, and nobody who stayed misses,
// sees twice or sees in another order anything.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { now } from "../cluster/talkers.mjs";
import { startDeployment } from "../support/deployment.mjs";
import { slowness } from "../support/server.mjs";
import { Crowd, away } from "./crowd.mjs";

let deployment;
before(async () => {
  deployment = await startDeployment();
});
after(() => deployment?.stop());

test("a rolling restart of all four nodes under 200 talking clients", async () => {
  const crowd = await Crowd.start(deployment, { clients: 200 });
  try {
    for (const node of deployment.nodes) {
      const own = crowd.at(node).length;
      assert.ok(own > 10, `${own} of 200 people are at ${node.name}`);
      const begin = now();
      await node.stop();
      const ended = now();
      await crowd.complete(5000);
      const trips = crowd.tripsWithin(begin);
      assert.ok(trips.length >= own, `${own} people of ${node.name} had to leave, ${trips.length} did`);
      assert.ok(trips.every(({ lost }) => lost <= ended + 1000), "nobody leaves later than the node");
      const figures = away(trips);
      const reasons = {};
      for (const { kind, reason, tag } of trips) {
        const text = `${kind} ${reason}${deployment.tags.get(tag) === node ? "" : " (session of another node)"}`;
        reasons[text] = (reasons[text] ?? 0) + 1;
      }
      await node.start();
      await deployment.settled();
      console.log(`${node.name}: ended after ${Math.round(ended - begin)} ms, up again after ${Math.round(now() - begin)} ms; ` +
        `away ${JSON.stringify(figures)}; ${JSON.stringify(reasons)}`);
      assert.ok(figures.worst <= 5000 * slowness, JSON.stringify(figures));
    }
    assert.equal(crowd.refusals, 0, "joins were refused");
    assert.ok(deployment.nodes.every((node) => crowd.at(node).length > 0 || node === deployment.nodes.at(-1)), "nodes that came back get people again");
    await crowd.finish();
  } finally {
    crowd.end();
  }
});
