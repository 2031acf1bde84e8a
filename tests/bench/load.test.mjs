// The load generator against the server under test: every scenario runs, counts what arrived, and nobody is lost. Numbers are for
// the benchmark; here only the work is checked.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import path from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";

import { buildDirectory, slowness, startServer, within } from "../support/server.mjs";

let server;
before(async () => {
  server = await startServer({ set: { "listen.workers": 1 } });
});
after(() => server.stop());

/** Runs it to its end; resolves with its exit code and the objects it printed. */
async function load(...options) {
  const child = spawn(path.join(buildDirectory, "tests/bench_load"), options, { stdio: ["ignore", "pipe", "inherit"] });
  const lines = [];
  createInterface({ input: child.stdout }).on("line", (line) => lines.push(JSON.parse(line)));
  const ended = new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve(code));
  });
  try {
    return { code: await within(40_000, `bench_load ${options.join(" ")}`, ended), lines };
  } finally {
    child.kill("SIGKILL");
  }
}

async function measured(...options) {
  const common = ["--ports", String(server.port), "--warmup", "0.1", "--seconds", "0.5"];
  const { code, lines } = await load(...common, ...options);
  assert.equal(code, 0, JSON.stringify(lines));
  assert.deepEqual(lines.map((line) => line.event), ["ready", "begin", "end", "result"]);
  const result = lines[3];
  assert.equal(result.errors, 0);
  assert.equal(result.lost, 0);
  assert.ok(result.seconds >= 0.5 && result.seconds < 0.5 + slowness, `measured ${result.seconds} s`);
  const { p50, p90, p99, p999, max } = result.latency_us;
  assert.ok(p50 <= p90 && p90 <= p99 && p99 <= p999 && p999 <= max, JSON.stringify(result.latency_us));
  return result;
}

/** On a busy machine a good part of what was due may arrive after the window, or in it from before. */
function assertRate(result, rate) {
  const due = rate * result.seconds;
  assert.ok(result.operations > due / 2 && result.operations < 2 * due, `${due} were due: ${JSON.stringify(result)}`);
}

test("fan-out: a message is done when all others have it", async () => {
  const result = await measured("--scenario", "fanout", "--clients", "20", "--room-size", "5", "--in-flight", "4");
  assert.ok(result.operations > 50, `${result.operations} messages`);
  // Those that are on their way at either border of the window: 4 rooms, 4 messages, 4 others.
  assert.ok(Math.abs(result.deliveries - 4 * result.operations) <= 64, JSON.stringify(result));
  assert.ok(result.latency_us.p50 > 0);
});

test("fan-out, open: as many messages as the rate says", async () => {
  const options = ["--scenario", "fanout", "--clients", "20", "--room-size", "10", "--bytes", "1024"];
  const result = await measured(...options, "--mode", "open", "--rate", "200");
  assertRate(result, 200);
});

test("relay: signals go to and fro in pairs", async () => {
  const result = await measured("--scenario", "relay", "--clients", "10", "--in-flight", "3", "--spread");
  assert.ok(result.operations > 50, `${result.operations} signals`);
  assert.equal(result.deliveries, result.operations);
});

test("relay, open: as many signals as the rate says", async () => {
  const result = await measured("--scenario", "relay", "--clients", "10", "--mode", "open", "--rate", "400");
  assertRate(result, 400);
});

test("rejoin: the others hear of each leave and each join", async () => {
  const result = await measured("--scenario", "rejoin", "--clients", "15", "--room-size", "5");
  assert.ok(result.operations > 20, `${result.operations} pairs`);
  assert.ok(Math.abs(result.deliveries - 8 * result.operations) <= 3 * 16, JSON.stringify(result));
});

test("connect: clients come and go", async () => {
  const result = await measured("--scenario", "connect", "--clients", "5", "--spread");
  assert.ok(result.operations > 10, `${result.operations} connections`);
});

test("idle: clients stay", async () => {
  await measured("--scenario", "idle", "--clients", "150");
});

test("where nobody listens, it says so and ends with 1", async () => {
  const { code, lines } = await load("--ports", "1", "--scenario", "idle", "--clients", "1");
  assert.equal(code, 1);
  assert.equal(lines.at(-1).event, "error");
  assert.match(lines.at(-1).reason, /client 0 on port 1, connecting: Connection refused/);
});

test("a server that knows no such room size refuses, and that ends the run", async () => {
  const small = await startServer({ set: { "listen.workers": 1, "plugins.webrtc_signaling.max_peers": 2 } });
  try {
    const { code, lines } = await load("--ports", String(small.port), "--scenario", "fanout", "--clients", "3", "--room-size", "3");
    assert.equal(code, 1);
    assert.match(lines.at(-1).reason, /join was answered .*room-full/);
  } finally {
    await small.stop();
  }
});
