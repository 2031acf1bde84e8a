// A process beside the server under test, such as Redis: what it wrote, and how it ended. Ends with the test, even if that is killed.

import { spawn } from "node:child_process";

const running = new Set();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

export class ServiceProcess {
  /** @param {string[]} [args] */
  constructor(command, args = []) {
    /** The last 100,000 characters that it wrote. */
    this.output = "";
    /** `{ code, signal }`, or `{ error }` where it could not be started; undefined while it runs. */
    this.end = undefined;
    const child = spawn("setpriv", ["--pdeathsig", "KILL", command, ...args], { stdio: ["ignore", "pipe", "pipe"] });
    this.child = child;
    running.add(child);
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8");
      stream.on("data", (text) => {
        this.output = (this.output + text).slice(-100_000);
      });
    }
    this.ended = new Promise((resolve) => {
      child.on("error", (error) => resolve({ error: String(error) }));
      child.on("close", (code, signal) => resolve({ code, signal }));
    }).then((end) => {
      running.delete(child);
      this.end = end;
      return end;
    });
  }

  /** Resolves once it has ended. */
  async kill() {
    if (!this.end) this.child.kill("SIGKILL");
    await this.ended;
  }

  pause() {
    this.child.kill("SIGSTOP");
  }

  resume() {
    this.child.kill("SIGCONT");
  }
}
