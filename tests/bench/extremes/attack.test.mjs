// Half of the clients attack (attack.mjs), for a second: the honest half loses nothing and memory stays under its bound. How fast
// it is meanwhile is measured elsewhere.

import assert from "node:assert/strict";
import path from "node:path";
import test from "node:test";

import { buildDirectory, slowness } from "../../support/server.mjs";
import { attack, honest, measureOnce, memoryBoundMb } from "./attack.mjs";

test("floods, slow readers and malformed input take nothing from honest clients", async () => {
  // As much as a machine with sanitizers and other tests beside it carries.
  const part = (value) => Math.ceil(value / (10 * slowness));
  const attackers = { ...attack, malformed: part(attack.malformed), connecting: part(attack.connecting), flood: part(attack.flood), flooders: 10, readers: 2 };
  const load = path.join(buildDirectory, "tests/bench_load");
  const honestLoad = { ...honest, clients: 20, rate: part(honest.rate) };
  const options = { seconds: 2, honestLoad, attackers, set: { "engine.max_send_queue_bytes": 1_000_000 } };
  const alone = await measureOnce(load, { ...options, isAttacked: false });
  const attacked = await measureOnce(load, { ...options, isAttacked: true });
  assert.equal(attacked.lost, 0);
  assert.ok(attacked.did.connections > 0 && attacked.did.events > 0, JSON.stringify(attacked.did));
  assert.ok(attacked.refused > 0, "the server counted what it refused");
  if (slowness === 1) assert.ok(attacked.most_mb <= memoryBoundMb(alone.most_mb, attackers), `${attacked.most_mb} MB, ${alone.most_mb} MB without`);
});
