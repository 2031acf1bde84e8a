// Instructions that a server executes in user space for what a script makes it do, counted by valgrind's callgrind: the same on a
// busy machine as on a quiet one. The server writes its counts whenever it lists the peers of a room, which a script uses as a mark
// (FixedScript.mark), so start and end of the server and its clients' coming and going are in none of what is reported.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";

import { buildDirectory, repository, Server } from "../../support/server.mjs";
import { FixedScript, serverSettings } from "./script.mjs";

const markedBy = "signaling::webrtc_signaling::list_peers*";

/** @returns {string} "valgrind-3.19.0" */
export function valgrindVersion() {
  try {
    return execFileSync("valgrind", ["--version"], { encoding: "utf8" }).trim();
  } catch (error) {
    throw new Error("valgrind is needed (package valgrind; tests/run.sh installs it)", { cause: error });
  }
}

/**
 * What a file of callgrind's says, each function with what it executed itself, not what it called.
 * @param {string} text
 * @returns {{total: number, functions: Map<string, number>}}
 */
export function readProfile(text) {
  const functions = new Map();
  const names = new Map();  // "(7) name" defines, "(7)" refers
  let total = 0;
  let current;
  let isCallee = false;
  for (const line of text.split("\n")) {
    if (line.startsWith("fn=")) {
      const [, id, name] = /^fn=(\(\d+\))? ?(.*)$/.exec(line);
      if (id && name) names.set(id, name);
      current = name || names.get(id);
    } else if (line.startsWith("cfn=")) {
      const [, id, name] = /^cfn=(\(\d+\))? ?(.*)$/.exec(line);
      if (id && name) names.set(id, name);
    } else if (line.startsWith("calls=")) {
      isCallee = true;  // the next line is the cost of what was called
    } else if (/^[\d+*-]/.test(line)) {
      if (!isCallee) {
        const cost = Number(line.slice(line.indexOf(" ") + 1));
        functions.set(current, (functions.get(current) ?? 0) + cost);
        total += cost;
      }
      isCallee = false;
    }
  }
  return { total, functions };
}

/** Without parameters and template arguments, which fill a line. */
export function shortName(name) {
  let short = name.replace(/'\d+$/, "").replaceAll("(anonymous namespace)", "<anonymous>");
  for (let before; before !== short;) {
    before = short;
    short = short.replace(/\([^()]*\)( const)?/g, "").replace(/<(?!anonymous>)[^<>]*>/g, "");
  }
  return short.replaceAll("<anonymous>::", "").replace(/^.* (?=\S+$)/, "");
}

/** The server as the build under test has it, run by valgrind. */
async function startCounted(directory) {
  valgrindVersion();
  const binary = path.join(buildDirectory, "bin/signaling-server");
  assert.ok(existsSync(binary), `${binary} is missing: build first`);
  const settings = { "listen.address": "127.0.0.1", "listen.port": 0, "admin.port": 0, ...serverSettings };
  const server = new Server("valgrind", [
    "--tool=callgrind", `--callgrind-out-file=${path.join(directory, "out")}`, `--dump-before=${markedBy}`,
    "--dump-line=no", binary, "--config", path.join(repository, "config/memory.toml"),
    ...Object.entries(settings).flatMap(([key, value]) => ["--set", `${key}=${value}`]),
  ]);
  await server.ready(60_000);
  return server;
}

/**
 * Runs each case once, after messages that warm the server up.
 * @param {object[]} cases  of script.mjs
 * @param {{messages?: number, warmup?: number}} [amounts]  multiples of 16
 * @returns {Promise<Record<string, {perMessage: number, perDelivery: number, functions: {name: string, perMessage: number}[]}>>}
 *   by case; functions with the costliest first
 */
export async function countInstructions(cases, { messages = 960, warmup = 160 } = {}) {
  const directory = mkdtempSync(path.join(os.tmpdir(), "signaling-callgrind-"));
  let server;
  let script;
  try {
    server = await startCounted(directory);
    script = await FixedScript.start(server.port);
    for (const one of cases) {
      await script.run(one, warmup);
      await script.mark();
      await script.run(one, messages);
      await script.mark();
    }
    script.stop();
    await server.stop();
    const parts = readdirSync(directory).filter((name) => /^out\.\d+$/.test(name));
    assert.equal(parts.length, 2 * cases.length, `callgrind wrote ${parts.length} parts: is a function named ${markedBy} still called once for each mark?`);
    return Object.fromEntries(cases.map((one, index) => {
      const { total, functions } = readProfile(readFileSync(path.join(directory, `out.${2 * index + 2}`), "utf8"));
      return [one.name, {
        perMessage: total / messages,
        perDelivery: total / messages / one.deliveries,
        functions: [...functions].map(([name, cost]) => ({ name, perMessage: cost / messages })).sort((a, b) => b.perMessage - a.perMessage),
      }];
    }));
  } finally {
    script?.stop();
    if (server && !server.end) await server.kill();
    rmSync(directory, { recursive: true, force: true });
  }
}
