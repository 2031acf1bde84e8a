// SIGHUP and POST /reload: what changes while clients are served, what needs a restart, and files that are refused.

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import tls from "node:tls";

import { ask, connect, Wire } from "../support/clients.mjs";
import { readiness } from "../support/cluster.mjs";
import { join } from "../support/peers.mjs";
import { eventually, slowness, startServer, within } from "../support/server.mjs";

let directory;
before(() => {
  directory = mkdtempSync(path.join(os.tmpdir(), "reload-"));
});
after(() => rmSync(directory, { recursive: true, force: true }));

let files = 0;
/** A server with a configuration file of its own: `server.write(text)` replaces what `more` is. */
async function start(more = "", options = {}) {
  const file = path.join(directory, `${++files}.toml`);
  const write = (text) => writeFileSync(file, `
[listen]
workers = 2
[plugins]
directories = ["plugins", "tests/plugins"]
adapter = "memory_adapter"
applications = ["webrtc_signaling", "kitchen_app"]
${text}
`);
  write(more);
  const server = await startServer({ config: file, ...options });
  server.write = write;
  return server;
}

/** Lines are written by a thread of their own, which may come after the answer. */
const logged = (server, line) => eventually(`${line} is logged`, () => (line instanceof RegExp ? line.test(server.output) : server.output.includes(line)));

async function reload(server, options) {
  const response = await fetch(`${server.adminUrl}/reload`, { method: "POST", signal: AbortSignal.timeout(10_000 * slowness), ...options });
  return { code: response.status, ...(await response.json()) };
}

const origin = { headers: { origin: "https://page.example" } };
const handshake = (server, options) => fetch(`${server.url}/socket.io/?EIO=4&transport=polling`, options);

test("limits, CORS and engine bounds change under clients that go on", async () => {
  const server = await start();
  const client = await connect(server, "/kitchen", { transports: ["polling"] });
  assert.equal((await handshake(server, origin)).headers.get("access-control-allow-origin"), null);
  assert.equal((await handshake(server, { headers: { "x-long": "x".repeat(5000) } })).status, 200);

  server.write(`
[cors]
enabled = true
origins = ["https://page.example"]
[limits]
max_header_bytes = 2048
[engine]
max_payload_bytes = 2000
max_send_queue_bytes = 3_000_000
`);
  const report = await reload(server);
  assert.equal(report.code, 200);
  assert.equal(report.status, "reloaded");
  assert.deepEqual(report.changed, [
    { key: "cors.enabled", old: "false", new: "true" },
    { key: "cors.origins", old: '["*"]', new: '["https://page.example"]' },
    { key: "engine.max_payload_bytes", old: "1000000", new: "2000" },
    { key: "engine.max_send_queue_bytes", old: "4000000", new: "3000000" },
    { key: "limits.max_header_bytes", old: "16384", new: "2048" },
  ]);
  assert.deepEqual(report.needs_restart, []);
  await logged(server, /info +server: limits\.max_header_bytes: 16384 -> 2048\n/);

  // On each loop; nobody waits for the other loops in the middle of a report.
  await eventually("every loop has the new values", async () => {
    const answers = await Promise.all(Array.from({ length: 16 }, () => handshake(server, origin)));
    return answers.every((answer) => answer.headers.get("access-control-allow-origin") === "https://page.example");
  });
  await eventually("longer heads are refused", async () => (await handshake(server, { headers: { "x-long": "x".repeat(5000) } })).status === 431);
  const opened = JSON.parse((await (await handshake(server)).text()).slice(1));
  assert.equal(opened.maxPayload, 2000);
  const posted = await fetch(`${server.url}/socket.io/?EIO=4&transport=polling&sid=${opened.sid}`, { method: "POST", body: `4${"x".repeat(3000)}` });
  assert.equal(posted.status, 413);
  assert.equal(await ask(client, "ack", "still here"), "still here");

  // The same file once more: nothing is different.
  const again = await reload(server);
  assert.deepEqual([again.code, again.changed, again.needs_restart], [200, [], []]);
  // And away with it: the defaults are back.
  server.write("");
  assert.equal((await reload(server)).changed.length, 5);
  await eventually("no CORS", async () => (await handshake(server, origin)).headers.get("access-control-allow-origin") === null);
  assert.equal(await ask(client, "ack", 2), 2);
  client.disconnect();
  await server.stop();
});

test("connection limits hold for connections to come", async () => {
  const server = await start();
  const wires = await Promise.all([0, 1, 2].map(() => Wire.session(server)));
  server.write("[limits]\nmax_connections_per_address = 3\n");
  assert.equal((await reload(server)).code, 200);
  await assert.rejects(Wire.session(server), "three are there already, from before the limit");
  wires[0].close();
  await wires[0].closed;
  await eventually("there is room again", () => Wire.session(server).then((wire) => wires.push(wire), () => false));
  for (const wire of wires) wire.terminate();
  await server.stop();
});

test("SIGHUP changes log levels", async () => {
  const server = await start();
  const debugLine = /debug +plugins: /;
  assert.doesNotMatch(server.output, debugLine);
  server.write('[log.components]\nplugins = "debug"\n');
  server.child.kill("SIGHUP");
  await eventually("the report is there", () => server.output.includes("reloaded "));
  await logged(server, /log\.components\.plugins: \(none\) -> "debug"/);
  server.child.kill("SIGHUP");
  await eventually("debug lines come", () => debugLine.test(server.output));
  await server.stop();
});

test("a plugin's keys change; those that cannot are named", async () => {
  const server = await start('[plugins.webrtc_signaling]\nmax_peers = 1\n');
  const [one, two] = await Promise.all([connect(server), connect(server)]);
  assert.ok((await join(one, "room")).ok);
  assert.equal((await join(two, "room")).error.code, "room-full");
  server.write(`
[plugins.webrtc_signaling]
max_peers = 2
namespace = "/elsewhere"
turn_urls = ["turn:turn.example:3478"]
turn_secret = "not for anybody's eyes"
[listen.tls]
`);
  const report = await reload(server);
  assert.equal(report.code, 200, JSON.stringify(report));
  assert.deepEqual(report.changed, [
    { key: "plugins.webrtc_signaling.max_peers", old: "1", new: "2" },
    { key: "plugins.webrtc_signaling.turn_secret", old: '""', new: '"***"' },
    { key: "plugins.webrtc_signaling.turn_urls", old: "[]", new: '["turn:turn.example:3478"]' },
  ]);
  assert.deepEqual(report.needs_restart, [{ key: "plugins.webrtc_signaling.namespace", old: '"/"', new: '"/elsewhere"' }]);
  await logged(server, /warn +server: plugins\.webrtc_signaling\.namespace: "\/" -> "\/elsewhere" needs a restart\n/);
  assert.ok(!server.output.includes("anybody's eyes"));
  await eventually("there is room for two", async () => (await join(two, "room")).ok);
  // What needs a restart is told again, as it is still not in force.
  assert.equal((await reload(server)).needs_restart.length, 1);
  one.disconnect();
  two.disconnect();
  await server.stop();
});

test("a file with anything wrong in it changes nothing, and everything wrong is told", async () => {
  const server = await start('[limits]\nmax_header_bytes = 4096\n');
  const client = await connect(server, "/kitchen");
  const refused = async (text, ...expected) => {
    server.write(text);
    const report = await reload(server);
    assert.equal(report.code, 422, JSON.stringify(report));
    assert.equal(report.status, "refused");
    for (const problem of expected) {
      assert.ok(report.problems.some((line) => problem.test(line)), `${problem} in ${JSON.stringify(report.problems)}`);
    }
    await logged(server, /error +server: not reloaded: \d+ problems?; what was in force stays in force\n/);
    for (const line of report.problems) await logged(server, line);
  };
  await refused(`
[limits]
max_header_bytes = 100
max_headers = 1
[cors]
enabled = true
[plugins.webrtc_signaling]
max_peers = "many"
`, /toml:\d+:\d+: limits\.max_header_bytes: .* allowed/, /limits\.max_headers: unknown key/, /plugins\.webrtc_signaling\.max_peers/);
  await refused("[limits\n", /toml:\d+:\d+/);
  // Well as text, and refused by the plugin itself.
  await refused('[cors]\nenabled = true\n[plugins.webrtc_signaling]\nturn_urls = ["http://example"]\n', /turn_urls/);
  // Two keys that do not fit together.
  await refused("[engine]\nmax_payload_bytes = 5_000_000\n", /engine\.max_payload_bytes/);
  // A certificate that is not there.
  await refused('[cors]\nenabled = true\n[listen.tls]\ncertificate_file = "/none.pem"\nkey_file = "/none.key"\n', /none\.pem/);
  assert.equal((await handshake(server, origin)).headers.get("access-control-allow-origin"), null);
  assert.equal((await handshake(server, { headers: { "x-long": "x".repeat(3000) } })).status, 200);
  assert.equal((await handshake(server, { headers: { "x-long": "x".repeat(5000) } })).status, 431);
  rmSync(path.join(directory, `${files}.toml`));
  assert.equal((await reload(server)).code, 422, "the file is gone");
  assert.equal(await ask(client, "ack", 1), 1);
  assert.equal((await readiness(server)).code, 200);
  client.disconnect();
  await server.stop();
});

/** A self-signed certificate for 127.0.0.1; gives its fingerprint. */
function makeCertificate(name) {
  const certificate = path.join(directory, `${name}.pem`);
  const key = path.join(directory, `${name}.key`);
  execFileSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
    "-subj", `/CN=${name}`, "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate], { stdio: "pipe" });
  return { certificate, key };
}

/** Common name that a new TLS connection is shown. */
function certificateName(server) {
  return within(5000, "a TLS handshake", new Promise((resolve, reject) => {
    const socket = tls.connect({ host: "127.0.0.1", port: server.port, rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate().subject.CN);
      socket.destroy();
    });
    socket.on("error", reject);
  }));
}

test("a new certificate is shown to connections to come; those there are go on", async () => {
  const [first, second] = [makeCertificate("first"), makeCertificate("second")];
  const live = { certificate: path.join(directory, "live.pem"), key: path.join(directory, "live.key") };
  const use = (from) => {
    copyFileSync(from.certificate, live.certificate);
    copyFileSync(from.key, live.key);
  };
  use(first);
  const config = `[listen.tls]\ncertificate_file = "${live.certificate}"\nkey_file = "${live.key}"\n`;
  const server = await start(config);
  assert.equal(await certificateName(server), "first");
  const wire = await Wire.open(`wss://127.0.0.1:${server.port}/socket.io/?EIO=4&transport=websocket`, { rejectUnauthorized: false });
  await wire.next();
  // A key that does not fit: refused, and the old pair goes on.
  copyFileSync(second.certificate, live.certificate);
  const refused = await reload(server);
  assert.equal(refused.code, 422);
  assert.ok(refused.problems.some((line) => line.includes("live.key")), JSON.stringify(refused));
  assert.equal(await certificateName(server), "first");
  use(second);
  const report = await reload(server);
  assert.equal(report.code, 200);
  assert.deepEqual(report.changed, []);
  assert.match(report.notes.join(), /TLS certificate sha256:[0-9a-f]{16} -> sha256:[0-9a-f]{16}/);
  assert.equal(await certificateName(server), "second");
  wire.send("40/kitchen,");
  assert.match(await wire.next(), /^40\/kitchen,/);
  // Switching TLS off takes a restart.
  server.write("");
  const off = await reload(server);
  assert.deepEqual(off.needs_restart.map((change) => change.key), ["listen.tls.certificate_file", "listen.tls.key_file"]);
  assert.equal(await certificateName(server), "second");
  wire.terminate();
  await server.stop();
});

test("the token, readiness and the times of a drain change; none of it shows the token", async () => {
  const server = await start('[admin]\ntoken = "first token, long enough"\n[drain]\nreadiness_wait = "10m"\n');
  server.write('[admin]\ntoken = "second token, long enough"\n[drain]\nreadiness_wait = "0s"\n');
  const report = await reload(server);
  assert.deepEqual(report.changed, [
    { key: "admin.token", old: '"***"', new: '"***"' },
    { key: "drain.readiness_wait", old: '"10m"', new: '"0s"' },
  ]);
  // A browser has to show the token even on loopback.
  const drain = (token) => fetch(`${server.adminUrl}/drain`, { method: "POST", headers: { origin: "http://x", authorization: `Bearer ${token}` } });
  assert.equal((await drain("first token, long enough")).status, 403);
  assert.equal((await drain("second token, long enough")).status, 202);
  await within(10_000, "the end of the server", server.ended);
  assert.ok(!server.output.includes("token, long enough"));
  await server.stop();
});

test("a node that drains does not reload", async () => {
  const server = await start('[drain]\nreadiness_wait = "10m"\n');
  server.child.kill("SIGTERM");
  await eventually("drain is told", async () => (await readiness(server)).code === 503);
  server.write("[cors]\nenabled = true\n");
  assert.deepEqual(await reload(server), { code: 503, status: "draining" });
  server.child.kill("SIGTERM");
  await server.stop();
});

test("the service manager hears of start, reload and end", async () => {
  const socket = path.join(directory, "notify");
  const manager = spawn("python3", ["-u", "-c", `
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print("bound")
while True: print(repr(s.recv(4096).decode()))
`, socket]);
  let heard = "";
  manager.stdout.on("data", (data) => (heard += data));
  try {
    await eventually("the manager listens", () => heard.includes("bound"));
    const server = await start("", { env: { NOTIFY_SOCKET: socket } });
    await eventually("ready", () => /'READY=1\\nSTATUS=serving http/.test(heard));
    await reload(server);
    await eventually("reloaded", () => /'RELOADING=1\\nMONOTONIC_USEC=\d+'\s+'READY=1\\n/.test(heard));
    await server.stop();
    await eventually("stopping", () => /'STOPPING=1\\nEXTEND_TIMEOUT_USEC=\d+\\nSTATUS=draining/.test(heard));
  } finally {
    manager.kill();
  }
});

test("reloads in the middle of traffic on every loop, polls that move between loops among it", async () => {
  const server = await start();
  const clients = await Promise.all(Array.from({ length: 12 }, (_, i) =>
    connect(server, "/kitchen", { transports: i % 2 === 0 ? ["websocket"] : ["polling"] })));
  let isOver = false;
  const talking = clients.map(async (client) => {
    let count = 0;
    for (; !isOver; count++) assert.equal(await ask(client, "ack", count), count);
    return count;
  });
  for (let i = 0; i < 20; i++) {
    server.write(i % 2 === 0 ? "" : `
[cors]
enabled = true
[limits]
max_header_bytes = 4096
max_connections_per_address = 500
[engine]
max_payload_bytes = 50_000
[socketio]
max_pending_acks = 500
`);
    const report = await reload(server);
    assert.deepEqual([report.code, report.changed.length], [200, i === 0 ? 0 : 5]);
  }
  isOver = true;
  for (const count of await Promise.all(talking)) assert.ok(count > 0);
  for (const client of clients) client.disconnect();
  await server.stop();
});
