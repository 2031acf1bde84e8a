// How a node leaves: readiness, clients moved away in batches, the ways to ask for it.

import assert from "node:assert/strict";
import http from "node:http";
import os from "node:os";
import { test } from "node:test";

import { ask, collect, connect, io, transportChoices, upgraded, Wire } from "../support/clients.mjs";
import { seat, startKitchen } from "../support/kitchen.mjs";
import { readiness } from "../support/cluster.mjs";
import { eventually, slowness, within } from "../support/server.mjs";

/** Ends by itself, with 0. */
async function endsWell(server, timeout = 15_000) {
  await within(timeout, "the end of the server", server.ended);
  server.assertNoSanitizerReport();
  assert.deepEqual(server.end, { code: 0, signal: null }, server.output);
}

const phase = async (server) => server.metric("signaling_drain_phase");

/** Keeps how and when the client was disconnected, and whether it goes on to connect by itself. */
function watchEnd(socket) {
  socket.on("disconnect", (reason) => {
    socket.gone = { reason, at: performance.now(), isActive: socket.active };
  });
  return socket;
}

/** Says a number to all others every few milliseconds until it is disconnected, and keeps what the others said. */
function talk(socket) {
  socket.heard = new Map();
  socket.said = [];
  socket.on("say", (from, number) => {
    if (!socket.heard.has(from)) socket.heard.set(from, []);
    socket.heard.get(from).push(number);
  });
  const timer = setInterval(() => {
    if (!socket.connected) return clearInterval(timer);
    const number = socket.said.length;
    socket.said.push(undefined);
    socket.emit("emit", { rooms: ["talk"], event: ["say", socket.name, number] }, () => {
      socket.said[number] = performance.now();  // the server has passed it on
    });
  }, 100 * slowness);
  socket.on("disconnect", () => clearInterval(timer));
}

test("talking clients are moved away: nothing is lost before, and they come back by themselves", { timeout: 60_000 * slowness }, async () => {
  let server = await startKitchen({ "listen.workers": 2, "drain.readiness_wait": "1s", "drain.duration": "2s" });
  const eager = { reconnection: true, reconnectionDelay: 50, reconnectionDelayMax: 200 };
  const clients = [];
  for (const [kind, transports] of Object.entries(transportChoices)) {
    for (const socket of await seat(server, 8, { transports, ...eager })) {
      socket.name = `${kind}-${clients.length}`;
      if (kind === "upgrade") await upgraded(socket);
      clients.push(watchEnd(socket));
    }
  }
  const watchers = await seat(server, 3, eager);
  const gone = watchers.map((watcher) => collect(watcher, "gone"));
  for (const watcher of watchers) await ask(watcher, "join", { room: "watchers" });
  for (const socket of clients) await ask(socket, "join", { room: "talk" });
  const namesById = new Map(clients.map((socket) => [socket.id, socket.name]));
  clients.forEach(talk);
  await eventually("all talk", () => clients.every((socket) => socket.heard.size === clients.length));

  assert.equal(await phase(server), 0);
  server.child.kill("SIGTERM");
  await eventually("drain is told", async () => (await readiness(server)).code === 503);
  assert.deepEqual((await readiness(server)).reasons, ["draining"]);
  assert.equal(await phase(server), 1);
  // Still in service until the balancer must have noticed.
  const late = await connect(server, "/kitchen", { transports: ["websocket"] });
  assert.equal(await ask(late, "ack", 1), 1);
  assert.ok(clients.every((socket) => socket.connected));
  // In the middle of a handshake or an upgrade when the time comes.
  const upgrading = [];
  const opener = setInterval(() => {
    const socket = watchEnd(io(`${server.url}/kitchen`, { forceNew: true, transports: transportChoices.upgrade, reconnection: false }));
    socket.on("connect_error", (error) => (socket.refused = error));
    upgrading.push(socket);
  }, 20 * slowness);
  await eventually("clients are moved", async () => (await phase(server)) === 2);
  await eventually("they are counted", async () => (await server.metric("signaling_drain_clients_left")) > 0, 2000);
  clearInterval(opener);
  const port = server.port;
  await endsWell(server);

  await eventually("everybody was told", () => clients.every((socket) => socket.gone));
  for (const { name, gone: end } of clients) {
    assert.deepEqual({ name, reason: end.reason, isActive: end.isActive }, { name, reason: "transport close", isActive: true });
  }
  await eventually("those that came late know", () => upgrading.every((socket) => socket.gone || socket.refused));
  for (const socket of upgrading) if (socket.gone) assert.equal(socket.gone.reason, "transport close");
  assert.ok(upgrading.some((socket) => socket.gone) || upgrading.some((socket) => socket.refused));
  // What the application was told; the watchers leave too, so each has heard of some.
  const heardOf = gone.flat();
  assert.ok(heardOf.length > 0);
  for (const [id, reason] of heardOf) assert.equal(reason, "server shutting down", namesById.get(id));

  // Until both were moved, everything that one said reached the other, once and in order.
  for (const receiver of clients) {
    for (const sender of clients) {
      const numbers = receiver.heard.get(sender.name);
      assert.deepEqual(numbers, numbers.map((_, i) => i), `${sender.name} to ${receiver.name}`);
      // Passed on well before the receiver left: it must be among them.
      const before = receiver.gone.at - 500 * slowness;
      const due = sender.said.findLastIndex?.((at) => at < before) ?? -1;
      assert.ok(numbers.length > due, `${receiver.name} heard ${numbers.length} of ${sender.name}, ${due + 1} were due`);
    }
  }

  // The next release, at the same place.
  server = await startKitchen({ "listen.port": port });
  await eventually("everybody is back", () => clients.every((socket) => socket.connected), 10_000);
  for (const socket of [...clients, ...watchers, ...upgrading, late]) socket.disconnect();
  await server.stop();
});

test("300 clients leave spread over the time, not by age", { timeout: 60_000 * slowness }, async () => {
  const server = await startKitchen({ "listen.workers": 2, "drain.duration": "2s" });
  const wires = [];
  for (let i = 0; i < 300; i++) {
    const wire = await Wire.session(server);
    wire.closed.then((code) => (wire.end = { code, at: performance.now() }));
    wires.push(wire);
  }
  const began = performance.now();
  server.child.kill("SIGTERM");
  await endsWell(server);
  await Promise.all(wires.map((wire) => wire.closed));
  assert.deepEqual([...new Set(wires.map((wire) => wire.end.code))], [1012]);
  const times = wires.map((wire) => wire.end.at - began);
  assert.ok(Math.max(...times) > 1700, `the last left after ${Math.max(...times)} ms`);
  assert.ok(Math.max(...times) < 2000 + 1500 * slowness, `the last left after ${Math.max(...times)} ms`);
  // 15 every 100 ms, 60 in a fifth of the time; twice that where this machine was away for a while.
  for (const from of times) {
    const count = times.filter((time) => time >= from && time < from + 400).length;
    assert.ok(slowness > 1 || count <= 150, `${count} left between ${from} and ${from + 400} ms`);
  }
  // Of all pairs, the older one leaves first in about half.
  let olderFirst = 0;
  for (let i = 0; i < times.length; i++) for (let j = i + 1; j < times.length; j++) if (times[i] < times[j]) olderFirst++;
  const share = olderFirst / (300 * 299 / 2);
  assert.ok(share > 0.3 && share < 0.7, `the older one of a pair leaves first in ${share}`);
});

test("a second signal hurries", { timeout: 60_000 * slowness }, async () => {
  const server = await startKitchen({ "drain.readiness_wait": "10m", "drain.duration": "10m" });
  const clients = await seat(server, 30, { transports: ["websocket"] });
  clients.forEach(watchEnd);
  server.child.kill("SIGTERM");
  await eventually("drain is told", async () => (await readiness(server)).code === 503);
  assert.ok(clients.every((socket) => socket.connected));
  server.child.kill("SIGINT");
  await endsWell(server, 5000);
  await eventually("everybody was told", () => clients.every((socket) => socket.gone));
  assert.deepEqual([...new Set(clients.map((socket) => socket.gone.reason))], ["transport close"]);
});

test("POST /drain is SIGTERM, and a second one hurries", { timeout: 60_000 * slowness }, async () => {
  const server = await startKitchen({ "drain.readiness_wait": "10m" });
  const client = watchEnd(await connect(server, "/kitchen"));
  assert.equal((await fetch(`${server.adminUrl}/drain`)).status, 405);
  const browser = await fetch(`${server.adminUrl}/drain`, { method: "POST", headers: { origin: "http://page.example" } });
  assert.equal(browser.status, 403, "a page in a browser on this machine");
  assert.equal((await readiness(server)).code, 200);
  const answer = await fetch(`${server.adminUrl}/drain`, { method: "POST" });
  assert.equal(answer.status, 202);
  assert.equal((await answer.json()).status, "draining");
  await eventually("drain is told", async () => (await readiness(server)).code === 503);
  assert.ok(client.connected);
  assert.equal((await fetch(`${server.adminUrl}/drain`, { method: "POST" })).status, 202);
  await endsWell(server, 5000);
  await eventually("the client was told", () => client.gone);
  assert.equal(client.gone.reason, "transport close");
});

// A machine with loopback alone: a page in a browser needs the token there too.
const ownAddress = Object.values(os.networkInterfaces()).flat().find(({ family, internal }) => family === "IPv4" && !internal)?.address;

test("POST /drain from elsewhere needs the token", { timeout: 60_000 * slowness }, async () => {
  const token = "a token of sixteen or more";
  const server = await startKitchen({ "admin.address": "0.0.0.0", "admin.token": token });
  const url = `http://${ownAddress ?? "127.0.0.1"}:${server.adminPort}`;
  const elsewhere = ownAddress ? {} : { origin: "http://page.example" };
  assert.equal((await fetch(`${url}/healthz`)).status, 200);
  const refused = await fetch(`${url}/drain`, { method: "POST", headers: elsewhere });
  assert.equal(refused.status, 403);
  assert.match(await refused.text(), /admin\.token/);
  assert.equal((await fetch(`${url}/drain`, { method: "POST", headers: { ...elsewhere, authorization: "Bearer something else" } })).status, 403);
  assert.equal((await readiness(server)).code, 200);
  assert.equal((await fetch(`${url}/drain`, { method: "POST", headers: { ...elsewhere, authorization: `Bearer ${token}` } })).status, 202);
  await endsWell(server);
  assert.ok(!server.output.includes(token), "the token is in the log");
});

/** Status and Connection header of a handshake over `agent`. */
function handshake(server, agent) {
  return new Promise((resolve, reject) => {
    const request = http.get(`${server.url}/socket.io/?EIO=4&transport=polling`, { agent }, (response) => {
      response.resume();
      response.on("end", () => resolve({ status: response.statusCode, connection: response.headers.connection }));
    });
    request.on("error", reject);
  });
}

test("a handshake on a connection that was kept open gets 503 and loses the connection", { timeout: 60_000 * slowness }, async () => {
  const server = await startKitchen({ "drain.readiness_wait": "1s", "drain.duration": "20s" });
  // Ten in each 100 ms: time enough for what follows.
  const wires = await Promise.all(Array.from({ length: 300 }, () => Wire.session(server)));
  const agents = [0, 1].map(() => new http.Agent({ keepAlive: true, maxSockets: 1 }));
  const getPage = (agent) => new Promise((resolve, reject) => {
    http.get(`${server.url}/socket.io/socket.io.js.none`, { agent }, (response) => {
      response.resume();
      response.on("end", resolve);
    }).on("error", reject);
  });
  await Promise.all(agents.map(getPage));
  server.child.kill("SIGTERM");
  await eventually("drain is told", async () => (await readiness(server)).code === 503);
  const early = await handshake(server, agents[0]);
  assert.equal(early.status, 200, "as ever while the balancer takes notice");
  await eventually("clients are moved", async () => (await phase(server)) === 2);
  await eventually("the listener is closed", () => server.output.includes("listener closed"));
  assert.deepEqual(await handshake(server, agents[1]), { status: 503, connection: "close" });
  // Each loop closes its own.
  await eventually("nobody is accepted", () => handshake(server, new http.Agent()).then(() => false, ({ code }) => code === "ECONNREFUSED"));
  assert.ok(wires.some((wire) => wire.closeCode === undefined), "all this before the last client left");
  server.child.kill("SIGTERM");
  await endsWell(server, 5000);
  for (const agent of agents) agent.destroy();
});
