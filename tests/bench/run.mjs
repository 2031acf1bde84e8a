// The benchmark, in one command: builds, fetches the peers, measures all in turn, and writes bench-report.json, bench-report.md and plots.

import { execFile, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";

import { buildDirectory, repository, sleep } from "../support/server.mjs";
import { measureBurst } from "./burst.mjs";
import { contenders, takesPart } from "./contenders.mjs";
import { measureCounted } from "./counted/report.mjs";
import { chosenSections, runSection, sections } from "./extremes/sections.mjs";
import { runLoad } from "./load_process.mjs";
import { memoryKbOf, processorSecondsOf } from "./processes.mjs";
import { writeReport } from "./report.mjs";
import { chosen, loadArguments, scenarios } from "./scenarios.mjs";
import { median } from "./statistics.mjs";
import { withoutTls } from "./tls_report.mjs";

const usage = `usage: node tests/bench/run.mjs [options]
  --quick              some scenarios, short rounds, Node alone as a peer: about two minutes
  --rounds N           default 5, quick 3
  --seconds S          measured in each round; default 4, quick 1
  --scenarios a,b      only these: ${scenarios.map(({ name }) => name).join(", ")};
                       of this server alone: ${[...new Set(sections.flatMap(({ name, group }) => (group === "workers" ? [group] : [name])))].join(", ")}
  --peers a,b          only these: ${Object.keys(contenders).slice(1).join(", ")}
  --out DIR            default: bench/ in the build directory
  --no-build           measure what is built
  --no-counted         without the counted work, which is left out too where --scenarios are named
environment: SIGNALING_BUILD_DIR, default build/release`;

const load = path.join(buildDirectory, "tests/bench_load");

function readOptions() {
  const { values } = parseArgs({
    options: {
      quick: { type: "boolean", default: false },
      rounds: { type: "string" },
      seconds: { type: "string" },
      scenarios: { type: "string", default: "" },
      peers: { type: "string" },
      out: { type: "string", default: path.join(buildDirectory, "bench") },
      "no-build": { type: "boolean", default: false },
      "no-counted": { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    process.exit(0);
  }
  const list = (text) => text.split(",").filter(Boolean);
  const positive = (name, fallback) => {
    const value = Number(values[name] ?? fallback);
    if (!(value > 0)) throw new Error(`--${name} must be a number above 0`);
    return value;
  };
  const { quick } = values;
  const { sections: extremes, rest } = chosenSections(list(values.scenarios), { quick });
  const peers = list(values.peers ?? (quick ? "node" : "node,socketioxide,uwebsockets"));
  for (const peer of peers) if (peer === "signaling" || !contenders[peer]) throw new Error(`no peer ${peer}`);
  return {
    quick,
    peers,
    rounds: Math.ceil(positive("rounds", quick ? 3 : 5)),
    seconds: positive("seconds", quick ? 1 : 4),
    warmup: quick ? 0.5 : 1,
    firstWarmup: quick ? 1.5 : 4,
    scenarios: rest.length > 0 || values.scenarios === "" ? chosen(rest, { quick }) : [],
    extremes,
    directory: path.resolve(values.out),
    build: !values["no-build"],
    counted: !values["no-counted"] && values.scenarios === "",
  };
}

function run(command, args, directory = repository) {
  const { status, error } = spawnSync(command, args, { cwd: directory, stdio: ["ignore", "inherit", "inherit"] });
  if (error || status !== 0) throw new Error(`${command} ${args.join(" ")} failed${error ? `: ${error.message}` : ""}`);
}

function build() {
  if (buildDirectory === path.join(repository, "build/release")) run("cmake", ["--preset", "release", "-DSIGNALING_BUILD_TESTS=ON"]);
  run("cmake", ["--build", buildDirectory, "--parallel", String(os.availableParallelism?.() ?? os.cpus().length), "--target", "signaling_node", "bench_load", "call_counter", "kitchen_app"]);
}

function describeMachine() {
  return {
    model: os.cpus()[0]?.model.trim() ?? "unknown",
    processors: os.cpus().length,
    memory_gb: Math.round(os.totalmem() / 2 ** 30),
    kernel: os.release(),
    // Before anything was measured: what others were doing then disturbs every number.
    load_average: Number(os.loadavg()[0].toFixed(2)),
  };
}

/** Descriptors that a process may open, and tracked connections that still fit: what a crowd must not exceed unnoticed. */
async function makeRoomFor(connections) {
  const openFiles = Number((await promisify(execFile)("sh", ["-c", "ulimit -Hn"])).stdout.replace("unlimited", "Infinity"));
  if (openFiles < connections + 500) throw new Error(`${connections} connections need more open files than ${openFiles} (ulimit -n)`);
  const table = "/proc/sys/net/netfilter/nf_conntrack_";
  if (!existsSync(`${table}count`)) return;
  const number = (name) => Number(readFileSync(table + name, "utf8"));
  for (let second = 0; number("count") + 4 * connections > 0.8 * number("max"); second++) {
    if (second === 150) throw new Error(`the kernel's table of connections stays full: ${number("count")} of ${number("max")}`);
    await sleep(1000);
  }
}

const measures = {
  throughput: ({ result, cpu, count }) => result[count] / cpu,
  latency: ({ result }) => result.latency_us.p99,
  memory: ({ kilobytes, clients }) => kilobytes / clients,
  cost: ({ result, cpu, count, idle }) => ((cpu - idle * result.seconds) * 1e6) / result[count],
};

/** Processor time that nodes and Redis use each second without any client, for leases and probes: not what a message costs. */
async function idleRate(pids, seconds = 5) {
  await sleep(2000);  // they have found each other
  const [before, at] = [processorSecondsOf(pids), performance.now()];
  await sleep(seconds * 1000);
  return (processorSecondsOf(pids) - before) / ((performance.now() - at) / 1000);
}

/** One round of one contender. */
async function measureOnce(scenario, server, { warmup, seconds }) {
  const before = scenario.measure === "memory" ? memoryKbOf(server.pids) : 0;
  let begin;
  let end;
  let after = 0;
  const result = await runLoad(load, loadArguments(scenario, { ports: server.ports, warmup, seconds }), {
    timeout: (warmup + seconds) * 1000 + 90_000,
    on: {
      begin: () => {
        begin = processorSecondsOf(server.pids);
      },
      end: () => {
        end = processorSecondsOf(server.pids);
        if (scenario.measure === "memory") after = memoryKbOf(server.pids);
      },
    },
  });
  if (begin === undefined || end === undefined) throw new Error("the load generator told no begin or no end");
  if (scenario.measure !== "memory" && !(result[scenario.count] > 0)) throw new Error(`no ${scenario.count} within ${seconds} s`);
  if (result.errors > 0 || result.lost > 0) throw new Error(`${result.errors} errors, ${result.lost} deliveries lost`);
  const cpu = end - begin;
  const { idle } = server;
  const value = measures[scenario.measure]({ result, cpu, idle, count: scenario.count, kilobytes: after - before, clients: scenario.load.clients });
  if (!Number.isFinite(value)) throw new Error(`nothing was measured: ${JSON.stringify({ ...result, cpu })}`);
  return { value, cpu_seconds: Number(cpu.toFixed(3)), ...(idle !== undefined && { idle_cpu_per_second: Number(idle.toFixed(4)) }), ...result };
}

/**
 * Who is measured in turn, by the name that its results have: the contenders, and this server without TLS where its price is asked.
 * @returns {Record<string, {contender: object, scenario: object}>}
 */
function entrantsOf(scenario, names) {
  const entrants = Object.fromEntries(names.map((name) => [name, { contender: contenders[name], scenario }]));
  if (scenario.server?.tls && scenario.measure === "throughput") {
    const { tls: _, ...load } = scenario.load;
    entrants[withoutTls] = { contender: contenders.signaling, scenario: { ...scenario, server: {}, load } };
  }
  return entrants;
}

/** @returns {Promise<Record<string, object[]>>} rounds by contender */
async function measure(scenario, contenderNames, options, checkEvents) {
  const entrants = entrantsOf(scenario, contenderNames);
  const names = Object.keys(entrants);
  const rounds = options.quick && scenario.fresh ? 1 : Math.min(options.rounds, scenario.rounds ?? Infinity);
  const timing = { warmup: options.warmup, seconds: Math.min(options.seconds, scenario.seconds ?? Infinity) };
  const results = Object.fromEntries(names.map((name) => [name, []]));
  const started = {};
  const start = async (name) => {
    const { contender, scenario: own } = entrants[name];
    started[name] = await contender.start(own.nodes, own.server);
    if (!contender.isBare) await checkEvents(started[name].ports, { tls: own.load.tls, transport: own.load.transport });
    if (scenario.measure === "cost") started[name].idle = await idleRate(started[name].pids);
  };
  const stop = async (name) => {
    const server = started[name];
    delete started[name];
    await server?.stop();
  };
  try {
    for (let round = 0; round < rounds; round++) {
      for (const name of names) {
        try {
          const makeRoom = () => makeRoomFor(scenario.load.clients);
          await makeRoom();
          const isNew = !started[name];
          if (isNew) await start(name);
          // A new one first has to get warm, Node's compiler above all; its first round would else be its worst.
          const warmup = timing.warmup + (isNew && !scenario.fresh ? options.firstWarmup : 0);
          const { scenario: own } = entrants[name];
          results[name].push(own.measure === "burst" ? await measureBurst(own, started[name], { load, makeRoom }) : await measureOnce(own, started[name], { ...timing, warmup }));
          if (scenario.fresh) await stop(name);
        } catch (error) {
          results[name].push({ failed: error.message });
          // Whatever state it is in: the next round gets a new one.
          await stop(name).catch((stopError) => console.error(`${name}: ${stopError.message}`));
        }
        if (scenario.pause) await sleep(scenario.pause * 1000);
      }
    }
  } finally {
    for (const name of names) await stop(name).catch((error) => console.error(`${name}: ${error.message}`));
  }
  return results;
}

async function main() {
  const options = readOptions();
  const began = Date.now();
  const say = (line) => console.log(`[${String(Math.round((Date.now() - began) / 1000)).padStart(4)} s] ${line}`);
  if (options.build) {
    say("build");
    build();
  }
  if (!existsSync(load)) throw new Error(`${load} is missing: run without --no-build`);
  const tests = path.join(repository, "tests");
  if (!existsSync(path.join(tests, "node_modules/socket.io-client"))) run("npm", ["ci", "--no-progress", "--ignore-scripts"], tests);
  // Needs the clients that were just installed.
  const { checkEvents } = await import("./same_events.mjs");

  const report = {
    made: new Date().toISOString(),
    machine: describeMachine(),
    quick: options.quick,
    rounds: options.rounds,
    contenders: [],
    left_out: [],
    scenarios: [],
    extremes: [],
  };
  for (const name of ["signaling", ...(options.scenarios.length > 0 ? options.peers : [])]) {
    say(`prepare ${contenders[name].title}`);
    try {
      report.contenders.push({ name, title: contenders[name].title, version: await contenders[name].prepare() });
    } catch (error) {
      if (name === "signaling") throw error;
      report.left_out.push({ name: contenders[name].title, reason: `it could not be had: ${String(error.stderr || error.message).trim().split("\n").slice(0, 3).join(" ")}` });
      say(report.left_out.at(-1).reason);
    }
  }

  mkdirSync(options.directory, { recursive: true });
  let failed = 0;
  for (const scenario of options.scenarios) {
    const names = report.contenders.map(({ name }) => name).filter((name) => takesPart(contenders[name], scenario));
    const results = await measure(scenario, names, options, checkEvents);
    const { name, title, measure: kind, count, nodes, target, state, times, load: settings } = scenario;
    report.scenarios.push({ name, title, measure: kind, count, nodes, target, state, times, load: settings, results });
    say(`${name}: ${Object.keys(results).map((contender) => {
      const good = results[contender].filter((round) => round.failed === undefined);
      failed += results[contender].length - good.length;
      return `${contender} ${good.length > 0 ? Number(median(good.map(({ value }) => value)).toPrecision(4)) : results[contender][0].failed.trim()}`;
    }).join(", ")}`);
    // After each, so that a run that is ended early leaves what it has.
    writeReport(report, options.directory);
  }
  if (options.counted) {
    say("counted work");
    try {
      report.counted = await measureCounted();
    } catch (error) {
      report.left_out.push({ name: "counted work", reason: error.message.split("\n")[0] });
      say(report.left_out.at(-1).reason);
    }
    writeReport(report, options.directory);
  }
  for (const section of options.extremes) {
    const told = await runSection(section, { load, quick: options.quick, rounds: options.rounds, seconds: options.seconds, makeRoom: makeRoomFor });
    report.extremes.push(told);
    if (told.failed !== undefined) failed++;
    say(`${told.name}: ${told.failed?.trim() ?? told.rows.map((row) => row.join("  ")).join(" | ")}`);
    writeReport(report, options.directory);
  }
  say(`written: ${path.join(options.directory, "bench-report.md")}`);
  if (failed > 0) throw new Error(`${failed} rounds failed: see the report`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  main().then(() => process.exit(0), (error) => {
    console.error(`bench: ${error.message}`);
    process.exit(1);
  });
}
