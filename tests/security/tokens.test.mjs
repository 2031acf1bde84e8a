// Forged and confused tokens (forged_tokens_table.mjs) against plugins/auth_jwt, and the replay of good ones after they were revoked.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import os from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";

import { Wire } from "../support/clients.mjs";
import { Cluster } from "../support/cluster.mjs";
import { RedisServer } from "../support/redis.mjs";
import { eventually, startServer } from "../support/server.mjs";
import { oneOf } from "../support/raw_http.mjs";
import { forgedTokens, keySet, makeKeys, token } from "./forged_tokens_table.mjs";

const keys = makeKeys();
const soon = Math.floor(Date.now() / 1000) + 3600;
const claims = { iss: "https://id.example.org", aud: "signaling", sub: "ada", exp: soon, rooms: ["atrium"] };

let directory;
before(() => (directory = mkdtempSync(path.join(os.tmpdir(), "signaling-tokens-"))));
after(() => rmSync(directory, { recursive: true, force: true }));

/** A configuration that knows the keys, each for its own algorithm. */
function configuration(adapter, more = "") {
  const keysFile = path.join(directory, "keys.json");
  writeFileSync(keysFile, JSON.stringify(keySet(keys)), { mode: 0o600 });
  const file = path.join(directory, `${adapter}.toml`);
  writeFileSync(file, `
[plugins]
directories = ["plugins", "tests/plugins"]
adapter = "${adapter}"
middleware = ["auth_jwt"]
applications = ["kitchen_app"]

[plugins.auth_jwt]
issuers = ["${claims.iss}"]
audiences = ["${claims.aud}"]
${more}
[[plugins.auth_jwt.keys]]
algorithms = ["HS256", "RS256", "PS256", "ES256", "EdDSA"]
jwks_file = "${keysFile}"
`);
  return file;
}

/** Asks for /kitchen with this auth. @returns {Promise<{ok: boolean, answer: string, wire: Wire}>}  `closed` where the server ended it */
async function ask(server, auth) {
  const wire = await Wire.session(server);
  wire.send(`40/kitchen,${JSON.stringify(auth)}`);
  const answer = await wire.next().catch(() => "closed");
  return { ok: answer.startsWith("40/kitchen,"), answer, wire };
}

async function refusal(server, auth) {
  const { answer, wire } = await ask(server, auth);
  wire.close();
  if (answer === "closed") return { code: "closed" };
  assert.ok(answer.startsWith("44/kitchen,"), answer);
  const { message, data } = JSON.parse(answer.slice("44/kitchen,".length));
  return { code: data?.code ?? message, message, told: data && Object.keys(data).length };
}

describe("forged tokens", () => {
  let server;
  let elsewhere;
  let fetched = 0;
  let forged;
  before(async () => {
    elsewhere = http.createServer((request, response) => {
      fetched++;
      response.end("{}");
    });
    await new Promise((resolve) => elsewhere.listen(0, "127.0.0.1", resolve));
    forged = forgedTokens(keys, claims, `http://127.0.0.1:${elsewhere.address().port}`);
    server = await startServer({ config: configuration("memory_adapter") });
  });
  after(async () => {
    elsewhere?.close();
    await server?.stop();
  });

  test("good ones of every key are taken, so that what follows can fail", async () => {
    for (const key of Object.values(keys)) {
      const { ok, answer, wire } = await ask(server, { token: token(key, claims) });
      assert.ok(ok, `${key.alg}: ${answer}`);
      wire.send('42/kitchen,1["info",{}]');
      const [info] = JSON.parse((await wire.next()).slice("43/kitchen,1".length));
      assert.deepEqual(JSON.parse(info.claims), claims);
      wire.close();
    }
  });

  test("each forged one is refused, and those that are wrong are all told the same", async () => {
    const messages = new Set();
    const wrong = [];
    for (const { what, token: text, code = "token-invalid", large } of forged) {
      const got = await refusal(server, { token: text });
      // What is longer than socketio.max_auth_bytes does not reach the plugin.
      const wanted = large || text.length > 16_000 ? ["Auth payload too large", ...oneOf(code)] : text === "" ? ["token-missing", "token-invalid"] : oneOf(code);
      if (!wanted.includes(got.code)) wrong.push(`${what}: ${got.code} instead of ${wanted}`);
      if (got.code === "token-invalid") messages.add(got.message);
      if (got.told !== undefined) assert.equal(got.told, 1, `${what}: more than the code is told`);
    }
    assert.deepEqual(wrong, []);
    assert.equal(messages.size, 1, [...messages].join());
    assert.equal(fetched, 0, "no address out of a token was asked");
  });

  test("what is no text, or stands elsewhere, is no token", async () => {
    const good = token(keys.rs, claims);
    for (const auth of [{}, { token: null }, { token: 1 }, { token: [good] }, { token: { token: good } }, { Token: good }, { "token ": good }, { __proto__: { token: good } }]) {
      assert.match((await refusal(server, auth)).code, /^token-(missing|invalid)$/, JSON.stringify(auth));
    }
    // Off by default: what stands in URLs stands in logs.
    const wire = await Wire.session(server, { query: `&token=${good}`, headers: { Cookie: `token=${good}` } });
    wire.send("40/kitchen,{}");
    assert.match(await wire.next(), /"code":"token-missing"/);
    wire.close();
    assert.ok(!server.output.includes(good.split(".")[2]), "no token stands in the log");
  });

  test("a bad token beside a good one does not get in by it", async () => {
    const bad = forged.find(({ what }) => what === "another key's signature").token;
    const wire = await Wire.session(server, { headers: { Authorization: `Bearer ${token(keys.rs, claims)}` } });
    wire.send(`40/kitchen,${JSON.stringify({ token: bad })}`);
    assert.match(await wire.next(), /"code":"token-invalid"/);
    wire.close();
  });
});

describe("replay after revocation", () => {
  let redis;
  let cluster;
  before(async () => {
    redis = await RedisServer.start();
    cluster = await Cluster.start({ nodes: 2, redis, config: configuration("redis_adapter") });
  });
  after(async () => {
    try {
      await cluster?.stop();
    } finally {
      await redis?.stop();
    }
  });

  async function revoke(node, what) {
    const response = await fetch(`${node.adminUrl}/plugins/auth_jwt/revoke`, { method: "POST", body: JSON.stringify(what) });
    assert.equal(response.status, 200, await response.text());
  }

  for (const [what, revoked, same, other] of [
    ["jti", { jti: "t1" }, { jti: "t1" }, { jti: "t2" }],
    ["sub", { sub: "eve" }, { sub: "eve", jti: "t3" }, { sub: "bob" }],
  ]) {
    test(`a token whose ${what} was revoked is over on every node, wherever it is shown, and others are not`, async () => {
      const stolen = token(keys.rs, { ...claims, ...same });
      const good = token(keys.rs, { ...claims, ...other });
      const seated = await Promise.all(cluster.nodes.map((node) => ask(node, { token: stolen })));
      const bystander = await ask(cluster.nodes[1], { token: good });
      assert.ok(seated.every(({ ok }) => ok) && bystander.ok);
      await revoke(cluster.nodes[0], revoked);
      // Who is there is disconnected.
      for (const { wire } of seated) {
        const heard = [];
        await eventually("the socket is disconnected", async () => {
          heard.push(await wire.next().catch(() => "closed"));
          return heard.some((message) => message === "closed" || message.startsWith("41/kitchen"));
        });
        wire.close();
      }
      // And does not come again by it, nor by another signature of the same claims.
      for (const node of cluster.nodes) {
        for (const text of [stolen, token(keys.es, { ...claims, ...same })]) assert.equal((await refusal(node, { token: text })).code, "not-allowed");
      }
      // Nor renews another one with it.
      bystander.wire.send(`42/kitchen,1["auth:refresh",${JSON.stringify({ token: stolen })}]`);
      const answer = await bystander.wire.next();
      assert.doesNotMatch(answer, /"ok":true/);
      bystander.wire.close();
      assert.ok((await ask(cluster.nodes[0], { token: good })).ok);
    });
  }
});
