// Plugins that were built with the headers of an older minor version (SIGNALING_SDK_API), in the installed server: every function of
// the border that they know does what it did.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { after, before, test } from "node:test";

import { ask, collect, connect, connectOutcome, io, next } from "../support/clients.mjs";
import { eventually } from "../support/server.mjs";
import { listPlugins, startInstalled } from "./installed_server.mjs";

const api = process.env.SIGNALING_SDK_API;
const minor = Number(api.split(".")[1]);

const configuration = (greeting) => ({
  plugins: 'adapter = "aged_adapter"\nmiddleware = ["aged_middleware"]\napplications = ["aged_application"]',
  tables: `[node]\nname = "node"\n[plugins.aged_application]\ngreeting = "${greeting}"`,
});

let server;
const sockets = [];
before(async () => {
  server = await startInstalled(configuration("good day"));
});
after(async () => {
  for (const socket of sockets) socket.disconnect();
  await server.stop();
});

async function enter(options = {}) {
  const socket = await connect(server, "/aged", { transports: ["websocket"], ...options });
  sockets.push(socket);
  return socket;
}

test("they say which minor version they were built for, and are loaded", async () => {
  const listed = await listPlugins();
  for (const kind of ["adapter", "middleware", "application"]) {
    assert.match(server.output, new RegExp(`aged_${kind} 1\\.0\\.0 \\(${kind}, API ${api.replace(".", "\\.")}\\) loaded`));
    assert.match(listed, new RegExp(`aged_${kind}\\b`));
  }
});

test("an application sees who comes, in its greeting", async () => {
  const options = { transports: ["polling"], query: { test: "a b" }, extraHeaders: { "x-test": "head" }, auth: { name: "me" } };
  const socket = io(`${server.url}/aged`, { forceNew: true, ...options });
  sockets.push(socket);
  assert.deepEqual(await next(socket, "greeting"), ["good day", "127.0.0.1", "head", "a b", { name: "me" }]);
});

test("events, binary, acknowledgements both ways, timers and rooms", async () => {
  const socket = await enter();
  assert.deepEqual(await ask(socket, "echo", { bytes: Buffer.from([1, 2, 255]) }), { bytes: Buffer.from([1, 2, 255]) });
  socket.on("asked", (value, bytes, acknowledge) => acknowledge({ value, bytes }));
  assert.deepEqual(await ask(socket, "ask", 7, Buffer.from([9])), [{ value: 7, bytes: Buffer.from([9]) }]);
  assert.equal(await ask(socket, "timer"), true);
  assert.equal(await ask(socket, "rooms"), "ok ok ok ok in room");
  socket.disconnect();
  await eventually("it has left the room", () => server.output.includes("aged_application: gone: client namespace disconnect"));
});

test("broadcasts, queries, and what is done to sockets by their ids", async () => {
  const speaker = await enter();
  const listener = await enter();
  for (const socket of [speaker, listener]) await ask(socket, "rooms");
  listener.on("confirm", (acknowledge) => acknowledge("yes"));
  const said = next(listener, "said");
  const echoes = collect(speaker, "said");
  assert.equal(await ask(speaker, "broadcast", "text", Buffer.from([5])), 'ok 1 ["yes"]');
  assert.deepEqual(await said, ["text", Buffer.from([5])]);
  assert.deepEqual(echoes, []);
  assert.match(await ask(speaker, "query"), /^ok \d+ {"aged":true} "127.0.0.1"$/);
  assert.equal(await ask(speaker, "servers"), "ok 0 of node");

  const told = collect(speaker, "remote");
  const gone = next(speaker, "disconnect");
  speaker.emit("remote");
  assert.equal((await gone)[0], "io server disconnect");
  assert.deepEqual(told, [["in"], ["not-member"]]);
  const left = next(listener, "disconnect");
  listener.emit("leave");
  assert.equal((await left)[0], "io server disconnect");
});

test("presence goes through the adapter", async () => {
  assert.equal(await ask(await enter(), "presence"), "ok value ok was there");
});

test("a middleware refuses handshakes and CONNECTs", async () => {
  const refused = await fetch(`${server.url}/socket.io/?EIO=4&transport=polling&handshake=refuse`);
  assert.deepEqual([refused.status, await refused.json()], [403, { code: 4, message: "not today" }]);
  assert.equal(await connectOutcome(server, { auth: { refuse: true } }, "/aged"), "aged");
});

test("a middleware refuses, changes and holds up events, and ends connections", async () => {
  const socket = await enter();
  let refused = true;
  socket.emit("refuse", () => (refused = false));
  assert.deepEqual(await ask(socket, "change"), "changed");
  assert.deepEqual(await ask(socket, "later"), "later");
  assert.ok(refused);
  const gone = next(socket, "disconnect");
  socket.emit("kick");
  await gone;
  await eventually("both plugins know", () => /middleware: gone: /.test(server.output) && /application: gone: /.test(server.output));
});

test("metrics, health and reload", async () => {
  assert.equal(await server.metric("signaling_plugin_aged_application_level"), 2.5);
  assert.equal(await server.metric("signaling_plugin_aged_application_seconds_count"), 1);
  assert.ok((await server.metric('signaling_plugin_aged_application_events_total{of="tests"}')) > 5);
  assert.match(JSON.stringify(await (await fetch(`${server.adminUrl}/readyz`)).json()), /aged_application: aged/);
  writeFileSync(server.configFile, readFileSync(server.configFile, "utf8").replace("good day", "good night"));
  server.child.kill("SIGHUP");
  await eventually("it has the new value", () => server.output.includes("reloaded: good night"));
});

test("what came with 1.1", { skip: minor < 1 }, async () => {
  const socket = await enter();
  assert.equal(await ask(socket, "counters"), "ok taken ok full ");
  assert.equal(await ask(socket, "peers"), "ok 0");
  const call = await fetch(`${server.adminUrl}/plugins/aged_application/some/path`, { method: "POST" });
  assert.deepEqual([call.status, await call.json()], [200, { path: "some/path" }]);
  const busy = await fetch(`${server.url}/socket.io/?EIO=4&transport=polling&handshake=busy`);
  assert.deepEqual([busy.status, busy.headers.get("retry-after"), (await busy.json()).message], [503, "7", "busy"]);
});
