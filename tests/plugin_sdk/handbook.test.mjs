// One page of the handbook, done word by word: its files are written, its commands run in their order with the installed SDK and the
// installed server, each header is compiled alone, each configuration checked, its client served. SIGNALING_HANDBOOK_PAGE names the page.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { text } from "node:stream/consumers";
import { test } from "node:test";

import { repository, Server } from "../support/server.mjs";
import { readPage } from "./handbook_page.mjs";

const { SIGNALING_HANDBOOK_PAGE: name, SIGNALING_HANDBOOK_WORK: work, SIGNALING_SDK: sdk, SIGNALING_SDK_SERVER: server, CXX: compiler } = process.env;
const page = readPage(readFileSync(path.join(repository, "core/plugin_api", name), "utf8"));
const folder = path.join(work, path.basename(name, ".md"));

const warnings = "-Wall -Wextra -Wpedantic -Wshadow -Werror";
const environment = {
  ...process.env,
  PATH: `${path.dirname(server)}:${process.env.PATH}`,
  PWD: folder,
  CMAKE_PREFIX_PATH: sdk,
  CMAKE_GENERATOR: "Ninja",
  CXXFLAGS: `${process.env.SIGNALING_HANDBOOK_FLAGS ?? ""} ${warnings}`,
};

/** Runs a command in the page's folder, at most five minutes; gives what it wrote. */
function run(command, ...args) {
  const { status, signal, stdout, stderr, error } = spawnSync(command, args, { cwd: folder, env: environment, encoding: "utf8", timeout: 300_000 });
  assert.ifError(error);
  assert.equal(status, 0, `${[command, ...args].join(" ")}\nended with ${status ?? signal}:\n${stdout}${stderr}`);
  return stdout + stderr;
}

/** gdb is there, and may trace: not so in every container, nor under sanitizers that trace themselves. */
const hasDebugger = () => spawnSync("gdb", ["-batch", "-ex", "run", "--args", "true"], { encoding: "utf8", timeout: 60_000 }).stdout?.includes("exited normally");

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
for (const [file, { text }] of page.files) writeFileSync(path.join(folder, file), text);

test("every command of the page does what it is there for", (t) => {
  assert.ok(page.commands.some((command) => command.includes("--check")), "the page checks nothing");
  for (const command of page.commands) {
    if (command.includes("gdb ") && !hasDebugger()) {
      t.diagnostic("gdb cannot trace here: its commands were not run");
      continue;
    }
    const output = run("sh", "-eu", "-c", command);
    if (command.includes("gdb ")) assert.match(output, /^#0 .*\.cpp:\d+$/m, `gdb did not stop in the plugin:\n${output}`);
  }
});

test("every configuration of the page is one", () => {
  for (const [file, { language }] of page.files) {
    if (language === "toml") run("signaling-server", "--config", file, "--check");
  }
});

/** What the page's client writes where everything is as the page says, line by line. */
const clientWrites = {
  "README.md": [/^greeted with hi$/, / said hello$/],
  "application.md": [
    /^enter hall -> {"ok":true,"others":\[\]}$/,
    /^ask how are you\? -> {"status":"ok","expected":1,"answers":\[{"id":"[^"]+","args":\["to \\"how are you\?\\": well"\]}\]}$/,
    /^count -> {"count":1,"missing_nodes":\[\]}$/,
    /^note .* -> {"ok":true}$/,
    /^leave -> {"ok":false,"error":{"code":"unknown",/,
    /^200 no-store {"visitors":1,"missing_nodes":\[\]}$/,
  ],
  "middleware.md": [
    /^knock -> 401 none who are you\?$/,
    /^knock -> 200 known a session$/,
    /^a guess -> unknown { code: 'unknown' }$/,
    /^open sesame -> let in$/,
    /^open sesame -> let in$/,
    /^shout -> {"ok":false,"error":{"code":"forbidden",/,
    /^gets signal udp 198\.51\.100\.7 5000 typ relay false$/,
    /^gets message hello true$/,
  ],
  "adapter.md": [/^joined: true 0 there before$/, /^joined: true 1 there before$/],
};

test("the page's client meets what the page says", async (t) => {
  symlinkSync(path.join(repository, "tests/node_modules"), path.join(folder, "node_modules"));
  const args = ["--config", path.join(folder, "server.toml"), "--set", "listen.port=0", "--set", "admin.port=0"];
  const node = new Server(server, args, { PWD: folder });
  t.after(() => node.stop());
  await node.ready();
  // Not spawnSync: the server's output has to be read meanwhile.
  const client = spawn(process.execPath, ["client.mjs", node.url], { cwd: folder, stdio: ["ignore", "pipe", "pipe"], timeout: 60_000 });
  const written = Promise.all([client.stdout, client.stderr].map(text));
  const [code] = await once(client, "close");
  const [output, problems] = await written;
  assert.equal(code, 0, `${output}${problems}\n${node.output}`);
  const lines = output.trimEnd().split("\n");
  assert.equal(lines.length, clientWrites[name].length, output);
  for (const [index, pattern] of clientWrites[name].entries()) assert.match(lines[index], pattern);
});

test("every source of the page is compiled", () => {
  const project = page.files.get("CMakeLists.txt").text;
  for (const file of page.files.keys()) {
    if (file.endsWith(".cpp")) assert.match(project, new RegExp(`\\b${file.replace(".", "\\.")}\\b`), `${file} is no source of the project`);
    if (file.endsWith(".hpp")) run(compiler, "-std=c++20", ...warnings.split(" "), "-fsyntax-only", "-x", "c++", "-I", path.join(sdk, "include"), "-include", file, "/dev/null");
  }
});
