// Whether a server gives back what a crowd took: connections come and go, again and again, and its memory is looked at while they
// are there and when they are gone.

import { readdirSync } from "node:fs";

import { eventually, sleep } from "../support/server.mjs";
import { runLoad } from "./load_process.mjs";
import { memoryKbOf } from "./processes.mjs";
import { loadArguments } from "./scenarios.mjs";

/** Libraries are left out: a process's share of them grows when another process that has them mapped ends. */
const part = "Pss_Anon";

const openFilesOf = (pids) => pids.reduce((sum, pid) => sum + readdirSync(`/proc/${pid}/fd`).length, 0);

/**
 * @param {object} scenario                        `load` is one crowd, `times` how many come
 * @param {{ports: number[], pids: number[]}} server  fresh
 * @param {object} run
 * @param {string} run.load                        bench_load
 * @param {() => Promise<void>} run.makeRoom       waits until the kernel has room for one crowd more
 * @returns KB (Pss of anonymous memory) before all, and while each crowd is there and after it; `value` is what stays: growth from after the second crowd
 *          (by then every pool and heap has its size) to after the last one
 */
export async function measureBurst(scenario, server, { load, makeRoom }) {
  const before = memoryKbOf(server.pids, part);
  const files = openFilesOf(server.pids);
  const crowds = [];
  for (let i = 0; i < scenario.times; i++) {
    await makeRoom();
    const crowd = {};
    const result = await runLoad(load, loadArguments(scenario, { ports: server.ports, warmup: 0, seconds: 0.2 }), {
      timeout: 120_000,
      on: {
        end: () => {
          crowd.with_kb = memoryKbOf(server.pids, part);
        },
      },
    });
    if (result.errors > 0) throw new Error(`${result.errors} errors`);
    await eventually("the server has closed the crowd's connections", () => openFilesOf(server.pids) <= files + 20, 60_000);
    // For what is done at leisure: Node's garbage collector, timers.
    await sleep(1000);
    crowd.after_kb = memoryKbOf(server.pids, part);
    crowds.push(crowd);
  }
  const settled = crowds[Math.min(1, crowds.length - 1)].after_kb;
  return { value: crowds.at(-1).after_kb - settled, before_kb: before, crowds };
}
