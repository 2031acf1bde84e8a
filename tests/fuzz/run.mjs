// Runs fuzz targets one after the other, each for a time of its own, and tells what each did: executions, coverage, what it found.
//
//   cmake --preset fuzz && cmake --build --preset fuzz --target fuzz_targets
//   node tests/fuzz/run.mjs --seconds 60

import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { processorSecondsOf } from "../bench/processes.mjs";

const usage = `usage: node tests/fuzz/run.mjs [options]
  --seconds S      of processor time for each target, so that the numbers mean the same on a busy machine; default 60
  --clock S        by the clock: a target ends then, if it has not had its processor time before; default: no end
  --timeout S      for one input, by the clock: it is long since a run of low priority waits for others; default 300
  --jobs N         targets at once; default 1
  --targets a,b    only these, as the folders in corpus/ are named
  --build DIR      default: build/fuzz
  --out DIR        new inputs, logs and inputs that failed; default: fuzz/ in the build directory
exit code 1 where a target found something`;

const running = new Set();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(1));

const directory = path.dirname(fileURLToPath(import.meta.url));

function readOptions() {
  const { values } = parseArgs({
    options: {
      seconds: { type: "string", default: "60" },
      clock: { type: "string", default: "Infinity" },
      jobs: { type: "string", default: "1" },
      timeout: { type: "string", default: "300" },
      targets: { type: "string", default: "" },
      build: { type: "string", default: path.join(directory, "../../build/fuzz") },
      out: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    process.exit(0);
  }
  const positive = (name) => {
    const value = Number(values[name]);
    if (!(value > 0)) throw new Error(`--${name} must be a number above 0`);
    return value;
  };
  const known = readdirSync(path.join(directory, "corpus")).sort();
  const targets = values.targets ? values.targets.split(",") : known;
  for (const target of targets) if (!known.includes(target)) throw new Error(`no target ${target}, allowed: ${known.join(", ")}`);
  const build = path.resolve(values.build);
  return { seconds: positive("seconds"), clock: positive("clock"), timeout: positive("timeout"), jobs: Math.ceil(positive("jobs")), targets, build, out: path.resolve(values.out ?? path.join(build, "fuzz")) };
}

/** What the output of a run says. */
function numbersOf(output) {
  const state = [...output.matchAll(/^#\d+\s.* cov: (\d+) ft: (\d+) corp: (\d+)/gm)].at(-1);
  const executed = /^stat::number_of_executed_units:\s+(\d+)/m.exec(output) ?? [...output.matchAll(/^#(\d+)\s/gm)].at(-1);
  const number = (text) => (text === undefined ? undefined : Number(text));
  return { executions: number(executed?.[1]), coverage: number(state?.[1]), features: number(state?.[2]), corpus: number(state?.[3]) };
}

/** @returns what the target did; `failed` where it found something */
async function run(target, { seconds, clock, timeout, build, out }) {
  const binary = path.join(build, `tests/fuzz_${target}`);
  if (!existsSync(binary)) throw new Error(`${binary} is missing: cmake --build --preset fuzz --target fuzz_targets`);
  const fresh = path.join(out, target);
  mkdirSync(fresh, { recursive: true });
  const began = performance.now();
  const child = spawn(binary, [`-artifact_prefix=${path.join(out, `${target}-`)}`, "-print_final_stats=1", `-timeout=${timeout}`, "-rss_limit_mb=2048", fresh, path.join(directory, "corpus", target)],
    { stdio: ["ignore", "ignore", "pipe"] });
  let output = "";
  child.stderr.setEncoding("utf8").on("data", (text) => (output += text));
  running.add(child);
  let used = 0;
  let isOver = false;
  const timer = setInterval(() => {
    try {
      used = processorSecondsOf([child.pid]);
    } catch {
      return;  // it has just ended
    }
    if ((used >= seconds || performance.now() - began >= clock * 1000) && !isOver) {
      isOver = true;
      child.kill("SIGINT");
    }
  }, 250);
  const code = await new Promise((resolve) => child.on("close", resolve));
  running.delete(child);
  clearInterval(timer);
  writeFileSync(path.join(out, `${target}.log`), output);
  const failed = isOver && /run interrupted/.test(output) ? undefined : `exit code ${code}:\n${output.slice(-6000)}`;
  return { target, processor_seconds: used, seconds: (performance.now() - began) / 1000, ...numbersOf(output), failed };
}

async function main() {
  const options = readOptions();
  mkdirSync(options.out, { recursive: true });
  const waiting = [...options.targets];
  const results = [];
  const report = path.join(options.out, "report.json");
  console.log("| target | processor s | executions | coverage | features | inputs |\n|---|---:|---:|---:|---:|---:|");
  await Promise.all(Array.from({ length: options.jobs }, async () => {
    for (let target = waiting.shift(); target !== undefined; target = waiting.shift()) {
      const result = await run(target, options);
      results.push(result);
      const { processor_seconds: used, executions, coverage, features, corpus } = result;
      console.log(`| ${target} | ${used.toFixed(0)} | ${executions ?? "–"} | ${coverage ?? "–"} | ${features ?? "–"} | ${corpus ?? "–"} |`);
      writeFileSync(report, `${JSON.stringify(results, undefined, 2)}\n`);
    }
  }));
  const failed = results.filter((result) => result.failed !== undefined);
  for (const { target, failed: why } of failed) console.log(`\n${target} found something; its input is in ${options.out}\n${why}`);
  if (failed.length > 0) process.exit(1);
}

main().catch((error) => {
  console.error(`fuzz: ${error.message}`);
  process.exit(1);
});
