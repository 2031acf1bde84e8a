// One test for each way in which a plugin that runs can break the rules of the border: the server names it in the log and in a
// metric, and goes on. The table is in core/plugin_api/README.md, "When a plugin misbehaves".

import assert from "node:assert/strict";
import path from "node:path";
import { after, before, test } from "node:test";

import { ask, connect, connectOutcome, next } from "../support/clients.mjs";
import { buildDirectory, eventually, startServer, within } from "../support/server.mjs";

const list = (names) => JSON.stringify(names);
const start = (set) => startServer({
  set: {
    "plugins.directories": list([path.join(buildDirectory, "tests/plugins"), "plugins"]),
    "plugins.applications": list(["faulty_application", "echo_application"]),
    "plugins.check_payloads": "all",
    "listen.workers": 1,
    ...set,
  },
});

let server;
let unanswered;  // what the adapter never answers: given up after half a minute, in which the other tests run
before(async () => {
  server = await start({
    "plugins.middleware": list(["faulty_middleware"]),
    "plugins.adapter": "faulty_adapter",
    "socketio.middleware_timeout": "150ms",
  });
  const socket = await connect(server, "/faulty");
  const answers = ["reach", "presence"].map((event) => new Promise((resolve) => socket.emit(event, "never", resolve)));
  unanswered = { socket, answers: Promise.all(answers) };
});
after(() => server.stop());

const faults = (plugin, kind, from = server) => from.metric(`signaling_plugin_faults_total{plugin="${plugin}",kind="${kind}"}`);
const errors = (plugin, hook) => server.metric(`signaling_plugin_errors_total{plugin="${plugin}",hook="${hook}"}`);
const lines = (text, from = server) => from.output.split("\n").filter((line) => line.includes(text));

/** Lines are written by a thread of their own. */
const isTold = (pattern, from = server) => eventually(`a line with ${pattern}`, () => pattern.test(from.output));

/** Runs `step`, and holds the plugin to exactly so many more faults of that kind. */
async function expectFaults(plugin, kind, count, step) {
  const before = await faults(plugin, kind);
  const result = await step();
  await eventually(`${count} more of ${plugin}/${kind}`, async () => (await faults(plugin, kind)) - before >= count);
  assert.equal((await faults(plugin, kind)) - before, count);
  await isTold(new RegExp(`${plugin}.*\\(${kind}\\)`));
  return result;
}

for (const [name, kind] of [["json", "bad_payload"], ["array", "bad_payload"], ["name", "bad_payload"], ["utf8", "bad_payload"],
  ["placeholder", "bad_payload"], ["huge", "too_large"]]) {
  test(`a payload that is wrong in its ${name} is not sent`, async () => {
    const socket = await connect(server, "/faulty");
    const got = [];
    socket.onAny((...event) => got.push(event));
    await expectFaults("faulty_application", kind, 2, () => ask(socket, name));  // to the socket, and to the namespace
    assert.equal(await ask(socket, "well"), true);
    assert.deepEqual(got, []);
    socket.disconnect();
  });
}

test("an acknowledgement that is no array is not sent", async () => {
  const socket = await connect(server, "/faulty");
  await expectFaults("faulty_application", "bad_payload", 1, async () => socket.emit("ack", () => assert.fail("an answer")));
  assert.equal(await ask(socket, "well"), true);
  socket.disconnect();
});

test("an answer to a question that nobody asked harms nobody", async () => {
  const socket = await connect(server, "/faulty");
  assert.equal(await ask(socket, "unknown ack"), true);
  assert.equal(await ask(socket, "well"), true);
  socket.disconnect();
});

test("functions of a loop do nothing on another thread", async () => {
  const socket = await connect(server, "/faulty");
  const got = [];
  socket.onAny((...event) => got.push(event));
  await expectFaults("faulty_application", "wrong_thread", 8, () => ask(socket, "thread"));
  assert.ok(socket.connected);
  assert.deepEqual(got, []);
  await isTold(/faulty_application.*Socket::emit called on a thread that is not the event loop it belongs to/);
  socket.disconnect();
});

test("a task for a loop that is not there is dropped", async () => {
  const socket = await connect(server, "/faulty");
  await expectFaults("faulty_application", "unknown_id", 1, () => ask(socket, "no loop"));
  socket.disconnect();
});

test("a handler that throws is counted as its plugin's", async () => {
  const socket = await connect(server, "/faulty");
  socket.on("question", (answer) => answer());
  await ask(socket, "handler");
  await eventually("the error", async () => (await errors("faulty_application", "callback")) === 1);
  await isTold(/faulty_application.*an exception escaped from the hook callback: no answer/);
  socket.disconnect();
});

for (const [name, what] of [["block", "event hook"], ["block later", "task"]]) {
  test(`a loop that a plugin holds is seen while it does: ${name}`, async () => {
    const socket = await connect(server, "/faulty");
    const before = await faults("faulty_application", "blocked_loop");
    const said = () => lines(`${what} has held event loop 0 for`);
    const lineCount = said().length;
    let isOver = false;
    const over = next(socket, "over", 20_000).then(() => { isOver = true; });
    socket.emit(name);
    await eventually("the line", () => said().length > lineCount);
    assert.equal(isOver, false, "told while it lasts");
    assert.match(said().at(-1), /faulty_application/);
    assert.equal(await faults("faulty_application", "blocked_loop"), before + 1);
    await over;
    socket.disconnect();
  });
}

test("a second answer to a call of the admin listener is nothing", async () => {
  await expectFaults("faulty_application", "completed_twice", 1, async () => {
    const answer = await fetch(`${server.adminUrl}/plugins/faulty_application/twice`, { method: "POST" });
    assert.equal(await answer.text(), "1");
  });
});

test("of two verdicts the first counts, on handshakes, CONNECTs and events", async () => {
  const socket = await expectFaults("faulty_middleware", "completed_twice", 1, () =>
    connect(server, "/faulty", { query: { handshake: "twice" } }));
  await expectFaults("faulty_middleware", "completed_twice", 1, () => ask(socket, "twice"));
  socket.disconnect();
  await expectFaults("faulty_middleware", "completed_twice", 1, async () =>
    assert.equal(await connectOutcome(server, { auth: { how: "twice" } }, "/faulty"), "in"));
});

for (const [how, kind] of [["never", "never_completed"], ["nothing", "no_verdict"]]) {
  test(`a verdict that does not come is a refusal: ${how}`, async () => {
    const handshake = () => fetch(`${server.url}/socket.io/?EIO=4&transport=polling&handshake=${how}`);
    await expectFaults("faulty_middleware", kind, 1, async () => assert.equal((await handshake()).status, 403));
    await expectFaults("faulty_middleware", kind, 1, async () =>
      assert.match(await connectOutcome(server, { auth: { how } }, "/faulty"), /timeout|internal error/));
    const socket = await connect(server, "/faulty");
    await expectFaults("faulty_middleware", kind, 1, async () => socket.emit(how));
    assert.equal(await ask(socket, "well"), true);
    socket.disconnect();
  });
}

test("a middleware that throws refuses", async () => {
  assert.equal((await fetch(`${server.url}/socket.io/?EIO=4&transport=polling&handshake=thrown`)).status, 403);
  assert.equal(await connectOutcome(server, { auth: { how: "thrown" } }, "/faulty"), "internal error");
  assert.equal(await errors("faulty_middleware", "handshake"), 1);
  assert.equal(await errors("faulty_middleware", "connect"), 1);
});

test("an event that is replaced by garbage goes on as it was", async () => {
  const socket = await connect(server, "/echo");
  const echo = next(socket, "echo");
  await expectFaults("faulty_middleware", "bad_payload", 1, async () => socket.emit("garbage", 7));
  assert.deepEqual(await echo, [7]);
  socket.disconnect();
});

for (const [room, count] of [["twice", 1], ["after release", 2], ["thread", 1]]) {
  test(`an adapter's second answer to a presence operation is nothing: ${room}`, async () => {
    const socket = await connect(server, "/faulty");
    await expectFaults("faulty_adapter", "completed_twice", count, async () =>
      assert.equal(await ask(socket, "presence", room), "ok"));
    socket.disconnect();
  });
}

test("an adapter's second answer to a subscription is nothing", async () => {
  const socket = await connect(server, "/faulty");
  await expectFaults("faulty_adapter", "completed_twice", 1, () => ask(socket, "join", "subscribed twice"));
  socket.disconnect();
});

test("what an adapter never answers is given up, and nobody is told what comes then", async () => {
  const { socket, answers } = unanswered;
  assert.deepEqual(await within(45_000, "the answers", answers), ["unavailable", "timeout"]);
  assert.equal(await faults("faulty_adapter", "never_completed"), 2);
  await isTold(/faulty_adapter.*\(never_completed\): no answer to a (subscription|presence operation) in time/);
  await expectFaults("faulty_adapter", "completed_twice", 2, () => ask(socket, "join", "late answers"));
  assert.equal(await ask(socket, "well"), true);
  socket.disconnect();
});

for (const room of ["malformed", "nobody", "own", "node", "marks"]) {
  test(`what an adapter delivers against its contract is skipped: ${room}`, async () => {
    const socket = await connect(server, "/faulty");
    await expectFaults("faulty_adapter", "bad_message", 1, () => ask(socket, "join", room));
    assert.equal(await ask(socket, "well"), true);
    socket.disconnect();
  });
}

test("threads that run on are named, and the process ends all the same", async () => {
  const leaving = await start({ "plugins.applications": list(["echo_application", "leaves_threads"]) });
  (await connect(leaving, "/leaves")).disconnect();
  leaving.isEnding = true;
  leaving.child.kill("SIGTERM");
  const end = await within(20_000, "the end", leaving.ended);
  assert.deepEqual(end, { code: 0, signal: null });
  assert.match(leaving.output, /plugin "leaves_threads" \(.*\): 1 thread runs on after stop and destroy/);
  assert.match(leaving.output,
    /plugin "leaves_threads" \(.*\): 1 thread that began while the server ran runs on after all plugins were destroyed: \d+ \(/);
  assert.match(leaving.output, /echo_application stopped/);
});
