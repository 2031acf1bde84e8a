// Starts a server of the build under test, waits until it is ready, and holds it to a clean end.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const repository = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");

/** build/<preset>; ctest sets the variable, by hand the release build is meant. */
export const buildDirectory = path.resolve(process.env.SIGNALING_BUILD_DIR ?? path.join(repository, "build/release"));

/** How much longer things may take here: sanitizers make everything several times slower. */
export const slowness = Number(process.env.SIGNALING_TEST_SLOWNESS ?? (/(asan|tsan)$/.test(buildDirectory) ? 4 : 1));

const running = new Set();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/**
 * @param {object} [options]
 * @param {string} [options.config]  TOML file; default: the shipped config/memory.toml
 * @param {Record<string, string | number | boolean>} [options.set]  keys to override; ports are 0 unless named here
 * @param {Record<string, string>} [options.env]
 * @returns {Promise<Server>}
 */
export async function startServer({ config = path.join(repository, "config/memory.toml"), set = {}, env = {} } = {}) {
  const binary = path.join(buildDirectory, "bin/signaling-server");
  assert.ok(existsSync(binary), `no server to test: ${binary} is missing (build first, or set SIGNALING_BUILD_DIR)`);
  const values = { "listen.address": "127.0.0.1", "listen.port": 0, "admin.port": 0, ...set };
  const args = ["--config", config];
  for (const [key, value] of Object.entries(values)) args.push("--set", `${key}=${value}`);
  const server = new Server(binary, args, env);
  await server.ready();
  return server;
}

export class Server {
  constructor(binary, args, env = {}) {
    this.output = "";
    // Ends with this process, even if that is killed: no server of a test outlives it.
    this.child = spawn("setpriv", ["--pdeathsig", "KILL", binary, ...args], {
      cwd: repository,
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...process.env,
        ASAN_OPTIONS: "detect_leaks=1:abort_on_error=0:exitcode=99",
        UBSAN_OPTIONS: "print_stacktrace=1",
        TSAN_OPTIONS: "exitcode=98:halt_on_error=0:second_deadlock_stack=1",
        ...env,
      },
    });
    running.add(this.child);
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream.setEncoding("utf8");
      stream.on("data", (text) => {
        this.output += text;
      });
    }
    this.ended = new Promise((resolve) => {
      this.child.on("error", (error) => resolve({ code: null, signal: null, error }));
      this.child.on("close", (code, signal) => resolve({ code, signal }));
    }).then((end) => {
      running.delete(this.child);
      this.end = end;
      return end;
    });
  }

  get pid() {
    return this.child.pid;
  }

  get url() {
    return `http://127.0.0.1:${this.port}`;
  }

  get webSocketUrl() {
    return `ws://127.0.0.1:${this.port}`;
  }

  get adminUrl() {
    return `http://127.0.0.1:${this.adminPort}`;
  }

  /** Waits for the lines that name the ports. @param {number} milliseconds  at most, where nothing makes the server slow */
  async ready(milliseconds = 15_000) {
    const limit = Date.now() + milliseconds * slowness;
    for (;;) {
      const port = /\blistening on \S+?:(\d+)/.exec(this.output);
      const admin = /\badmin on \S+?:(\d+)/.exec(this.output);
      if (port && admin) {
        this.port = Number(port[1]);
        this.adminPort = Number(admin[1]);
        return;
      }
      if (this.end) throw new Error(`the server ended at start (${JSON.stringify(this.end)}):\n${this.output}`);
      if (Date.now() > limit) {
        this.child.kill("SIGKILL");
        throw new Error(`the server named no port in time:\n${this.output}`);
      }
      await sleep(10);
    }
  }

  /** Ends the server by SIGTERM. Fails unless it exits with 0 and its sanitizers have nothing to report. */
  async stop() {
    this.isEnding = true;
    if (!this.end) {
      this.child.kill("SIGTERM");
      const timer = setTimeout(() => this.child.kill("SIGABRT"), 20_000 * slowness);
      await this.ended;
      clearTimeout(timer);
    }
    this.assertNoSanitizerReport();
    assert.doesNotMatch(this.output, /that began while the server ran runs? on/, "threads of a plugin were left");
    assert.deepEqual(this.end, { code: 0, signal: null }, `SIGTERM did not end the server cleanly:\n${this.output}`);
  }

  /** Stops the process with all its threads; on a busy machine they run on for a while after the signal was sent. */
  async pause() {
    this.child.kill("SIGSTOP");
    await eventually("every thread is stopped", () => readdirSync(`/proc/${this.pid}/task`).every((thread) => {
      const fields = readFileSync(`/proc/${this.pid}/task/${thread}/stat`, "latin1");
      return fields.slice(fields.lastIndexOf(")") + 2).startsWith("T");
    }));
  }

  resume() {
    this.child.kill("SIGCONT");
  }

  /** As `stop`, without the right to say good-bye: what a crash looks like to clients. */
  async kill() {
    this.isEnding = true;
    this.child.kill("SIGKILL");
    await this.ended;
    this.assertNoSanitizerReport();
  }

  assertNoSanitizerReport() {
    assert.doesNotMatch(this.output, /(Address|Thread|Leak|UndefinedBehavior)Sanitizer|runtime error:/, "a sanitizer reported");
  }

  /** Value of one metric line of /metrics, named with its labels as it stands there; 0 where it is absent. */
  async metric(name) {
    return (await this.metrics(name))[0];
  }

  /** The same of several at one moment. */
  async metrics(...names) {
    const lines = (await (await fetch(`${this.adminUrl}/metrics`)).text()).split("\n");
    return names.map((name) => {
      const line = lines.find((candidate) => candidate.startsWith(`${name} `));
      return line ? Number(line.slice(name.length + 1)) : 0;
    });
  }
}

export function sleep(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Resolves with what `condition` returns once that is truthy; fails with `what` after `timeout` milliseconds. */
export async function eventually(what, condition, timeout = 5000) {
  const limit = Date.now() + timeout * slowness;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > limit) throw new Error(`not within ${timeout * slowness} ms: ${what}`);
    await sleep(10);
  }
}

/** Fails with `what` unless `promise` settles within `timeout` milliseconds. */
export function within(timeout, what, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${timeout * slowness} ms: ${what}`)), timeout * slowness);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
