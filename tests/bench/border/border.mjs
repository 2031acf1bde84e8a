// What the border costs: events per second of the server's processor time through no plugin at all, an application, and 1 and 5
// middlewares in front of it.
//
//   node border.mjs [--rounds N] [--seconds S] [--clients N] [--batch N]    time; wants a quiet machine
//   node border.mjs --counted [--top N]                                      instructions, by valgrind; does not

import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { fileURLToPath } from "node:url";

import { readProfile, shortName } from "../counted/callgrind.mjs";
import { threadMicrosecondsOf } from "../processes.mjs";
import { median } from "../statistics.mjs";
import { Echoes, startVariant, variants } from "./echoes.mjs";

/** Events per second of processor time, by variant and round; the variants in turn, so that all have the same minutes. */
export async function measureTime({ rounds, seconds, clients, batch }) {
  const running = [];
  try {
    for (const variant of variants) {
      const server = await startVariant(variant);
      running.push({ name: variant.name, server, results: [] });
      running.at(-1).echoes = await Echoes.start(server.port, { clients, batch });
      await running.at(-1).echoes.run((echoed) => echoed > 20 * clients * batch);
    }
    for (let round = 0; round < rounds; round++) {
      for (const { server, echoes, results } of running) {
        const before = threadMicrosecondsOf([server.pid]);
        const end = Date.now() + seconds * 1000;
        const events = await echoes.run(() => Date.now() > end);
        results.push(events / ((threadMicrosecondsOf([server.pid]) - before) / 1e6));
      }
    }
    for (const { server, echoes } of running) {
      echoes.stop();
      await server.stop();
    }
    return Object.fromEntries(running.map(({ name, results }) => [name, results]));
  } finally {
    for (const { server, echoes } of running) {
      echoes?.stop();
      if (!server.end) await server.kill();
    }
  }
}

/** What a server did from its start to its end, by function. */
async function profileOf(variant, { clients, batch }, events) {
  const directory = mkdtempSync(path.join(os.tmpdir(), "signaling-callgrind-"));
  try {
    const server = await startVariant(variant, ["valgrind", "--tool=callgrind", "--dump-line=no", `--callgrind-out-file=${path.join(directory, "out")}`]);
    const echoes = await Echoes.start(server.port, { clients, batch });
    const done = await echoes.run((echoed) => echoed >= events);
    echoes.stop();
    await server.stop();
    const [file] = readdirSync(directory);
    return { events: done, ...readProfile(readFileSync(path.join(directory, file), "latin1")) };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/**
 * Instructions in user space of one event: of two runs of different length, what the longer one took more.
 * @returns {Promise<Record<string, {perEvent: number, functions: {name: string, perEvent: number}[]}>>}
 */
export async function countInstructions({ clients = 4, batch = 16, events = 8000, only = variants } = {}) {
  const counts = {};
  for (const variant of only) {
    const short = await profileOf(variant, { clients, batch }, events / 8);
    const long = await profileOf(variant, { clients, batch }, events);
    const more = long.events - short.events;
    const functions = [...long.functions].map(([name, cost]) => ({ name: shortName(name), perEvent: (cost - (short.functions.get(name) ?? 0)) / more }));
    counts[variant.name] = { perEvent: (long.total - short.total) / more, functions: functions.sort((a, b) => b.perEvent - a.perEvent) };
  }
  return counts;
}

function printTable(unit, format, byName) {
  console.log(`| | ${unit} | beside an application alone |\n|---|---:|---:|`);
  for (const { name, title } of variants) console.log(`| ${title} | ${format(byName[name])} | ${(byName[name] / byName.application).toFixed(3)} |`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      counted: { type: "boolean", default: false }, top: { type: "string", default: "0" }, rounds: { type: "string", default: "9" },
      seconds: { type: "string", default: "2" }, clients: { type: "string", default: "50" }, batch: { type: "string", default: "4" },
    },
  });
  if (values.counted) {
    const counts = await countInstructions();
    printTable("instructions of an event", (count) => count.toFixed(0), Object.fromEntries(Object.entries(counts).map(([name, { perEvent }]) => [name, perEvent])));
    for (const [name, { functions }] of Object.entries(counts)) {
      for (const one of functions.slice(0, Number(values.top))) console.log(`${name.padEnd(14)} ${one.perEvent.toFixed(1).padStart(8)} ${one.name}`);
    }
  } else {
    const numbers = Object.fromEntries(["rounds", "seconds", "clients", "batch"].map((name) => [name, Number(values[name])]));
    const results = await measureTime(numbers);
    printTable(`events per CPU second, median of ${numbers.rounds}`, (rate) => Math.round(rate).toLocaleString("en"),
      Object.fromEntries(Object.entries(results).map(([name, rates]) => [name, median(rates)])));
    console.log(`spread of one variant: ${Object.entries(results).map(([name, rates]) => `${name} ±${(50 * (Math.max(...rates) - Math.min(...rates)) / median(rates)).toFixed(1)} %`).join(", ")}`);
  }
}
