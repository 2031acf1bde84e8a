// Clients of every kind that came, talked and went leave nothing behind in the memory of a server, in one node and in a cluster:
// what is in use on the heap after some thousands of them is what it was before. The bound is less than the smallest block that
// anything kept for each client could be; what is kept for messages to come is not meant, and has a bound of its own.

import assert from "node:assert/strict";
import test from "node:test";

import { measure, start } from "./churn.mjs";

const clients = 4000;
const mostBytesPerClient = 16;

for (const adapter of ["memory", "redis"]) {
  test(`clients that come and go leave nothing on the heap, ${adapter} adapter`, async (context) => {
    const servers = await start(adapter);
    try {
      const looks = await measure(servers, { counts: [clients], warmUp: 3000 });
      for (const [i, { bytes, bytes_per_client: each, kept, grown }] of looks.at(-1).nodes.entries()) {
        context.diagnostic(`node ${i}: ${bytes} bytes in use, ${each.toFixed(1)} for each client; ${kept} kept`);
        assert.ok(each < mostBytesPerClient, `node ${i}: ${each.toFixed(1)} bytes for each of ${clients} clients, by size of block: ${JSON.stringify(grown.slice(0, 10))}`);
      }
    } finally {
      await servers.stop();
    }
  });
}
