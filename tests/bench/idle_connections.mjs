// Memory per idle connection: starts a server with one event loop, fills it with idle WebSocket connections, prints what each
// costs. By hand:
//
//   SIGNALING_BUILD_DIR=build/release node tests/bench/idle_connections.mjs [count=10000] [hold seconds=30]

import { execFile } from "node:child_process";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { buildDirectory, startServer } from "../support/server.mjs";

/** @returns what tests/bench/idle_connections.cpp prints */
export async function holdConnections(server, count, { hold = 10 } = {}) {
  const { stdout } = await promisify(execFile)(path.join(buildDirectory, "tests/idle_connections"), [
    "--port", server.port, "--count", count, "--server-pid", server.pid, "--hold", hold,
  ].map(String));
  return JSON.parse(stdout);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [count = "10000", hold = "30"] = process.argv.slice(2);
  const server = await startServer({ set: { "listen.workers": 1 } });
  try {
    const result = await holdConnections(server, Number(count), { hold: Number(hold) });
    console.log(JSON.stringify(result, null, 2));
    console.log(`${result.connections} connections: ${result.server_kb.pss_each.toFixed(2)} KB each (proportional set size of the server)`);
  } finally {
    await server.stop();
  }
}
