// What plugins do to the server from their hooks: exceptions are counted and harm nobody else, times are measured, and a plugin
// that is not well is told by the node's readiness.

import assert from "node:assert/strict";
import path from "node:path";
import { after, test } from "node:test";

import { ask, connect, next } from "../support/clients.mjs";
import { buildDirectory, eventually, startServer } from "../support/server.mjs";

const started = [];
async function start(plugins) {
  const list = (names) => JSON.stringify(names ?? []);
  const server = await startServer({
    set: {
      "plugins.directories": list([path.join(buildDirectory, "tests/plugins"), "plugins"]),
      "plugins.middleware": list(plugins.middleware),
      "plugins.applications": list(plugins.applications),
      ...plugins.set,
    },
  });
  started.push(server);
  return server;
}
after(async () => {
  for (const server of started) await server.stop();
});

const errors = (plugin, hook) => `signaling_plugin_errors_total{plugin="${plugin}",hook="${hook}"}`;
const calls = (plugin, hook) => `signaling_plugin_hook_seconds_count{plugin="${plugin}",hook="${hook}"}`;
const lines = (server, text) => server.output.split("\n").filter((line) => line.includes(text)).length;

test("middleware that throws refuses the event and nothing else", async () => {
  const server = await start({
    middleware: ["passthrough_middleware", "throwing_middleware"],
    applications: ["echo_application"],
  });
  const socket = await connect(server, "/echo");
  let echoed = 0;
  socket.on("echo", () => ++echoed);
  for (let i = 0; i < 20; ++i) socket.emit("say", i);
  await eventually("all are counted", async () => (await server.metric(errors("throwing_middleware", "event"))) === 20);
  assert.equal(echoed, 0);
  assert.ok(socket.connected);
  assert.equal(await server.metric(calls("passthrough_middleware", "event")), 20);
  assert.equal(await server.metric(calls("passthrough_middleware", "connect")), 1);
  assert.equal(await server.metric(calls("passthrough_middleware", "handshake")), 1);
  assert.equal(await server.metric(calls("echo_application", "event")), 0);
  assert.equal(lines(server, "an exception escaped from the hook event: not my day"), 1, "one line, not one per event");
  const other = await connect(server, "/echo");
  for (const each of [socket, other]) each.disconnect();
});

test("an application that throws goes on with the next call", async () => {
  const server = await start({ middleware: ["passthrough_middleware"], applications: ["throwing_application"] });
  const socket = await connect(server, "/throwing");
  const bystander = await connect(server, "/throwing");
  socket.emit("throw");
  socket.emit("throw number");
  socket.emit("throw later");
  assert.equal(await ask(socket, "work"), "done");
  assert.equal(await ask(bystander, "work"), "done");
  await eventually("events", async () => (await server.metric(errors("throwing_application", "event"))) === 2);
  await eventually("task and timer", async () => (await server.metric(errors("throwing_application", "task"))) === 2);
  assert.equal(await server.metric(calls("throwing_application", "event")), 5);
  assert.equal(await server.metric("signaling_plugin_throwing_application_events_total"), 5);

  const late = await connect(server, "/throwing-connect");
  await eventually("connect", async () => (await server.metric(errors("throwing_application", "connect"))) === 1);
  const leaving = await connect(server, "/throwing-disconnect");
  leaving.disconnect();
  await eventually("disconnect", async () => (await server.metric(errors("throwing_application", "disconnect"))) === 1);
  assert.equal(await ask(bystander, "work"), "done");
  for (const each of [socket, bystander, late]) each.disconnect();
});

test("binary goes through an application and back byte for byte", async () => {
  const server = await start({ applications: ["echo_application"] });
  const socket = await connect(server, "/echo");
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
  const echoed = next(socket, "echo");
  socket.emit("say", { deep: [bytes, "text"] });
  assert.deepEqual((await echoed)[0], { deep: [bytes, "text"] });
  assert.deepEqual(await ask(socket, "say", bytes), bytes);
  socket.disconnect();
});

test("a plugin that is not well makes the node degraded, or takes it out of readiness", async () => {
  const well = await start({ applications: ["echo_application"] });
  assert.equal((await fetch(`${well.adminUrl}/readyz`)).status, 200);
  const applications = ["recorder_application", "health_throws"];
  const degraded = await fetch(`${(await start({ applications })).adminUrl}/readyz`);
  assert.equal(degraded.status, 200);
  assert.equal((await degraded.json()).status, "degraded");
  const ill = await start({ applications, set: { "admin.ready_when_degraded": false } });
  const answer = await fetch(`${ill.adminUrl}/readyz`);
  assert.equal(answer.status, 503);
  const text = await answer.text();
  assert.match(text, /plugin recorder_application: as well as can be expected/);
  assert.match(text, /plugin health_throws: health check failed: do not ask/);
  assert.equal((await fetch(`${ill.adminUrl}/healthz`)).status, 200);
});

test("a node that stops ends the verdicts that wait in timers", async () => {
  const server = await start({
    middleware: ["holding_middleware"],
    applications: ["echo_application"],
    set: { "socketio.middleware_timeout": "1h" },
  });
  const socket = await connect(server, "/echo");
  const held = next(socket, "held");
  socket.emit("say", 1);
  await held;
  // By a signal, and with 0: what sanitizers find ends a process with something else.
  await server.stop();
  socket.disconnect();
});
