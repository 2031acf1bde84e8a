// Limits as clients meet them: handshakes, CONNECTs, events and bytes, per socket, address and identity, with every action.
// Rates are so low (one token an hour) that no test depends on how fast it runs, where it is not about getting tokens back.

import assert from "node:assert/strict";
import { after, test } from "node:test";

import { ask, collect, connect, io, next, Wire } from "../support/clients.mjs";
import { rateLimitConfig } from "../support/rate_limit.mjs";
import { eventually, startServer, within } from "../support/server.mjs";

const started = [];
/** @param options  of rateLimitConfig; `proxied`: X-Forwarded-For of this machine is believed */
async function start({ proxied = false, ...options }) {
  const set = proxied ? { "proxy.trusted": '["127.0.0.1"]', "proxy.header": "x-forwarded-for" } : {};
  const server = await startServer({ config: rateLimitConfig(options), set });
  started.push(server);
  return server;
}
after(async () => {
  for (const server of started) await server.stop();
});

const once = { rate: 1, interval: "1h" };
const limited = (server, per, of, action) =>
  server.metric(`signaling_plugin_rate_limit_limited_total{action="${action}",of="${of}",per="${per}"}`);
const handshake = (server, address) =>
  fetch(`${server.url}/socket.io/?EIO=4&transport=polling`, { headers: address ? { "x-forwarded-for": address } : {} });
/** The error that a client meets instead of `connect`. */
function refused(server, namespace, options) {
  const socket = io(server.url + namespace, { forceNew: true, reconnection: false, ...options });
  return within(5000, "connect_error", new Promise((resolve, reject) => {
    socket.once("connect_error", resolve);
    socket.once("connect", () => reject(new Error("connected")));
  })).finally(() => socket.disconnect());
}

test("handshakes of one address get 429 with Retry-After, on both transports", async () => {
  const server = await start({ rules: [{ name: "h", per: "address", of: "handshakes", burst: 2, rate: 1, interval: "60s" }] });
  assert.equal((await handshake(server)).status, 200);
  assert.equal((await handshake(server)).status, 200);
  const answer = await handshake(server);
  assert.equal(answer.status, 429);
  const seconds = Number(answer.headers.get("retry-after"));
  assert.ok(seconds > 30 && seconds <= 60, `${seconds} s`);
  assert.deepEqual(await answer.json(), { code: 4, message: "rate limited" });

  const polling = await refused(server, "/echo", { transports: ["polling"] });
  assert.equal(polling.description, 429);
  const webSocket = await refused(server, "/echo", { transports: ["websocket"] });
  assert.match(webSocket.description?.message ?? "", /429/);
  assert.equal(await limited(server, "address", "handshakes", "drop"), 3);
});

test("addresses are told apart, IPv6 by their prefix of 64", async () => {
  const server = await start({
    proxied: true,
    rules: [{ name: "h", per: "address", of: "handshakes", burst: 1, ...once, action: "disconnect" }],
  });
  const status = async (address) => (await handshake(server, address)).status;
  assert.equal(await status("192.0.2.1"), 200);
  assert.equal(await status("192.0.2.1"), 429);
  assert.equal(await status("192.0.2.2"), 200);
  assert.equal(await status("2001:db8:0:1::1"), 200);
  assert.equal(await status("2001:db8:0:1:ffff::2"), 429);
  assert.equal(await status("2001:db8:0:2::1"), 200);
});

test("a handshake may wait for its token", async () => {
  const server = await start({
    rules: [{ name: "h", per: "address", of: "handshakes", burst: 1, rate: 20, action: "delay", max_delay: "2s" }],
  });
  const answers = await Promise.all(Array.from({ length: 5 }, () => handshake(server)));
  assert.deepEqual(answers.map((answer) => answer.status), [200, 200, 200, 200, 200]);
  await Promise.all(answers.map((answer) => answer.text()));
  assert.ok((await limited(server, "address", "handshakes", "delay")) >= 1);
});

test("CONNECTs are refused with code and time, and the connection stays", async () => {
  const server = await start({ rules: [{ name: "c", per: "address", of: "connects", burst: 1, rate: 1, interval: "60s" }] });
  const socket = await connect(server, "/echo");
  for (const transports of [["polling"], ["websocket"]]) {
    const error = await refused(server, "/echo", { transports });
    assert.equal(error.message, "rate limited");
    assert.equal(error.data.code, "rate-limited");
    assert.ok(error.data.retryAfterMs > 30_000 && error.data.retryAfterMs <= 60_000, `${error.data.retryAfterMs} ms`);
  }
  assert.equal(await ask(socket, "say", 1), 1);
  assert.equal(await limited(server, "address", "connects", "drop"), 2);
  socket.disconnect();
});

test("CONNECTs with the action disconnect end the connection", async () => {
  const server = await start({
    rules: [{ name: "c", per: "address", of: "connects", burst: 1, ...once, action: "disconnect" }],
  });
  const socket = await connect(server, "/echo");
  const wire = await Wire.session(server);
  wire.send("40/echo,");
  await within(5000, "the end", wire.closed);
  assert.equal(await limited(server, "address", "connects", "disconnect"), 1);
  socket.disconnect();
});

for (const transports of [["polling"], ["websocket"]]) {
  test(`events of a socket are dropped with one warning, over ${transports[0]}`, async () => {
    const server = await start({
      keys: { event: "slow-down", warn_interval: "1h" },
      rules: [{ name: "e", per: "socket", of: "events", burst: 5, rate: 1, interval: "60s" }],
    });
    const socket = await connect(server, "/echo", { transports });
    const other = await connect(server, "/echo", { transports });
    const echoes = collect(socket, "echo");
    const warnings = collect(socket, "slow-down");
    for (let i = 0; i < 20; ++i) socket.emit("say", i);
    await eventually("all are counted", async () => (await limited(server, "socket", "events", "drop")) === 15);
    await eventually("the warning is there", () => warnings.length > 0);
    assert.deepEqual(echoes.map(([i]) => i), [0, 1, 2, 3, 4]);
    assert.equal(warnings.length, 1, "one warning for fifteen");
    const [{ scope, retryAfterMs, ...rest }] = warnings[0];
    assert.equal(scope, "socket");
    assert.ok(retryAfterMs > 0 && retryAfterMs <= 60_000, `${retryAfterMs} ms`);
    assert.deepEqual(rest, {});
    assert.ok(socket.connected);
    assert.equal(await ask(other, "say", 7), 7, "another socket has tokens of its own");
    // An acknowledgement is not left open.
    const answer = await ask(socket, "say", 1);
    assert.equal(answer.ok, false);
    assert.equal(answer.error.code, "rate-limited");
    assert.ok(answer.error.retryAfterMs > 0);
    socket.disconnect();
    other.disconnect();
  });
}

test("an event may have a limit of its own, and be left unanswered", async () => {
  const server = await start({
    keys: { answer_acks: false },
    rules: [{ name: "rare", per: "socket", of: "events", events: ["rare", "rarer"], burst: 1, ...once }],
  });
  const socket = await connect(server, "/echo");
  assert.equal(await ask(socket, "rare", 1), 1);
  let answered = false;
  socket.emit("rarer", 2, () => { answered = true; });
  for (let i = 0; i < 5; ++i) assert.equal(await ask(socket, "say", i), i);
  assert.equal(answered, false);
  assert.equal(await limited(server, "socket", "events", "drop"), 1);
  socket.disconnect();
});

test("bytes count attachments, and one long event passes a full bucket", async () => {
  const server = await start({ rules: [{ name: "b", per: "socket", of: "bytes", burst: 10_000, ...once }] });
  const first = await connect(server, "/echo");
  assert.equal((await ask(first, "say", Buffer.alloc(9_000))).length, 9_000);
  assert.equal((await ask(first, "say", Buffer.alloc(2_000))).error.code, "rate-limited");
  assert.equal(await ask(first, "say", 1), 1, "what fits still goes");
  const second = await connect(server, "/echo");
  assert.equal((await ask(second, "say", Buffer.alloc(50_000))).length, 50_000);
  assert.equal((await ask(second, "say", 1)).error.code, "rate-limited");
  first.disconnect();
  second.disconnect();
});

test("delayed events keep their order and lose nothing", async () => {
  const server = await start({
    rules: [{ name: "d", per: "socket", of: "events", burst: 2, rate: 50, action: "delay", max_delay: "2s" }],
  });
  const socket = await connect(server, "/echo", { transports: ["websocket"] });
  const echoes = collect(socket, "echo");
  for (let i = 0; i < 12; ++i) socket.emit("say", i);
  await eventually("all are there", () => echoes.length === 12);
  assert.deepEqual(echoes.map(([i]) => i), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  assert.ok((await limited(server, "socket", "events", "delay")) >= 1);
  socket.disconnect();
});

test("disconnect says why and ends the connection", async () => {
  const server = await start({ rules: [{ name: "e", per: "socket", of: "events", burst: 2, ...once, action: "disconnect" }] });
  const socket = await connect(server, "/echo", { transports: ["websocket"] });
  const warning = next(socket, "rate-limited");
  const ended = within(5000, "the end", new Promise((resolve) => socket.once("disconnect", resolve)));
  for (let i = 0; i < 5; ++i) socket.emit("say", i);
  assert.equal((await warning)[0].scope, "socket");
  await ended;
  assert.equal(await limited(server, "socket", "events", "disconnect"), 1);
});

test("an identity has one bucket over addresses and sockets, whichever middleware came first sets it", async () => {
  const server = await start({
    middleware: ["claims_middleware", "rate_limit"],
    rules: [
      { name: "c", per: "identity", of: "connects", burst: 3, ...once },
      { name: "e", per: "identity", of: "events", burst: 2, ...once },
    ],
  });
  const alice = { auth: { sub: "alice" } };
  const one = await connect(server, "/echo", alice);
  const two = await connect(server, "/echo", alice);
  const bob = await connect(server, "/echo", { auth: { sub: "bob" } });
  const nobody = await connect(server, "/echo");
  assert.equal(await ask(one, "say", 1), 1);
  assert.equal(await ask(two, "say", 2), 2);
  assert.equal((await ask(one, "say", 3)).error.code, "rate-limited");
  assert.equal(await ask(bob, "say", 4), 4);
  for (let i = 0; i < 5; ++i) assert.equal(await ask(nobody, "say", i), i, "no identity, no such limit");
  const three = await connect(server, "/echo", alice);
  assert.equal((await refused(server, "/echo", alice)).data.code, "rate-limited");
  for (const socket of [one, two, three, bob, nobody]) socket.disconnect();
});

test("a middleware after this one sets claims in time for events, not for CONNECT", async () => {
  const server = await start({
    middleware: ["rate_limit", "claims_middleware"],
    rules: [
      { name: "c", per: "identity", of: "connects", burst: 1, ...once },
      { name: "e", per: "identity", of: "events", burst: 1, ...once },
    ],
  });
  const sockets = [];
  for (let i = 0; i < 3; ++i) sockets.push(await connect(server, "/echo", { auth: { sub: "alice" } }));
  assert.equal(await ask(sockets[0], "say", 1), 1);
  assert.equal((await ask(sockets[1], "say", 2)).error.code, "rate-limited");
  for (const socket of sockets) socket.disconnect();
});

test("SIGHUP brings other limits, and what was taken stays taken", async () => {
  const rule = { name: "e", per: "socket", of: "events", ...once };
  const file = rateLimitConfig({ rules: [{ ...rule, burst: 2 }] });
  const server = await startServer({ config: file });
  started.push(server);
  const socket = await connect(server, "/echo");
  for (let i = 0; i < 2; ++i) assert.equal(await ask(socket, "say", i), i);
  assert.equal((await ask(socket, "say", 2)).error.code, "rate-limited");
  rateLimitConfig({ file, rules: [{ ...rule, burst: 3 }] });
  server.child.kill("SIGHUP");
  await eventually("the reload is in the log", () => /reload/.test(server.output));
  await eventually("the third passes", async () => (await ask(socket, "say", "third")) === "third");
  assert.equal((await ask(socket, "say", 4)).error.code, "rate-limited", "and no fourth");
  socket.disconnect();
});

test("stopping with verdicts outstanding is clean", async () => {
  const server = await startServer({
    config: rateLimitConfig({
      rules: [{ name: "d", per: "socket", of: "events", burst: 1, rate: 1, interval: "50s", action: "delay", max_delay: "60s" }],
    }),
    set: { "socketio.middleware_timeout": "1m" },
  });
  const socket = await connect(server, "/echo", { transports: ["websocket"] });
  for (let i = 0; i < 3; ++i) socket.emit("say", i);
  await eventually("one waits", async () => (await limited(server, "socket", "events", "delay")) === 1);
  await server.stop();
  socket.disconnect();
});
