// In steady state a message that is relayed or fanned out makes the server allocate nothing and take no lock: counted in the real
// server with its plugins, over thousands of messages. What it does otherwise is told with its callers.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { startServer } from "../../support/server.mjs";
import { allocations, CallCounts, describe, locks, sum } from "./calls.mjs";
import { cases, FixedScript, serverSettings } from "./script.mjs";

const warmup = 480;
const messages = 2400;

const counts = new CallCounts();
let server;
let script;

before(async () => {
  server = await startServer({ set: serverSettings, env: counts.env });
  script = await FixedScript.start(server.port);
});
after(async () => {
  script?.stop();
  await server?.stop();
  counts.close();
});

for (const one of cases) {
  test(`${one.title}: no allocation, no lock`, async () => {
    await script.run(one, warmup);
    const { calls, traces } = await counts.countLoop(() => script.run(one, messages), [...allocations, ...locks]);
    // Else the counting does not work, and nothing is shown.
    assert.ok(calls.receive >= messages / one.batch && calls.send >= messages / one.batch, JSON.stringify(calls));
    const callers = () => describe(traces, server.pid);
    assert.equal(sum(calls, allocations), 0, `${messages} messages: ${JSON.stringify(calls)}\n${callers()}`);
    assert.equal(sum(calls, locks), 0, `${messages} messages: ${JSON.stringify(calls)}\n${callers()}`);
  });
}
