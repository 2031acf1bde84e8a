// A real HAProxy before servers under test.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";

import { eventually, slowness } from "./server.mjs";

const binary = ["/usr/sbin/haproxy", "/usr/local/sbin/haproxy", "/usr/bin/haproxy"].find(existsSync);

const running = new Set();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

export class Haproxy {
  /**
   * @param {(bind: string) => string} configure  gives the sections after `defaults`; `bind` is what a frontend binds to, for
   *   one port that `haproxy.port` tells
   */
  static async start(configure) {
    assert.ok(binary, "no haproxy here (package haproxy; tests/run.sh installs it)");
    const haproxy = new Haproxy();
    haproxy.directory = mkdtempSync(path.join(os.tmpdir(), "signaling-haproxy-"));
    const file = path.join(haproxy.directory, "haproxy.cfg");
    writeFileSync(file, `global\n  maxconn 500\n  log stderr format raw local0\n\ndefaults\n  log global\n  timeout connect 5s\n  timeout client 60s\n  timeout server 60s\n\n${configure("fd@3")}\n`);
    // HAProxy does not tell which port it was given: it gets a socket that has one.
    const listener = net.createServer();
    await new Promise((resolve) => listener.listen(0, "127.0.0.1", resolve));
    haproxy.port = listener.address().port;
    haproxy.output = "";
    haproxy.child = spawn("setpriv", ["--pdeathsig", "KILL", binary, "-db", "-f", file], {
      stdio: ["ignore", "pipe", "pipe", listener._handle.fd],
    });
    running.add(haproxy.child);
    haproxy.ended = once(haproxy.child, "close").then(() => {
      running.delete(haproxy.child);
      haproxy.isEnded = true;
    });
    for (const stream of [haproxy.child.stdout, haproxy.child.stderr]) {
      stream.setEncoding("utf8");
      stream.on("data", (text) => {
        haproxy.output = (haproxy.output + text).slice(-100_000);
      });
    }
    await new Promise((resolve) => listener.close(resolve));
    await eventually("HAProxy takes a connection", () => {
      if (haproxy.isEnded) throw new Error(`haproxy ended at start:\n${haproxy.output}`);
      return isOpen(haproxy.port);
    });
    return haproxy;
  }

  get url() {
    return `http://127.0.0.1:${this.port}`;
  }

  async stop() {
    if (!this.isEnded) this.child.kill("SIGTERM");
    const timer = setTimeout(() => this.child.kill("SIGKILL"), 5000 * slowness);
    await this.ended;
    clearTimeout(timer);
    rmSync(this.directory, { recursive: true, force: true });
  }
}

function isOpen(port) {
  return new Promise((resolve) => {
    const socket = net.connect(port, "127.0.0.1", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });
}
