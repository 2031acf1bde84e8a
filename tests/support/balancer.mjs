// HAProxy with a configuration file that is shipped, and what its statistics page says of the nodes.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";

import { eventually } from "./server.mjs";

// Beside PATH, which may lack the directories of services.
const binary = process.env.SIGNALING_HAPROXY ?? ["/usr/sbin/haproxy", "/usr/local/sbin/haproxy"].find(existsSync) ?? "haproxy";

const running = new Set();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

export class Balancer {
  /**
   * @param {object} options
   * @param {string} options.config                 path of haproxy.cfg
   * @param {Record<string, string>} [options.env]  variables that the file names
   * @param {string} options.statsUrl               where its statistics page will be
   */
  static async start({ config, env = {}, statsUrl }) {
    const balancer = new Balancer({ config, env, statsUrl });
    await eventually("HAProxy serves its statistics", async () => {
      if (balancer.end) throw new Error(`${binary} ended at start (${JSON.stringify(balancer.end)}):\n${balancer.output}`);
      return balancer.servers().then(() => true, () => false);
    }, 10_000);
    return balancer;
  }

  constructor({ config, env, statsUrl }) {
    this.statsUrl = statsUrl;
    this.output = "";
    // Without a master process: this one is the whole of it, and ends with the test.
    this.child = spawn("setpriv", ["--pdeathsig", "KILL", binary, "-db", "-f", config], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...env },
    });
    running.add(this.child);
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream.setEncoding("utf8");
      stream.on("data", (text) => {
        this.output = (this.output + text).slice(-1_000_000);
      });
    }
    this.ended = new Promise((resolve) => {
      this.child.on("error", (error) => resolve({ error: String(error) }));
      this.child.on("close", (code, signal) => resolve({ code, signal }));
    }).then((end) => {
      running.delete(this.child);
      this.end = end;
      return end;
    });
  }

  servers() {
    return readServers(this.statsUrl);
  }

  async stop() {
    if (this.end) return;
    this.child.kill("SIGTERM");
    const timer = setTimeout(() => this.child.kill("SIGKILL"), 5000);
    await this.ended;
    clearTimeout(timer);
  }
}

/**
 * The nodes as HAProxy sees them, from its statistics page.
 * @param {string} statsUrl
 * @returns {Promise<Record<string, {isUp: boolean, status: string, sessions: number, total: number, address: string}>>}
 *          by server name; sessions: connections now, total: connections so far
 */
export async function readServers(statsUrl) {
  const response = await fetch(`${statsUrl};csv`, { signal: AbortSignal.timeout(5000) });
  const text = await response.text();
  assert.equal(response.status, 200, text);
  return parseServers(text);
}

/** @param {string} csv  HAProxy's statistics, the names of the columns first */
export function parseServers(csv) {
  const [head, ...lines] = csv.replace(/^# /, "").trim().split("\n");
  const columns = head.split(",");
  const servers = {};
  for (const line of lines) {
    const values = line.split(",");
    const field = (name) => values[columns.indexOf(name)] ?? "";
    if (["FRONTEND", "BACKEND"].includes(field("svname")) || field("type") !== "2") continue;
    servers[field("svname")] = {
      isUp: /^UP$|^UP [^d]/.test(field("status")) && field("check_status") !== "INI",
      status: field("status"),
      sessions: Number(field("scur")),
      total: Number(field("stot")),
      address: field("addr"),
    };
  }
  return servers;
}
