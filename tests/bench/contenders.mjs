// The servers that are measured: how each is had and started. A started one has `ports`, `pids` (of every process that takes part,
// Redis too) and `stop()`.

import { execFile, execFileSync, spawn } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { Cluster } from "../support/cluster.mjs";
import { makeCertificates } from "../support/certificates.mjs";
import { RedisServer } from "../support/redis.mjs";
import { buildDirectory, repository, startServer, within } from "../support/server.mjs";

const peers = path.join(path.dirname(fileURLToPath(import.meta.url)), "peers");

const running = new Set();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** A peer that prints "listening on 127.0.0.1:PORT", later "ready", and ends at SIGTERM. */
class PeerProcess {
  constructor(command, args) {
    this.child = spawn("setpriv", ["--pdeathsig", "KILL", command, ...args], { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, NODE_ENV: "production" } });
    running.add(this.child);
    let errors = "";
    this.child.stderr.setEncoding("utf8").on("data", (text) => {
      errors = (errors + text).slice(-10_000);
    });
    this.ended = new Promise((resolve) => this.child.on("close", (code, signal) => {
      running.delete(this.child);
      resolve({ code, signal });
    }));
    const isReady = (async () => {
      for await (const line of createInterface({ input: this.child.stdout })) {
        const listening = /^listening on \S+:(\d+)$/.exec(line);
        if (listening) this.port = Number(listening[1]);
        if (line === "ready") return;
      }
      throw new Error(`${command} ${args.join(" ")} ended at start: ${errors}`);
    })();
    this.ready = within(20_000, `${command} ${args.join(" ")} is ready`, isReady);
  }

  async stop() {
    this.child.kill("SIGTERM");
    const timer = setTimeout(() => this.child.kill("SIGKILL"), 5000);
    await this.ended;
    clearTimeout(timer);
  }
}

async function startPeers(command, args, count) {
  const started = Array.from({ length: count }, () => new PeerProcess(command, args));
  const stop = () => Promise.all(started.map((peer) => peer.stop()));
  try {
    await Promise.all(started.map((peer) => peer.ready));
  } catch (error) {
    await stop();
    throw error;
  }
  return { ports: started.map((peer) => peer.port), pids: started.map((peer) => peer.child.pid), stop };
}

/** Starts with a Redis of its own beside it. */
async function withRedis(start) {
  const redis = await RedisServer.start();
  try {
    const { ports, pids, stop } = await start(redis);
    return {
      ports,
      pids: [...pids, redis.pid],
      stop: async () => {
        await stop();
        await redis.stop();
      },
    };
  } catch (error) {
    await redis.stop();
    throw error;
  }
}

/** The same for all that do TLS: an authority of its own and a P-256 key. */
let certificates;
function ownCertificates() {
  if (!certificates) {
    const directory = mkdtempSync(path.join(os.tmpdir(), "signaling-bench-"));
    process.on("exit", () => rmSync(directory, { recursive: true, force: true }));
    certificates = makeCertificates(directory);
  }
  return certificates;
}

const signaling = {
  title: "signaling-server",
  maxNodes: Infinity,
  features: ["tls", "deflate", "polling"],
  prepare: async () => execFileSync(path.join(buildDirectory, "bin/signaling-server"), ["--version"], { encoding: "utf8" }).split("\n")[0],
  async start(nodes, { tls = false, deflate = false } = {}) {
    const set = { "listen.workers": 1 };
    if (tls) Object.assign(set, { "listen.tls.certificate_file": ownCertificates().certFile, "listen.tls.key_file": ownCertificates().keyFile });
    if (deflate) set["engine.permessage_deflate.enabled"] = true;
    if (nodes === 1) {
      const server = await startServer({ set });
      return { ports: [server.port], pids: [server.pid], stop: () => server.stop() };
    }
    return withRedis(async (redis) => {
      const cluster = await Cluster.start({ nodes, redis, set, config: path.join(repository, "config/redis.toml") });
      return { ports: cluster.nodes.map((node) => node.port), pids: cluster.nodes.map((node) => node.pid), stop: () => cluster.stop() };
    });
  },
};

const nodeFolder = path.join(peers, "node");
const node = {
  title: "Node (socket.io)",
  maxNodes: Infinity,
  features: ["tls", "deflate", "polling"],
  async prepare() {
    const lock = path.join(nodeFolder, "package-lock.json");
    const installed = path.join(nodeFolder, "node_modules/.installed-lock.json");
    if (!existsSync(installed) || !readFileSync(lock).equals(readFileSync(installed))) {
      await promisify(execFile)("npm", ["ci", "--no-progress", "--ignore-scripts"], { cwd: nodeFolder, timeout: 180_000 });
      copyFileSync(lock, installed);
    }
    const version = (name) => JSON.parse(readFileSync(path.join(nodeFolder, "node_modules", name, "package.json"), "utf8")).version;
    return `socket.io ${version("socket.io")}, ws ${version("ws")}, @socket.io/redis-adapter ${version("@socket.io/redis-adapter")}, Node.js ${process.version}`;
  },
  start(nodes, { tls = false, deflate = false } = {}) {
    const command = [path.join(nodeFolder, "server.mjs")];
    if (tls) command.push("--certificate", ownCertificates().certFile, "--key", ownCertificates().keyFile);
    if (deflate) command.push("--deflate");
    if (nodes === 1) return startPeers(process.execPath, command, 1);
    return withRedis((redis) => startPeers(process.execPath, [...command, "--nodes", String(nodes), "--redis", redis.url()], nodes));
  },
};

const socketioxideFolder = path.join(peers, "socketioxide");
const socketioxideTarget = path.join(buildDirectory, "peers/socketioxide");
const socketioxide = {
  title: "socketioxide",
  maxNodes: 1,
  features: ["polling"],
  async prepare() {
    await promisify(execFile)("cargo", ["build", "--release", "--quiet", "--target-dir", socketioxideTarget], { cwd: socketioxideFolder, timeout: 900_000 });
    const lock = readFileSync(path.join(socketioxideFolder, "Cargo.lock"), "utf8");
    const version = (name) => new RegExp(`name = "${name}"\\nversion = "([^"]+)"`).exec(lock)[1];
    return `socketioxide ${version("socketioxide")}, axum ${version("axum")}, tokio ${version("tokio")}, one thread`;
  },
  start: () => startPeers(path.join(socketioxideTarget, "release/signaling-bench-peer-socketioxide"), [], 1),
};

const uwebsocketsFolder = path.join(peers, "uwebsockets");
const uwebsocketsProgram = path.join(buildDirectory, "peers/uwebsockets/server");
const uwebsockets = {
  title: "bare uWebSockets",
  maxNodes: 1,
  features: [],
  // It announces nobody, so that to join and to leave is next to nothing there, and refuses nothing.
  loads: ["fanout", "relay", "connect", "idle"],
  isBare: true,
  async prepare() {
    const cargo = ["metadata", "--format-version", "1", "--manifest-path", path.join(uwebsocketsFolder, "Cargo.toml")];
    const { stdout } = await promisify(execFile)("cargo", cargo, { timeout: 180_000, maxBuffer: 2 ** 26 });
    const crate = JSON.parse(stdout).packages.find(({ name }) => name === "libuwebsockets-sys");
    await promisify(execFile)(path.join(uwebsocketsFolder, "build.sh"), [path.dirname(crate.manifest_path), uwebsocketsProgram], { timeout: 180_000 });
    return `uWebSockets of the crate ${crate.name} ${crate.version}, one thread, nothing checked (see its head)`;
  },
  start: () => startPeers(uwebsocketsProgram, [], 1),
};

/**
 * By name. `prepare` fetches and builds what is needed and tells the versions; `start(nodes, {tls, deflate})` takes up to `maxNodes`,
 * and of the features those that it has. What `isBare` is not held to the events (same_events.mjs), and takes part in its `loads` alone.
 */
export const contenders = { signaling, node, socketioxide, uwebsockets };

/** Whether it can be measured in a scenario. */
export function takesPart({ maxNodes, features, loads }, { nodes, server = {}, load }) {
  const wanted = [...Object.keys(server), ...(load.transport === "polling" ? ["polling"] : [])];
  return nodes <= maxNodes && (!loads || loads.includes(load.scenario)) && wanted.every((feature) => features.includes(feature));
}
