// with_redis.mjs <way> <command> [argument…]: runs the command with Redis servers of its own, which end with it. The command
// gets --config=<a table that names them> as its last argument.
//
//   unix      one server on a Unix socket
//   tls       one server over TLS, with a password
//   sentinel  a master, a replica and three Sentinels; the command is run again after the master has been killed
//   cluster   three masters; slots are moved from one to another for as long as the command runs

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { RedisServer } from "../support/redis.mjs";
import { RedisCluster, SentinelSet } from "../support/redis_sets.mjs";

const [way, ...command] = process.argv.slice(2);
const folder = mkdtempSync(path.join(tmpdir(), "signaling-contract."));

async function run(redis) {
  // Time for a loaded machine and a build without optimisation to work through the big rooms.
  const table = { ...redis.settings, prefix: "{unique}", operation_timeout: "60s" };
  const toml = Object.entries(table).map(([key, value]) => `${key} = ${value.startsWith("[") ? value : JSON.stringify(value)}\n`);
  const file = path.join(folder, "table.toml");
  writeFileSync(file, toml.join(""));
  const child = spawn("setpriv", ["--pdeathsig", "KILL", ...command, `--config=${file}`], { stdio: "inherit" });
  const [code] = await once(child, "exit");
  return code ?? 1;
}

/** Slots one after another to the second master, until `run` is over. */
async function whileSlotsMove(cluster, run) {
  let isOver = false;
  const done = run.finally(() => {
    isOver = true;
  });
  let moved = 0;
  // Not the last ones: a master that has none becomes a replica.
  for (const slot of (await cluster.slotsOf(0)).slice(64)) {
    if (isOver) break;
    await cluster.moveSlots(0, 1, [slot]);
    moved += 1;
  }
  const code = await done;
  console.log(`${moved} slots were moved meanwhile`);
  return moved > 0 ? code : 1;
}

const ways = {
  unix: { start: () => RedisServer.start({ over: "unix" }), run },
  tls: { start: () => RedisServer.start({ over: "tls", password: "p@ss/w:rd" }), run },
  sentinel: {
    start: () => SentinelSet.start({ replicas: 1 }),
    run: async (set) => {
      const code = await run(set);
      await set.failOver();
      return code || (await run(set));
    },
  },
  cluster: { start: () => RedisCluster.start(), run: (cluster) => whileSlotsMove(cluster, run(cluster)) },
};

if (!ways[way] || command.length === 0) {
  console.error(`usage: with_redis.mjs ${Object.keys(ways).join("|")} command [argument…]`);
  process.exit(2);
}
const redis = await ways[way].start();
try {
  process.exitCode = await ways[way].run(redis);
} finally {
  await redis.stop();
  rmSync(folder, { recursive: true, force: true });
}
