// The load generator against the server under test: every scenario runs, counts what arrived, and nobody is lost. Numbers are for
// the benchmark; here only the work is checked.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";

import { makeCertificates } from "../support/certificates.mjs";
import { buildDirectory, eventually, slowness, startServer, within } from "../support/server.mjs";

let server;
/** With TLS and permessage-deflate. */
let secure;
let directory;
before(async () => {
  directory = mkdtempSync(path.join(os.tmpdir(), "signaling-bench-load-"));
  const { certFile, keyFile } = makeCertificates(directory);
  const tls = { "listen.tls.certificate_file": certFile, "listen.tls.key_file": keyFile };
  const set = { "listen.workers": 1 };
  [server, secure] = await Promise.all([startServer({ set }), startServer({ set: { ...set, ...tls, "engine.permessage_deflate.enabled": true } })]);
});
after(async () => {
  await Promise.all([server.stop(), secure.stop()]);
  rmSync(directory, { recursive: true, force: true });
});

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

const measured = (...options) => measuredOn(server, ...options);

async function measuredOn({ port }, ...options) {
  const common = ["--ports", String(port), "--warmup", "0.1", "--seconds", "0.5"];
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

test("polling: several packets travel in one payload, and no session is left behind", async () => {
  const fanout = await measured("--transport", "polling", "--scenario", "fanout", "--clients", "20", "--room-size", "5", "--in-flight", "4");
  assert.ok(fanout.operations > 20, `${fanout.operations} messages`);
  assert.ok(fanout.deliveries > 2 * fanout.operations, JSON.stringify(fanout));
  const relay = await measured("--transport", "polling", "--scenario", "relay", "--clients", "10", "--in-flight", "3");
  assert.ok(relay.operations > 20, `${relay.operations} signals`);
  await measured("--transport", "polling", "--scenario", "idle", "--clients", "50");
  const connect = await measured("--transport", "polling", "--scenario", "connect", "--clients", "5");
  assert.ok(connect.operations > 5, `${connect.operations} sessions`);
  await eventually("the server has no session left", async () => (await server.metric('signaling_sessions{transport="polling"}')) === 0);
});

test("TLS: the same over WebSocket and polling, and connections come and go", async () => {
  for (const transport of ["websocket", "polling"]) {
    const result = await measuredOn(secure, "--tls", "--transport", transport, "--scenario", "relay", "--clients", "10", "--in-flight", "3");
    assert.ok(result.operations > 20, `${result.operations} signals over ${transport}`);
  }
  const connect = await measuredOn(secure, "--tls", "--scenario", "connect", "--clients", "5");
  assert.ok(connect.operations > 5, `${connect.operations} connections`);
});

test("permessage-deflate: messages are compressed both ways and arrive whole", async () => {
  const bytes = (direction) => Promise.all(["network", "message"].map((layer) => secure.metric(`signaling_${layer}_${direction}_bytes_total`)));
  const before = { sent: await bytes("sent"), received: await bytes("received") };
  const result = await measuredOn(secure, "--tls", "--deflate", "--scenario", "fanout", "--clients", "10", "--room-size", "5", "--bytes", "3000");
  assert.ok(result.deliveries > 20, JSON.stringify(result));
  for (const direction of ["sent", "received"]) {
    const [network, message] = (await bytes(direction)).map((value, i) => value - before[direction][i]);
    assert.ok(network < message / 2, `${direction}: ${network} bytes for messages of ${message}`);
  }
  await measuredOn(secure, "--tls", "--deflate", "--scenario", "idle", "--clients", "20", "--room-size", "2", "--greeting", "2048");
});

test("a server that does not take permessage-deflate is told of", async () => {
  const { code, lines } = await load("--ports", String(server.port), "--deflate", "--scenario", "idle", "--clients", "1");
  assert.equal(code, 1);
  assert.match(lines.at(-1).reason, /does not take permessage-deflate/);
});

test("TLS towards a server without it is told of", async () => {
  const { code, lines } = await load("--ports", String(server.port), "--tls", "--scenario", "idle", "--clients", "1");
  assert.equal(code, 1);
  assert.match(lines.at(-1).reason, /client 0 on port \d+, connecting: TLS handshake: /);
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
