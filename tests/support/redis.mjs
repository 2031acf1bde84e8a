// Starts real Redis servers for tests: on free ports, in directories of their own, ended with the test, even if that is killed.
//
// SIGNALING_REDIS_SERVER names another server binary than the redis-server of the distribution (valkey-server, another
// release). Sets of several servers are in redis_sets.mjs.

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";

import { makeCertificates } from "./certificates.mjs";
import { RedisClient } from "./redis_client.mjs";
import { eventually, sleep } from "./server.mjs";
import { ServiceProcess } from "./service_process.mjs";

const binary = process.env.SIGNALING_REDIS_SERVER ?? "redis-server";

const directories = new Set();
process.on("exit", () => {
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});

/** Version text such as "7.0.15" and whether it is Valkey. */
export function redisVersion() {
  const text = execFileSync(binary, ["--version"], { encoding: "utf8" });
  return { version: /v=([\d.]+)/.exec(text)?.[1] ?? "0", isValkey: /valkey/i.test(text) };
}

/** Removed when the process ends. */
export function temporaryDirectory() {
  const directory = mkdtempSync(path.join(os.tmpdir(), "signaling-redis-"));
  directories.add(directory);
  return directory;
}

function isFree(port) {
  return new Promise((resolve) => {
    const probe = net.createServer();
    probe.once("error", () => resolve(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
  });
}

const handedOut = new Set();
/**
 * A port that nobody listens on. Redis cannot choose one itself; below the range that the system takes for outgoing
 * connections, so that none of those takes it before the server does.
 */
export async function freePort() {
  for (let attempt = 0; attempt < 1000; attempt++) {
    const port = 12_000 + Math.floor(Math.random() * 20_000);
    if (handedOut.has(port) || !(await isFree(port))) continue;
    handedOut.add(port);
    return port;
  }
  throw new Error("no free port between 12000 and 32000");
}

export class RedisServer {
  /**
   * @param {object} [options]
   * @param {"tcp" | "tls" | "unix"} [options.over]
   * @param {string} [options.password]
   * @param {string[]} [options.config]  further lines of redis.conf
   * @param {string[]} [options.args]    further arguments, such as --sentinel
   */
  static async start(options = {}) {
    for (let attempt = 0; ; attempt++) {
      const server = new RedisServer(options);
      server.port = options.port ?? (await freePort());
      server.configure();
      try {
        await server.run();
        return server;
      } catch (error) {
        // Somebody else took the port in between.
        if (attempt >= 5 || options.port || !/in use/i.test(server.output)) throw error;
      }
    }
  }

  constructor({ over = "tcp", password, config = [], args = [] }) {
    Object.assign(this, { over, password, config, args });
    this.directory = temporaryDirectory();
  }

  configure() {
    const lines = ["bind 127.0.0.1", `dir ${this.directory}`, "daemonize no", "loglevel notice", ...this.config];
    if (!this.args.includes("--sentinel")) lines.push('save ""', "appendonly no");
    if (this.over === "tcp") lines.push(`port ${this.port}`);
    if (this.over === "tls") {
      this.certificates ??= makeCertificates(this.directory);
      const { caFile, certFile, keyFile } = this.certificates;
      lines.push("port 0", `tls-port ${this.port}`, `tls-cert-file ${certFile}`, `tls-key-file ${keyFile}`, `tls-ca-cert-file ${caFile}`,
        "tls-auth-clients no");
    }
    if (this.over === "unix") {
      this.path = path.join(this.directory, "redis.sock");
      lines.push("port 0", `unixsocket ${this.path}`, "unixsocketperm 700");
    }
    if (this.password) lines.push(`requirepass "${this.password}"`, `masterauth "${this.password}"`);
    this.configFile = path.join(this.directory, "redis.conf");
    writeFileSync(this.configFile, `${lines.join("\n")}\n`);
  }

  /** Starts the process and waits until it answers; also after `kill`, on the same port and with nothing in memory. */
  async run() {
    this.process = new ServiceProcess(binary, [this.configFile, ...this.args]);
    await eventually(`${binary} answers`, async () => {
      if (this.end) throw new Error(`${binary} ended at start (${JSON.stringify(this.end)}):\n${this.output}`);
      try {
        await this.command("PING");
        return true;
      } catch {
        await sleep(20);
        return false;
      }
    }, 10_000);
  }

  get pid() {
    return this.process.child.pid;
  }

  /** How it ended; undefined while it runs. */
  get end() {
    return this.process.end;
  }

  get output() {
    return this.process?.output ?? "";
  }

  /** Address as the adapter's `url` wants it. @param {{port?: number, withPassword?: boolean}} [options] port: that of a proxy */
  url({ port = this.port, withPassword = true } = {}) {
    const password = this.password && withPassword ? `:${encodeURIComponent(this.password)}@` : "";
    if (this.over === "unix") return `unix://${this.path}`;
    return `${this.over === "tls" ? "rediss" : "redis"}://${password}127.0.0.1:${port}`;
  }

  /** What `[plugins.redis_adapter]` needs to use this server. */
  get settings() {
    return { url: this.url(), ...(this.over === "tls" ? { tls_ca_file: this.certificates.caFile } : {}) };
  }

  /** The same, with the password in a file. */
  get settingsWithPasswordFile() {
    const file = path.join(this.directory, "password");
    writeFileSync(file, `${this.password}\n`, { mode: 0o600 });
    return { ...this.settings, url: this.url({ withPassword: false }), password_file: file };
  }

  /** A connection of its own. */
  open(options = {}) {
    return RedisClient.open({ port: this.port, path: this.path, ca: this.certificates?.ca, password: this.password, ...options });
  }

  /** One command, over a connection that is kept. */
  async command(...args) {
    if (!this.client || this.client.isClosed) this.client = await this.open();
    return this.client.command(...args);
  }

  async info(section) {
    if (!this.client || this.client.isClosed) this.client = await this.open();
    return this.client.info(section);
  }

  /** Calls of each command so far, by its name in lower case ("publish", "config|resetstat"). */
  async commandCalls() {
    const stats = await this.info("commandstats");
    return Object.fromEntries(Object.entries(stats).map(([name, text]) => [name.slice("cmdstat_".length), Number(/calls=(\d+)/.exec(text)[1])]));
  }

  pause() {
    this.process.pause();
  }

  resume() {
    this.process.resume();
  }

  async kill() {
    this.client?.close();
    this.client = undefined;
    await this.process.kill();
  }

  /** Everything that was in memory is gone: what a server without persistence is after a crash. */
  async restartEmpty({ after = 0 } = {}) {
    await this.kill();
    if (after > 0) await sleep(after);
    await this.run();
  }

  async stop() {
    await this.kill();
    rmSync(this.directory, { recursive: true, force: true });
    directories.delete(this.directory);
  }
}
