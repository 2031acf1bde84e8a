// HTTP in plugins: the hook for requests of the Socket.IO path, and routes of a plugin's own.

import assert from "node:assert/strict";
import { once } from "node:events";
import path from "node:path";
import { after, before, test } from "node:test";

import WebSocket from "ws";

import { connect } from "../support/clients.mjs";
import { buildDirectory, eventually, startServer, within } from "../support/server.mjs";

let server;
before(async () => {
  server = await startServer({
    set: {
      "plugins.directories": JSON.stringify([path.join(buildDirectory, "tests/plugins"), "plugins"]),
      "plugins.middleware": JSON.stringify(["passthrough_middleware", "http_middleware"]),
      "plugins.applications": JSON.stringify(["http_application", "echo_application"]),
      "listen.workers": 1,
      "socketio.middleware_timeout": "150ms",
      "cors.enabled": true,
      "cors.origins": JSON.stringify(["https://app.example"]),
      "www.enabled": false,
    },
  });
});
after(() => server.stop());

const poll = (what = "", options = {}) => fetch(`${server.url}/socket.io/?EIO=4&transport=polling&do=${what}`, options);
const faults = (plugin, kind) => server.metric(`signaling_plugin_faults_total{plugin="${plugin}",kind="${kind}"}`);
const errors = (plugin, hook) => server.metric(`signaling_plugin_errors_total{plugin="${plugin}",hook="${hook}"}`);

test("a hook reads a request and sets headers of the engine's answer", async () => {
  const answer = await poll("", { headers: { "x-Asked": "who" } });
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get("x-seen"), "GET 127.0.0.1 who");
  assert.match(await answer.text(), /^0\{"sid"/);
});

test("a whole session runs behind the hook, by polling, upgrade and WebSocket", async () => {
  for (const transports of [["polling"], ["polling", "websocket"], ["websocket"]]) {
    const socket = await connect(server, "/echo", { transports });
    assert.deepEqual(await socket.timeout(5000).emitWithAck("say", 1), 1);
    socket.disconnect();
  }
});

test("the answer to a WebSocket handshake carries the hook's headers", async () => {
  const socket = new WebSocket(`${server.webSocketUrl}/socket.io/?EIO=4&transport=websocket`);
  const [answer] = await within(5000, "the upgrade", once(socket, "upgrade"));
  assert.equal(answer.headers["x-seen"], "GET 127.0.0.1");
  socket.terminate();
});

test("a hook refuses with status, headers and body, at once and later", async () => {
  const refused = await poll("refuse");
  assert.equal(refused.status, 429);
  assert.equal(refused.headers.get("retry-after"), "7");
  assert.equal(refused.headers.get("x-seen").trim(), "GET 127.0.0.1");
  assert.equal(refused.headers.get("content-type"), "application/json");
  assert.deepEqual(await refused.json(), { error: "later" });
  const late = await poll("later_refuse");
  assert.equal(late.status, 401);
  assert.equal(late.headers.get("x-late"), "yes");
});

test("a hook passes later, from the loop and from a thread of its own", async () => {
  const late = await poll("later_pass");
  assert.equal(late.status, 200);
  assert.equal(late.headers.get("x-late"), "yes");
  assert.equal((await poll("thread")).status, 200);
});

test("a client that leaves while a verdict is awaited harms nobody", async () => {
  const gone = new AbortController();
  const asked = poll("later_pass", { signal: gone.signal });
  gone.abort();
  await assert.rejects(asked);
  assert.equal((await poll("later_pass")).status, 200);
});

test("without a verdict in time, or at all, a request is refused and the plugin named", async () => {
  assert.equal((await poll("never")).status, 503);
  assert.equal(await faults("http_middleware", "never_completed"), 1);
  assert.equal((await poll("nothing")).status, 500);
  assert.equal(await faults("http_middleware", "no_verdict"), 1);
  assert.equal((await poll("throw")).status, 500);
  assert.equal(await errors("http_middleware", "http_request"), 1);
  const line = /http_middleware.*\(never_completed\): no verdict on an HTTP request in time/;
  await eventually("the line", () => line.test(server.output));
  assert.equal(await faults("passthrough_middleware", "never_completed"), 0);
});

test("the first of two verdicts counts, the second is told", async () => {
  assert.equal((await poll("twice")).status, 200);
  assert.equal(await faults("http_middleware", "completed_twice"), 1);
});

test("headers that would be somebody else's answer are left out and told", async () => {
  const answer = await poll("bad_header");
  assert.equal(answer.status, 200);
  for (const name of ["x-a", "x-b", "x-c", "x-d"]) assert.equal(answer.headers.get(name), null);
  assert.match(await answer.text(), /^0\{/);
  assert.equal(await faults("http_middleware", "bad_answer"), 3);
});

test("routes answer at once, later and from a thread, with the CORS of the listener", async () => {
  const hello = await fetch(`${server.url}/api/hello?a=1`, { headers: { "x-name": "you", origin: "https://app.example" } });
  assert.equal(hello.status, 200);
  assert.equal(await hello.text(), "hello you");
  assert.equal(hello.headers.get("x-query"), "a=1");
  assert.equal(hello.headers.get("content-type"), "text/plain; charset=utf-8");
  assert.equal(hello.headers.get("access-control-allow-origin"), "https://app.example");
  assert.equal(await (await fetch(`${server.url}/api/later`)).text(), "later");
  assert.equal(await (await fetch(`${server.url}/api/thread`)).text(), "thread");
  const body = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
  const echo = await fetch(`${server.url}/api/echo`, { method: "POST", body });
  assert.equal(echo.status, 201);
  assert.deepEqual(Buffer.from(await echo.arrayBuffer()), body);
  const preflight = await fetch(`${server.url}/api/echo`, { method: "OPTIONS", headers: { origin: "https://app.example" } });
  assert.equal(preflight.status, 204);
});

test("routes go by method and pattern; what nobody has is 404 or 405", async () => {
  assert.equal(await (await fetch(`${server.url}/api/rooms/blue/size`)).text(), "/api/rooms/blue/size");
  for (const none of ["/api/rooms//size", "/api/rooms/a/b/size", "/api/rooms/a/size/", "/api/other"]) {
    assert.equal((await fetch(server.url + none)).status, 404, none);
  }
  const head = await fetch(`${server.url}/api/hello`, { method: "HEAD" });
  assert.equal(head.status, 200);
  assert.equal(head.headers.get("content-length"), "6");
  assert.equal(await head.text(), "");
  const wrong = await fetch(`${server.url}/api/echo`);
  assert.equal(wrong.status, 405);
  assert.equal(wrong.headers.get("allow"), "POST");
  assert.equal((await fetch(`${server.url}/api/hello`, { method: "DELETE" })).headers.get("allow"), "GET, HEAD");
  assert.equal((await fetch(`${server.url}/api/echo`, { method: "POST", body: Buffer.alloc(1_100_000) })).status, 413);
});

test("a route that fails answers with its status, and the plugin is named", async () => {
  assert.equal((await fetch(`${server.url}/api/never`)).status, 504);
  assert.equal(await faults("http_application", "never_completed"), 1);
  assert.equal((await fetch(`${server.url}/api/throw`)).status, 500);
  assert.equal(await (await fetch(`${server.url}/api/throw_answered`)).text(), "answered");
  assert.equal(await errors("http_application", "http_route"), 2);
  assert.equal(await (await fetch(`${server.url}/api/twice`)).text(), "first");
  assert.equal(await faults("http_application", "completed_twice"), 1);
  assert.equal((await fetch(`${server.url}/api/huge`)).status, 500);
  assert.equal(await faults("http_application", "too_large"), 1);
  assert.equal((await fetch(`${server.url}/api/status`)).status, 500);
  const headers = await fetch(`${server.url}/api/headers`);
  assert.equal(await headers.text(), "headers");
  assert.equal(headers.headers.get("x-good"), "yes");
  for (const name of ["x-bad", "x-e", "transfer-encoding"]) assert.equal(headers.headers.get(name), null);
  assert.equal(await faults("http_application", "bad_answer"), 2);
  assert.match(server.output, /the route GET \/api\/hello is taken by plugin "http_application"/);
});

test("requests that nobody waits for any more are forgotten", async () => {
  const gone = new AbortController();
  const asked = fetch(`${server.url}/api/later`, { signal: gone.signal });
  gone.abort();
  await assert.rejects(asked);
  await eventually("the server answers on", async () => (await fetch(`${server.url}/api/hello`)).status === 200);
});
