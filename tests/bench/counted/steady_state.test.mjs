// In steady state a message that is relayed or fanned out makes the server allocate nothing and take no lock but to hand what is
// for another event loop over to it: counted in the real server with its plugins, over thousands of messages. What it does
// otherwise is told with its callers.

import assert from "node:assert/strict";
import { test } from "node:test";

import { startServer } from "../../support/server.mjs";
import { allocations, CallCounts, describe, locks, sum } from "./calls.mjs";
import { cases, FixedScript, serverSettings } from "./script.mjs";

const messages = 2400;

/** `work` gets the script, the counts, and the server. */
async function withServer(set, work) {
  const counts = new CallCounts();
  let server;
  let script;
  try {
    server = await startServer({ set: { ...serverSettings, ...set }, env: counts.env });
    script = await FixedScript.start(server.port);
    await work(script, counts, server);
  } finally {
    script?.stop();
    await server?.stop();
    counts.close();
  }
}

// A system call that liburing makes has no function that could be counted.
for (const batched of [false, true]) test(`one event loop allocates nothing and locks nothing, ${batched ? "sends in batches where they can be had" : "sends one by one"}`, async (context) => {
  await withServer({ "listen.workers": 1, "listen.io_uring": batched }, async (script, counts, server) => {
    for (const one of cases) {
      await context.test(one.title, async () => {
        await script.run(one, 480);
        const { calls, traces } = await counts.countLoop(() => script.run(one, messages), [...allocations, ...locks]);
        // Else the counting does not work, and nothing is shown.
        assert.ok(calls.receive >= messages / one.batch && (batched || calls.send >= messages / one.batch), JSON.stringify(calls));
        const found = () => `${messages} messages: ${JSON.stringify(calls)}\n${describe(traces, server.pid)}`;
        assert.equal(sum(calls, allocations), 0, found());
        assert.equal(sum(calls, locks), 0, found());
      });
    }
  });
});

// Which loop has which client is the kernel's choice, and how fast each is the machine's: more may end on one loop than begins there.
// Its memory then goes back in batches, and until enough of it is under way a few are allocated.
test("two event loops allocate next to nothing, and lock once for each batch that they hand over or take", async (context) => {
  await withServer({ "listen.workers": 2 }, async (script, counts, server) => {
    for (const one of cases.filter(({ batch }) => batch > 1)) {
      await context.test(one.title, async () => {
        await script.run(one, 19_200);
        const { threads, traces } = await counts.count(() => script.run(one, messages), allocations);
        const loops = threads.filter(({ calls }) => calls.receive > 0);
        assert.equal(loops.length, 2, `both loops should receive: ${JSON.stringify(threads)}`);
        const total = (names) => loops.reduce((all, { calls }) => all + sum(calls, names), 0);
        const found = () => `${messages} messages: ${JSON.stringify(loops)}\n${describe(traces.filter(({ thread }) => loops.some(({ id }) => id === thread)), server.pid)}`;
        // One that each message needs would be ten times as many.
        assert.ok(total(allocations) <= messages / 10, found());
        assert.ok(total(locks) <= 2 * total(["epoll_wait"]) + messages / 100, found());
        context.diagnostic(`${one.title}: ${total(allocations)} allocations, ${total(locks)} locks in ${total(["epoll_wait"])} turns`);
      });
    }
  });
});
