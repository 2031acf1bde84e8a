// JWK sets of a URL: fetched at the start, again for an unknown key and not too often, and the last good one kept while the URL
// fails, is slow, or answers nonsense; nobody else waits for it. Over HTTPS only a server that can show its certificate is asked.

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { after, afterEach, before, test } from "node:test";

import { makeCertificates } from "../support/certificates.mjs";
import { ask, connect, connectOutcome } from "../support/clients.mjs";
import { readiness } from "../support/cluster.mjs";
import { eventually, startServer } from "../support/server.mjs";
import { jwk, KeyServer, newKey, token } from "../support/tokens.mjs";

const pairs = { a: newKey("ES256"), b: newKey("ES256"), c: newKey("EdDSA") };
const set = (...names) => names.map((kid) => jwk(pairs[kid], { kid, use: "sig" }));
const signed = (kid) => ({ auth: { token: token(kid === "c" ? "EdDSA" : "ES256", pairs[kid], { sub: kid }, { kid }) } });

let directory;
before(() => {
  directory = mkdtempSync(path.join(os.tmpdir(), "auth-keys-"));
});
after(() => rmSync(directory, { recursive: true, force: true }));

const running = [];
afterEach(async () => {
  for (const each of running.splice(0)) await each.stop();
});

let files = 0;
async function start(keyServer, more = "", { ofKeys = "", url = keyServer.url, ...options } = {}) {
  const config = path.join(directory, `${++files}.toml`);
  writeFileSync(config, `
[listen]
workers = 2
[plugins]
adapter = "memory_adapter"
middleware = ["auth_jwt"]
applications = ["webrtc_signaling"]
[plugins.auth_jwt]
jwks_min_interval = "100ms"
${more}
[[plugins.auth_jwt.keys]]
algorithms = ["ES256", "EdDSA"]
jwks_url = "${url}"
${ofKeys}
`);
  running.push(keyServer);
  const server = await startServer({ config, ...options });
  running.unshift(server);
  return server;
}

const metric = (server, name) => server.metric(`signaling_plugin_auth_jwt_${name}`);
const result = (server, options) => connectOutcome(server, { transports: ["websocket"], ...options });

test("keys that are rotated: an unknown key id makes the set come anew, and CONNECT waits for it", async () => {
  const keyServer = await KeyServer.start(set("a"));
  const server = await start(keyServer);
  assert.equal(await result(server, signed("a")), "in");
  keyServer.keys = set("b", "c");
  // Possibly too early for another fetch: then it is refused, and a later one is let in.
  await eventually("the new key is known", async () => (await result(server, signed("b"))) === "in");
  assert.equal(await result(server, signed("c")), "in");
  assert.equal(await result(server, signed("a")), "token-invalid");
});

test("many tokens with unknown keys make few fetches", async () => {
  const keyServer = await KeyServer.start(set("a"));
  const server = await start(keyServer);
  const before = keyServer.requests;
  const begun = Date.now();
  const results = await Promise.all(Array.from({ length: 40 }, () => result(server, signed("b"))));
  assert.deepEqual([...new Set(results)], ["token-invalid"]);
  const allowed = 2 + Math.floor((Date.now() - begun) / 100);
  assert.ok(keyServer.requests - before <= allowed, `${keyServer.requests - before} fetches, ${allowed} allowed`);
});

test("while the URL fails, the last good keys stay in force; log and metric tell", async () => {
  const keyServer = await KeyServer.start(set("a"));
  const server = await start(keyServer);
  for (const [answer, told] of [
    [(response) => response.writeHead(500).end(), /HTTP 500/],
    [(response) => response.end("<html>"), /no JSON object/],
    [(response) => response.end("x".repeat(400_000)), /body limit/],
    [(response) => response.socket.destroy(), /receiving/],
    [(response) => response.writeHead(302, { location: "http://127.0.0.1:1/" }).end(), /HTTP 302/],
  ]) {
    keyServer.answer = answer;
    const failed = await metric(server, 'key_fetches_total{result="failed"}');
    await eventually(`a failed fetch (${told})`, async () => {
      await result(server, signed("b"));
      return (await metric(server, 'key_fetches_total{result="failed"}')) > failed;
    }, 10_000);
    assert.equal(await result(server, signed("a")), "in");
    assert.equal(await metric(server, "failing_key_urls"), 1);
  }
  await eventually("the first failure is logged", () => /warn +plugin\.auth_jwt: JWK set of http:\/\/127\.0\.0\.1:\d+: the answer is HTTP 500/.test(server.output));
  assert.equal(server.output.match(/keys that were fetched before stay in force/g).length, 1, "one line, not one per failure");
  assert.equal((await readiness(server)).status, "ready");
  keyServer.answer = (response) => response.end(JSON.stringify({ keys: set("b") }));
  await eventually("it recovers", async () => (await result(server, signed("b"))) === "in", 10_000);
  assert.equal(await metric(server, "failing_key_urls"), 0);
});

test("a slow URL holds up nobody but those who need its keys, and these not for ever", async () => {
  const keyServer = await KeyServer.start(set("a"));
  const server = await start(keyServer, 'jwks_timeout = "1s"');
  const socket = await connect(server, "/", signed("a"));
  const open = [];
  keyServer.answer = (response) => open.push(response);
  let waiting;
  await eventually("a fetch is under way", async () => {
    waiting = result(server, signed("b"));
    await Promise.race([waiting, new Promise((resolve) => setTimeout(resolve, 50))]);
    return open.length > 0;
  });
  assert.deepEqual(await ask(socket, "peers", { room: "none" }).then(({ ok }) => ok), false);
  assert.equal(await result(server, signed("a")), "in");
  assert.equal(await waiting, "token-invalid");
  // And one that answers in time lets in who waited for it.
  keyServer.answer = (response) => setTimeout(() => response.end(JSON.stringify({ keys: set("a", "b") })), 200);
  await eventually("the other key is known", async () => (await result(server, signed("b"))) === "in", 10_000);
  socket.disconnect();
});

test("a node starts without the URL, says so, and lets in once it has the keys", async () => {
  const keyServer = await KeyServer.start(set("a"));
  keyServer.fail();
  const server = await start(keyServer);
  const state = await readiness(server);
  assert.equal(state.status, "degraded");
  assert.match(state.reasons.join(), /JWK set/);
  assert.equal(await result(server, signed("a")), "token-invalid");
  keyServer.answer = (response) => response.end(JSON.stringify({ keys: set("a") }));
  await eventually("the keys come", async () => (await result(server, signed("a"))) === "in", 10_000);
  assert.equal((await readiness(server)).status, "ready");
});

/** A key server over HTTPS with a certificate of an authority of its own. @param {object} [options]  of makeCertificates */
async function secureKeyServer(options) {
  const own = path.join(directory, `tls-${++files}`);
  mkdirSync(own);
  const { caFile, certFile, keyFile } = makeCertificates(own, options);
  const keyServer = await KeyServer.start(set("a"), { tls: { cert: readFileSync(certFile), key: readFileSync(keyFile) } });
  keyServer.ofKeys = `jwks_ca_file = "${caFile}"`;
  return keyServer;
}

test("over HTTPS: a certificate of jwks_ca_file for the host, by name and by address", async () => {
  for (const host of ["127.0.0.1", "localhost"]) {
    const keyServer = await secureKeyServer();
    const server = await start(keyServer, "", { ofKeys: keyServer.ofKeys, url: `https://${host}:${keyServer.port}/keys` });
    assert.equal((await readiness(server)).status, "ready");
    assert.equal(await result(server, signed("a")), "in");
    keyServer.keys = set("a", "b");
    await eventually("the other key is known", async () => (await result(server, signed("b"))) === "in");
  }
});

for (const [what, options, change = {}] of [
  ["an authority that nobody trusts", {}, { ofKeys: "" }],
  ["another host's certificate", { names: "IP:127.0.0.2,DNS:keys.example" }],
  ["a certificate that has expired", { days: -1 }],
]) {
  test(`over HTTPS: nothing is asked of ${what}`, async () => {
    const keyServer = await secureKeyServer(options);
    const server = await start(keyServer, "", { ofKeys: keyServer.ofKeys, ...change });
    assert.equal(await result(server, signed("a")), "token-invalid");
    await eventually("the log tells", () =>
      /warn +plugin\.auth_jwt: JWK set of https:\/\/127\.0\.0\.1:\d+: TLS handshake: certificate verify failed/.test(server.output));
    assert.equal(keyServer.requests, 0);
    assert.equal((await readiness(server)).status, "degraded");
  });
}

test("over HTTPS: who speaks no TLS, or stops in its middle, is given up in time", async () => {
  const plain = await KeyServer.start(set("a"));
  const server = await start(plain, 'jwks_timeout = "1s"', { url: `https://127.0.0.1:${plain.port}/keys` });
  await eventually("the log tells", () => /JWK set of https:.*: TLS handshake: /.test(server.output));
  assert.equal(plain.requests, 0);

  // Takes the connection and never says a word.
  const silent = net.createServer(() => {});
  await new Promise((resolve) => silent.listen(0, "127.0.0.1", resolve));
  try {
    const url = `https://127.0.0.1:${silent.address().port}/keys`;
    const other = await start({ url, stop: async () => {} }, 'jwks_timeout = "1s"');
    await eventually("the log tells", () => /JWK set of https:.*: TLS handshake: timed out/.test(other.output), 10_000);
    assert.equal(await result(other, signed("a")), "token-invalid");
    await other.stop();
  } finally {
    silent.close();
  }
});
