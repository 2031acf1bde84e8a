// auth_jwt in front of the signaling application: tokens of every algorithm and place, refusals with their codes, what claims allow,
// renewal and expiry, revocation by the admin listener, reload.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";

import { ask, connect, io, next, transportChoices } from "../support/clients.mjs";
import { join } from "../support/peers.mjs";
import { eventually, startServer, within } from "../support/server.mjs";
import { encode, inSeconds, jwk, newKey, pem, token } from "../support/tokens.mjs";

const algorithms = ["HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"];
const rsa = newKey("RS256");
const keys = Object.fromEntries(algorithms.map((alg) => [alg, /^[RP]S/.test(alg) ? rsa : newKey(alg)]));

let directory;
let files = 0;
before(() => {
  directory = mkdtempSync(path.join(os.tmpdir(), "auth-"));
});
const started = [];
after(async () => {
  for (const server of started) await server.stop();
  rmSync(directory, { recursive: true, force: true });
});

const file = (name, text) => {
  const full = path.join(directory, name);
  writeFileSync(full, text);
  return full;
};

/** A server whose table of the plugin is `auth`; `server.write` replaces it. */
async function start(auth, { log = "debug", env = {} } = {}) {
  const config = path.join(directory, `${++files}.toml`);
  const write = (text) => writeFileSync(config, `
[listen]
workers = 2
[log]
level = "${log}"
[plugins]
directories = ["plugins", "tests/plugins"]
adapter = "memory_adapter"
middleware = ["auth_jwt"]
applications = ["webrtc_signaling", "kitchen_app"]
[plugins.auth_jwt]
leeway = "0s"
${text}
`);
  write(auth);
  const server = await startServer({ config, env });
  server.write = write;
  started.push(server);
  return server;
}

const hs256 = `
[[plugins.auth_jwt.keys]]
algorithms = ["HS256"]
secret = "\${JWT_SECRET}"
`;
const env = { JWT_SECRET: keys.HS256.secret.toString() };
const good = (claims, header) => token("HS256", keys.HS256, { sub: "alice", ...claims }, header);

/** The error of a CONNECT that must be refused; the connection itself goes on. */
async function refusal(server, options = {}, namespace = "/") {
  const socket = io(server.url + namespace, { forceNew: true, reconnection: false, ...options });
  try {
    return await within(8000, "being refused", new Promise((resolve, reject) => {
      socket.once("connect_error", resolve);
      socket.once("connect", () => reject(new Error("was let in")));
    }));
  } finally {
    socket.disconnect();
  }
}
const code = async (...args) => {
  const error = await refusal(...args);
  assert.deepEqual(Object.keys(error.data), ["code"]);
  assert.equal(error.message, error.data.code);
  return error.data.code;
};
const revoke = async (server, body) => {
  const response = await fetch(`${server.adminUrl}/plugins/auth_jwt/revoke`, { method: "POST", body: JSON.stringify(body) });
  return { status: response.status, ...(await response.json()) };
};
const gone = (socket) => within(8000, "being disconnected", new Promise((resolve) => socket.once("disconnect", resolve)));

test("every algorithm, with keys out of the environment, files, PEM and a JWK set", async () => {
  const server = await start(`
${hs256}
[[plugins.auth_jwt.keys]]
algorithms = ["HS384"]
secret_file = "${file("secret", `${keys.HS384.secret}\n`)}"
[[plugins.auth_jwt.keys]]
algorithms = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"]
public_key = '''${pem(rsa)}'''
[[plugins.auth_jwt.keys]]
algorithms = ["ES256"]
public_key_file = "${file("es256.pem", pem(keys.ES256))}"
[[plugins.auth_jwt.keys]]
algorithms = ["ES384", "EdDSA", "HS512"]
jwks_file = "${file("jwks.json", JSON.stringify({ keys: [jwk(keys.ES384), jwk(keys.EdDSA, { kid: "ed" }), jwk(keys.HS512)] }))}"
`, { env });
  for (const alg of algorithms) {
    const socket = await connect(server, "/", { auth: { token: token(alg, keys[alg], { sub: alg }) }, transports: ["websocket"] });
    assert.equal((await join(socket, "room")).ok, true, alg);
    socket.disconnect();
    // The same by another key of its kind is refused.
    assert.equal(await code(server, { auth: { token: token(alg, alg.startsWith("HS") ? { secret: Buffer.alloc(64, "x") } : newKey(alg)) } }), "token-invalid", alg);
  }
  assert.equal(await server.metric("signaling_plugin_auth_jwt_accepted_total"), algorithms.length);
});

for (const [name, transports] of Object.entries(transportChoices)) {
  test(`refusals tell a code and nothing more (${name})`, async () => {
    const server = await start(hs256, { env });
    const options = (value) => ({ transports, auth: value === undefined ? undefined : { token: value } });
    assert.equal(await code(server, options()), "token-missing");
    assert.equal(await code(server, options("nonsense")), "token-invalid");
    assert.equal(await code(server, options(42)), "token-invalid");
    assert.equal(await code(server, options(`${encode({ alg: "none" })}.${encode({ sub: "alice" })}.`)), "token-invalid");
    assert.equal(await code(server, options(good({ exp: inSeconds(-1) }))), "token-expired");
    assert.equal(await code(server, options(good({ nbf: inSeconds(600) }))), "token-not-yet-valid");
    const expired = good({ exp: inSeconds(-1) });
    await code(server, options(expired));
    const socket = await connect(server, "/", options(good()));
    socket.disconnect();
    await eventually("it is logged", () => server.output.includes("token-expired in /: exp is over"));
    assert.ok(!server.output.includes(expired.slice(0, 20)), "a token is in the log");
  });
}

test("tokens of the Authorization header, a cookie and the query, where these are wanted", async () => {
  const server = await start(`sources = ["header", "cookie", "query"]\ncookie_name = "session"\nquery_parameter = "jwt"\n${hs256}`, { env, log: "trace" });
  const mine = good({ jti: "seen-nowhere" });
  for (const options of [{ extraHeaders: { authorization: `Bearer ${mine}` } }, { extraHeaders: { cookie: `a=b; session=${mine}` } }, { query: { jwt: mine } }]) {
    for (const transports of Object.values(transportChoices)) (await connect(server, "/", { transports, ...options })).disconnect();
  }
  assert.equal(await code(server, { auth: { token: mine } }), "token-missing");
  await eventually("the end is logged", () => server.output.length > 0);
  assert.ok(!server.output.includes(mine.slice(0, 30)), "a token is in the log");
  const strict = await start(hs256, { env });
  assert.equal(await code(strict, { query: { token: mine } }), "token-missing");
  assert.equal(await code(strict, { extraHeaders: { cookie: `token=${mine}` } }), "token-missing");
  (await connect(strict, "/", { extraHeaders: { authorization: `Bearer ${mine}` } })).disconnect();
});

test("the claims rooms and can are obeyed by the application, and change with a renewal", async () => {
  const server = await start(hs256, { env });
  const socket = await connect(server, "/", { auth: { token: good({ rooms: ["lobby", "team-*"], can: ["join", "signal"] }) } });
  assert.equal((await join(socket, "lobby")).ok, true);
  assert.equal((await join(socket, "team-1")).ok, true);
  assert.equal((await join(socket, "secret")).error.code, "forbidden");
  assert.equal((await ask(socket, "message", { room: "lobby", data: 1 })).error.code, "forbidden");
  const answer = await ask(socket, "auth:refresh", good({ rooms: ["secret"], can: ["message"], exp: inSeconds(1000) }));
  assert.equal(answer.ok, true);
  assert.ok(answer.expiresIn > 900_000 && answer.expiresIn <= 1_000_000, String(answer.expiresIn));
  assert.equal((await ask(socket, "message", { room: "lobby", data: 1 })).ok, true);
  assert.equal((await join(socket, "secret")).error.code, "forbidden");  // can: no join any more
  assert.equal((await ask(socket, "auth:refresh", { token: good({ sub: "bob" }) })).error.code, "not-allowed");
  socket.disconnect();
});

test("namespaces: required, optional and off", async () => {
  const server = await start(`
anonymous_claims = '{"sub":"anonymous"}'
${hs256}
[[plugins.auth_jwt.namespaces]]
name = "/kitchen"
policy = "optional"
[[plugins.auth_jwt.namespaces]]
name = "/kitchen*"
policy = "off"
`, { env });
  assert.equal(await code(server), "token-missing");
  (await connect(server, "/kitchen")).disconnect();
  assert.equal(await code(server, { auth: { token: "x" } }, "/kitchen"), "token-invalid");
});

test("a token that ends: warned, renewed in time by one, the other disconnected", async () => {
  const server = await start(`expiry_warning = "30s"\n${hs256}`, { env });
  const until = inSeconds(3);
  const [renewing, idle] = await Promise.all(["websocket", "polling"].map(async (transport) => {
    const socket = io(server.url, { forceNew: true, reconnection: false, transports: [transport], auth: { token: good({ exp: until }) } });
    const [warning] = await next(socket, "auth:expiring");
    assert.ok(warning.expiresIn > 0 && warning.expiresIn <= 3000, JSON.stringify(warning));
    return socket;
  }));
  assert.equal((await ask(renewing, "auth:refresh", good())).ok, true);
  assert.equal(await gone(idle), "io server disconnect");
  assert.ok(Date.now() >= until * 1000);
  assert.equal((await join(renewing, "room")).ok, true);
  renewing.disconnect();
  assert.equal(await server.metric("signaling_plugin_auth_jwt_expired_sockets_total"), 1);
});

test("revocation: sockets end, the token is refused, others go on", async () => {
  const server = await start(hs256, { env });
  const tokens = { one: good({ jti: "one" }), two: good({ jti: "two" }), bob: good({ sub: "bob" }) };
  const sockets = Object.fromEntries(await Promise.all(Object.entries(tokens).map(async ([name, value]) => [name, await connect(server, "/", { auth: { token: value } })])));
  const first = gone(sockets.one);
  assert.deepEqual(await revoke(server, { jti: "one" }), { status: 200, revoked: true, disconnected: 1, nodes: [], full_nodes: [], missing_nodes: [] });
  await first;
  assert.equal(await code(server, { auth: { token: tokens.one } }), "not-allowed");
  const second = gone(sockets.two);
  assert.equal((await revoke(server, { sub: "alice", exp: inSeconds(3600) })).disconnected, 1);
  await second;
  assert.equal(await code(server, { auth: { token: good() } }), "not-allowed");
  assert.equal((await join(sockets.bob, "room")).ok, true);
  assert.equal((await revoke(server, { user: "alice" })).status, 400);
  assert.equal((await fetch(`${server.adminUrl}/plugins/auth_jwt/revoke`)).status, 405);
  assert.equal((await fetch(`${server.adminUrl}/plugins/nobody/revoke`, { method: "POST" })).status, 404);
  // As every command: no page in a browser may give it.
  assert.equal((await fetch(`${server.adminUrl}/plugins/auth_jwt/revoke`, { method: "POST", headers: { origin: "https://page.example" } })).status, 403);
  sockets.bob.disconnect();
});

test("keys change by a reload; files with a mistake change nothing", async () => {
  const old = newKey("ES256");
  const fresh = newKey("ES256");
  const key = file("rotating.pem", pem(old));
  const table = `[[plugins.auth_jwt.keys]]\nalgorithms = ["ES256"]\npublic_key_file = "${key}"\n`;
  const server = await start(table);
  const signed = (pair) => ({ auth: { token: token("ES256", pair) } });
  const staying = await connect(server, "/", signed(old));
  const reload = async () => (await fetch(`${server.adminUrl}/reload`, { method: "POST" })).status;
  writeFileSync(key, pem(old).slice(0, 60));
  assert.equal(await reload(), 422);
  (await connect(server, "/", signed(old))).disconnect();
  writeFileSync(key, pem(fresh));
  assert.equal(await reload(), 200);
  (await connect(server, "/", signed(fresh))).disconnect();
  assert.equal(await code(server, signed(old)), "token-invalid");
  assert.equal((await join(staying, "room")).ok, true);
  staying.disconnect();
  server.write(`policy = "required"\n`);
  assert.equal(await reload(), 422);
  (await connect(server, "/", signed(fresh))).disconnect();
});
