// with_nats.mjs <way> <command> [argument…]: runs the command with a NATS server of its own, which ends with it. The command gets
// --config=<a table that names it> as its last argument.
//
//   memory  the stream in memory, no login
//   tls     the stream in files, over TLS, with a password

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { NatsServer } from "../support/nats.mjs";

const ways = { memory: {}, tls: { over: "tls", storage: "file", password: "p@ss/w:rd" } };
const [way, ...command] = process.argv.slice(2);
if (!ways[way] || command.length === 0) {
  console.error(`usage: with_nats.mjs ${Object.keys(ways).join("|")} command [argument…]`);
  process.exit(2);
}
const folder = mkdtempSync(path.join(tmpdir(), "signaling-contract."));
const nats = await NatsServer.start(ways[way]);
try {
  // Time for a loaded machine and a build without optimisation to work through the big rooms.
  const table = { ...nats.settings, prefix: "{unique}", operation_timeout: "60s" };
  const file = path.join(folder, "table.toml");
  writeFileSync(file, Object.entries(table).map(([key, value]) => `${key} = ${JSON.stringify(value)}\n`).join(""));
  const child = spawn("setpriv", ["--pdeathsig", "KILL", ...command, `--config=${file}`], { stdio: "inherit" });
  const [code] = await once(child, "exit");
  process.exitCode = code ?? 1;
} finally {
  await nats.stop();
  rmSync(folder, { recursive: true, force: true });
}
