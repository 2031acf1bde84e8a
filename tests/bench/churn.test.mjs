// Clients of every kind that came, talked and went leave nothing behind in the memory of a server, in one node and in a cluster:
// what is in use on the heap after some thousands of them is what it was before. The bound is less than the smallest block that
// anything kept for each client could be; what is kept for messages to come is not meant, and has a bound of its own. A buffer that
// has not found its size yet grows in one stretch; what is left of clients grows in each, so the least of them counts.

import assert from "node:assert/strict";
import test from "node:test";

import { connect } from "../support/clients.mjs";
import { startServer } from "../support/server.mjs";
import { growth, LiveHeap } from "./counted/live_heap.mjs";
import { measure, start } from "./churn.mjs";

const counts = [1500, 3000, 4500];
const mostBytesPerClient = 16;

for (const adapter of ["memory", "redis"]) {
  test(`clients that come and go leave nothing on the heap, ${adapter} adapter`, async (context) => {
    const servers = await start(adapter);
    try {
      const looks = await measure(servers, { counts, warmUp: 2000 });
      for (const [i, { bytes, kept }] of looks.at(-1).nodes.entries()) {
        assert.ok(bytes > 1_000_000, `node ${i}: ${bytes} bytes: nothing is counted`);
        const stretches = counts.map((count, k) => (looks[k + 1].nodes[i].bytes - looks[k].nodes[i].bytes) / (count - looks[k].clients));
        context.diagnostic(`node ${i}: ${bytes} bytes in use, ${stretches.map((each) => each.toFixed(1)).join(", ")} for each client; ${kept} kept`);
        assert.ok(Math.min(...stretches) < mostBytesPerClient, `node ${i}: ${stretches.map((each) => each.toFixed(1))} bytes for each of ${counts[0]} clients; blocks that came in the last stretch, by size: ${
          JSON.stringify(growth(looks.at(-2).nodes[i].heap, looks.at(-1).nodes[i].heap).slice(0, 10))}`);
      }
    } finally {
      await servers.stop();
    }
  });
}

test("blocks that are freed are merged then, not all of them in one turn of an event loop after a crowd has left", async () => {
  const heap = new LiveHeap();
  try {
    const server = await startServer({ env: heap.env });
    try {
      const sockets = await Promise.all(Array.from({ length: 100 }, () => connect(server, "/", { transports: ["websocket"] })));
      for (const socket of sockets) socket.disconnect();
    } finally {
      await server.stop();
    }
    assert.equal(heap.read().unmerged, 0);
  } finally {
    heap.close();
  }
});
