// The server has the first processor for itself, so that what is measured is its own and not what others leave it of a processor.

import { spawnSync } from "node:child_process";
import os from "node:os";

import { withServer } from "./servers.mjs";

/** @returns `give(pid)`: the first processor to that process; this one and what it starts have the others until `end()`. */
export function keepApart() {
  const last = os.cpus().length - 1;
  const pin = (pid, processors) => spawnSync("taskset", ["--all-tasks", "--cpu-list", "--pid", processors, String(pid)]);
  if (last === 0) return { give: () => {}, end: () => {} };
  pin(process.pid, `1-${last}`);
  return { give: (pid) => pin(pid, "0"), end: () => pin(process.pid, `0-${last}`) };
}

/** `withServer`, the server on a processor of its own. */
export async function withServerApart(starting, work) {
  const apart = keepApart();
  try {
    return await withServer(starting, (server) => {
      apart.give(server.pid);
      return work(server);
    });
  } finally {
    apart.end();
  }
}
