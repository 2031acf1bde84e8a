// Runs the load generator and reads what it prints: a JSON object per line.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/**
 * @param {string} binary
 * @param {string[]} args
 * @param {object} hooks
 * @param {Record<string, () => void>} [hooks.on]  called at "ready", "begin", "end", as soon as the line is there
 * @param {number} hooks.timeout                  milliseconds; the load generator is ended after them
 * @param {string[]} [hooks.under]                a command that runs it, with its arguments
 * @returns what the "result" line holds; throws with the reason that the load generator gives
 */
export async function runLoad(binary, args, { on = {}, timeout, under = [] }) {
  const [command, ...rest] = [...under, "setpriv", "--pdeathsig", "KILL", binary, ...args];
  const child = spawn(command, rest, { stdio: ["ignore", "pipe", "pipe"] });
  const closed = once(child, "close");
  const timer = setTimeout(() => child.kill("SIGKILL"), timeout);
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text) => {
    errors = (errors + text).slice(-10_000);
  });
  let result;
  let reason;
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      const { event, ...values } = JSON.parse(line);
      if (event === "result") result = values;
      else if (event === "error") reason = values.reason;
      else on[event]?.();
    }
    const [code, signal] = await closed;
    if (code !== 0 || !result) {
      throw new Error(`the load generator failed: ${reason ?? (signal ? `ended by ${signal} (time-out ${timeout} ms)` : `exit code ${code}`)} ${errors}`.trim());
    }
    return result;
  } finally {
    clearTimeout(timer);
    child.kill("SIGKILL");
  }
}
