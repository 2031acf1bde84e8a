// Limits that nodes share over a real Redis, what each does alone while Redis stands still or is away, and limits of those whom
// auth_jwt knows.

import assert from "node:assert/strict";
import { test } from "node:test";

import { ask, connect, connectOutcome } from "../support/clients.mjs";
import { Cluster } from "../support/cluster.mjs";
import { rateLimitConfig } from "../support/rate_limit.mjs";
import { RedisServer } from "../support/redis.mjs";
import { eventually } from "../support/server.mjs";
import { newKey, token } from "../support/tokens.mjs";

const once = { rate: 1, interval: "1h" };
const metric = (name) => `signaling_plugin_rate_limit_${name}`;
/** Status of a handshake at that node as if from that address. */
async function handshake(node, address) {
  const answer = await fetch(`${node.url}/socket.io/?EIO=4&transport=polling`, { headers: { "x-forwarded-for": address } });
  await answer.text();
  return answer.status;
}

async function withCluster(options, use) {
  const redis = await RedisServer.start();
  try {
    const cluster = await Cluster.start({
      nodes: 2,
      redis,
      config: rateLimitConfig({ middleware: ["claims_middleware", "rate_limit"], ...options }),
      set: { "plugins.adapter": "redis_adapter", "proxy.trusted": '["127.0.0.1"]', "proxy.header": "x-forwarded-for" },
    });
    try {
      await use(cluster, redis);
      await cluster.stop();
    } finally {
      await cluster.abandon();
    }
  } finally {
    await redis.stop();
  }
}

test("handshakes are counted over both nodes, exactly; while Redis is away by each alone; and together again", () => withCluster({
  rules: [{ name: "h", per: "address", of: "handshakes", burst: 3, ...once }],
}, async ({ nodes: [one, other] }, redis) => {
  assert.equal(await handshake(one, "192.0.2.1"), 200);
  assert.equal(await handshake(other, "192.0.2.1"), 200);
  assert.equal(await handshake(one, "192.0.2.1"), 200);
  assert.equal(await handshake(other, "192.0.2.1"), 429);
  assert.equal(await handshake(one, "192.0.2.1"), 429);
  assert.equal(await handshake(other, "192.0.2.2"), 200, "another address");

  // It stands still: a handshake waits for cluster_wait and no longer.
  redis.pause();
  for (const node of [one, other]) {
    for (let i = 0; i < 3; ++i) assert.equal(await handshake(node, "192.0.2.3"), 200);
    assert.equal(await handshake(node, "192.0.2.3"), 429, "three at each node");
    assert.equal(await node.metric(metric("shared_fallbacks_total")), 3);
  }
  redis.resume();

  await redis.kill();
  for (const node of [one, other]) {
    assert.equal(await handshake(node, "192.0.2.1"), 429, "what is known stays known");
    for (let i = 0; i < 3; ++i) assert.equal(await handshake(node, "192.0.2.4"), 200);
    assert.equal(await handshake(node, "192.0.2.4"), 429);
  }
  await redis.run();
  const checks = (node) => node.metric(metric("shared_checks_total"));
  const fallbacks = (node) => node.metric(metric("shared_fallbacks_total"));
  let address = 0;
  for (const node of [one, other]) {
    await eventually("the counters answer again", async () => {
      const before = (await checks(node)) - (await fallbacks(node));
      await handshake(node, `198.51.100.${++address}`);
      return (await checks(node)) - (await fallbacks(node)) > before;
    }, 10_000);
  }
  assert.equal(await handshake(one, "192.0.2.5"), 200);
  assert.equal(await handshake(other, "192.0.2.5"), 200);
  assert.equal(await handshake(one, "192.0.2.5"), 200);
  assert.equal(await handshake(other, "192.0.2.5"), 429);
}));

test("events of one identity on two nodes come out of one bucket", () => withCluster({
  keys: { cluster_interval: "20ms" },
  rules: [{ name: "e", per: "identity", of: "events", burst: 16, ...once }],
}, async ({ nodes: [one, other] }) => {
  const [here, there] = await Promise.all([one, other].map((node) => connect(node, "/echo", { auth: { sub: "alice" } })));
  const bob = await connect(other, "/echo", { auth: { sub: "bob" } });
  for (let i = 0; i < 16; ++i) assert.equal(await ask(here, "say", i), i);
  // The other node hears of it with its own next report, an eighth of the burst at the latest.
  let passed = 0;
  await eventually("the other node refuses", async () => {
    const answer = await ask(there, "say", "x");
    if (answer === "x") ++passed;
    return answer?.error?.code === "rate-limited";
  });
  assert.ok(passed < 16, `${passed} passed at the other node, which alone would have let 16 pass`);
  assert.equal(await ask(bob, "say", "mine"), "mine");
  assert.ok((await other.metric(metric("shared_reports_total"))) >= 1);
  for (const socket of [here, there, bob]) socket.disconnect();
}));

const key = newKey("HS256");
const of = (sub, claims) => ({ auth: { token: token("HS256", key, { sub, ...claims }) } });
const authTable = `
[plugins.auth_jwt]
[[plugins.auth_jwt.keys]]
algorithms = ["HS256"]
secret = "${key.secret}"
`;

test("behind auth_jwt whoever has a token has one bucket, whichever token and node; a forged one takes nothing from it", () => withCluster({
  middleware: ["auth_jwt", "rate_limit"],
  keys: { cluster_interval: "20ms" },
  rules: [
    { name: "c", per: "identity", of: "connects", burst: 3, ...once },
    { name: "e", per: "identity", of: "events", burst: 16, ...once },
  ],
  rest: authTable,
}, async ({ nodes: [one, other] }) => {
  const outcome = (node, options) => connectOutcome(node, options, "/echo");
  const forged = { auth: { token: token("HS256", newKey("HS512"), { sub: "alice" }) } };
  for (const node of [one, other]) {
    for (let i = 0; i < 3; ++i) assert.equal(await outcome(node, forged), "token-invalid");
  }
  const here = await connect(one, "/echo", of("alice"));
  const there = await connect(other, "/echo", of("alice", { jti: "another" }));
  assert.equal(await outcome(one, of("alice")), "in");
  for (const node of [one, other]) assert.equal(await outcome(node, of("alice", { jti: `on ${node.url}` })), "rate-limited");
  const bob = await connect(other, "/echo", of("bob"));

  for (let i = 0; i < 16; ++i) assert.equal(await ask(here, "say", i), i);
  await eventually("the other node refuses", async () => (await ask(there, "say", "x"))?.error?.code === "rate-limited");
  // A new token of the same identity is a new token, not a new bucket.
  assert.equal((await ask(here, "auth:refresh", of("alice", { jti: "a third" }).auth.token)).ok, true);
  assert.equal((await ask(here, "say", "x")).error.code, "rate-limited");
  assert.equal(await ask(bob, "say", "mine"), "mine");
  for (const socket of [here, there, bob]) socket.disconnect();
}));

test("in front of auth_jwt a flood of forged tokens is turned away before they are looked at", () => withCluster({
  middleware: ["rate_limit", "auth_jwt"],
  rules: [{ name: "c", per: "address", of: "connects", burst: 4, ...once }],
  rest: authTable,
}, async ({ nodes: [one, other] }) => {
  const outcomes = [];
  for (let i = 0; i < 10; ++i) outcomes.push(await connectOutcome([one, other][i % 2], { auth: { token: `forged.${i}.token` } }, "/echo"));
  assert.deepEqual(outcomes, [...Array(4).fill("token-invalid"), ...Array(6).fill("rate-limited")]);
  const refused = await Promise.all([one, other].map((node) => node.metric('signaling_plugin_auth_jwt_refused_total{code="token-invalid"}')));
  assert.equal(refused[0] + refused[1], 4, "the others cost no signature");
}));
