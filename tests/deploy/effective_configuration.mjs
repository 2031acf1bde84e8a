// What a configuration file means to the server of this build.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import path from "node:path";

import { buildDirectory } from "../support/server.mjs";

export const binary = path.join(buildDirectory, "bin/signaling-server");

/**
 * Values in force by dotted key, defaults included; durations are texts. Fails where the server refuses the file.
 * @param {string} file
 * @param {Record<string, string>} [env]  the whole environment: a file that names further variables is refused
 * @returns {Record<string, unknown>}
 */
export function effectiveConfiguration(file, env = {}, program = binary) {
  const run = spawnSync(program, ["--config", file, "--print-config"], { encoding: "utf8", env, timeout: 30_000 });
  assert.equal(run.status, 0, `${file} was refused:\n${run.stderr}${run.error ?? ""}`);
  const values = {};
  let section = "";
  for (const line of run.stdout.split("\n")) {
    const header = /^\[([^\]]+)\]$/.exec(line);
    if (header) section = `${header[1]}.`;
    const pair = /^(\w+) = (.+)$/.exec(line);
    if (pair) values[section + pair[1]] = JSON.parse(pair[2]);
  }
  return values;
}

/** @param {string} duration  as the server prints it: "1500ms", "25s", "2m", "12h" */
export function seconds(duration) {
  const parts = /^(\d+)(ms|s|m|h)$/.exec(duration);
  assert.ok(parts, `not a duration: ${duration}`);
  return Number(parts[1]) * { ms: 0.001, s: 1, m: 60, h: 3600 }[parts[2]];
}

/** `Drain::count_wait` and `Drain::last_words`, in seconds. */
const drainSlack = 1 + 1.5;

/** The longest that a node may take from SIGTERM to its end, in seconds. */
export function longestStop(values) {
  const plugins = values["plugins.applications"].length + values["plugins.middleware"].length + (values["plugins.adapter"] ? 1 : 0);
  return (
    seconds(values["drain.readiness_wait"] ?? "0s") +
    seconds(values["drain.duration"] ?? "0s") +
    drainSlack +
    seconds(values["node.shutdown_timeout"]) +
    plugins * seconds(values["plugins.stop_timeout"])
  );
}
