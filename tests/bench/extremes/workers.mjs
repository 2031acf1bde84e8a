// Two event loops against one, on the same load: the scenarios of one node, a row each.

import { sleep } from "../../support/server.mjs";
import { runLoad } from "../load_process.mjs";
import { processorSecondsOf } from "../processes.mjs";
import { loadArguments, scenarios } from "../scenarios.mjs";
import { median, ratio } from "../statistics.mjs";
import { startOne } from "./servers.mjs";
import { digits } from "./table.mjs";

const counts = [1, 2];

async function measureOnce(scenario, server, { load, warmup, seconds }) {
  let begin;
  let end;
  const result = await runLoad(load, loadArguments(scenario, { ports: [server.port], warmup, seconds }), {
    timeout: (warmup + seconds) * 1000 + 60_000,
    on: {
      begin: () => {
        begin = processorSecondsOf([server.pid]);
      },
      end: () => {
        end = processorSecondsOf([server.pid]);
      },
    },
  });
  if (result.errors > 0 || result.lost > 0) throw new Error(`${result.errors} errors, ${result.lost} deliveries lost`);
  const done = result[scenario.count];
  return {
    per_second: done / result.seconds,
    per_cpu_second: done / (end - begin),
    cpu_share: (end - begin) / result.seconds,
    load_share: result.load_cpu_seconds / result.seconds,
    p50: result.latency_us.p50,
    p99: result.latency_us.p99,
  };
}

/** Median of each number, and of its quotient of two workers to one, round by round. */
function compare(rounds, pick) {
  const of = (workers) => rounds[workers].map(pick);
  return { one: median(of(1)), two: median(of(2)), quotient: ratio(of(2), of(1)) };
}

/** A gap under 8 % is noise (design page on performance). */
function verdict(scenario, value) {
  const gain = scenario.measure === "latency" ? 1 / value : value;
  return gain >= 1.08 ? "**pays**" : gain > 0.92 ? "the same" : "costs";
}

async function run(scenario, { load, quick, rounds, seconds, makeRoom }) {
  const servers = {};
  const measured = { 1: [], 2: [] };
  const timing = { load, warmup: quick ? 0.5 : 1, seconds: Math.min(seconds, scenario.seconds ?? Infinity) };
  try {
    for (const workers of counts) servers[workers] = await startOne({ "listen.workers": workers });
    for (let round = 0; round < rounds; round++) {
      for (const workers of counts) {
        await makeRoom(scenario.load.clients);
        measured[workers].push(await measureOnce(scenario, servers[workers], timing));
        if (scenario.pause) await sleep(scenario.pause * 1000);
      }
    }
  } finally {
    for (const server of Object.values(servers)) await server.stop().catch(() => server.kill());
  }
  const isLatency = scenario.measure === "latency";
  const main = compare(measured, isLatency ? ({ p99 }) => p99 : ({ per_second }) => per_second);
  const perCpu = compare(measured, ({ per_cpu_second }) => per_cpu_second);
  const share = (workers, pick) => digits(median(measured[workers].map(pick)));
  return {
    table: "workers",
    title: "Two workers against one",
    text: "The same load on `listen.workers = 2` and on 1, in turn. The load generator is one thread on the same machine and takes what its column says of a processor:" +
      " where server and load together need more than there is, the second worker has no processor of its own. Medians; the spread is that of the quotient over the rounds; under 8 % it is noise.",
    head: ["scenario", "unit", "1 worker", "2 workers", "2 ÷ 1", "spread", "done per CPU second, 2 ÷ 1", "processors: server 1, 2", "load 1, 2", "verdict"],
    rows: [[
      scenario.title, isLatency ? "µs, 99th percentile" : `${scenario.count} a second`, digits(main.one), digits(main.two),
      digits(main.quotient.median), `${digits(main.quotient.low)} – ${digits(main.quotient.high)}`, digits(perCpu.quotient.median),
      counts.map((workers) => share(workers, ({ cpu_share }) => cpu_share)).join(", "), counts.map((workers) => share(workers, ({ load_share }) => load_share)).join(", "),
      verdict(scenario, main.quotient.median),
    ]],
    measured,
  };
}

const isMeasured = ({ nodes, measure, server }) => nodes === 1 && ["throughput", "latency"].includes(measure) && server === undefined;

export const workerSections = scenarios.filter(isMeasured).map((scenario) => ({
  name: `workers-${scenario.name}`,
  group: "workers",
  run: (environment) => run(scenario, environment),
}));
