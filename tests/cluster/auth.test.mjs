// Revocation on several nodes over Redis: everywhere at once, on a node that starts later, and made up for after a cut.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";

import { connect, connectOutcome } from "../support/clients.mjs";
import { Cluster } from "../support/cluster.mjs";
import { RedisServer } from "../support/redis.mjs";
import { eventually, slowness, within } from "../support/server.mjs";
import { inSeconds, newKey, token } from "../support/tokens.mjs";

const key = newKey("HS256");
const good = (claims) => token("HS256", key, claims);
let redis;
let cluster;
let directory;

before(async () => {
  directory = mkdtempSync(path.join(os.tmpdir(), "auth-cluster-"));
  const config = path.join(directory, "node.toml");
  writeFileSync(config, `
[listen]
address = "127.0.0.1"
workers = 2
[plugins]
adapter = "redis_adapter"
middleware = ["auth_jwt"]
applications = ["webrtc_signaling"]
[plugins.auth_jwt]
revocation_sync_interval = "300ms"
[[plugins.auth_jwt.keys]]
algorithms = ["HS256"]
secret = "${key.secret}"
`);
  redis = await RedisServer.start();
  cluster = await Cluster.start({ nodes: 2, redis, links: true, lease: 10_000 * slowness, config });
});
after(async () => {
  await cluster?.stop();
  await redis?.stop();
  rmSync(directory, { recursive: true, force: true });
});

const revoke = async (node, body) => {
  const response = await fetch(`${node.adminUrl}/plugins/auth_jwt/revoke`, { method: "POST", body: JSON.stringify(body) });
  return { status: response.status, ...(await response.json()) };
};
const gone = (socket) => within(8000, "being disconnected", new Promise((resolve) => socket.once("disconnect", resolve)));
const code = (node, value) => connectOutcome(node, { auth: { token: value } });

test("a subject is disconnected and refused on every node", async () => {
  const value = good({ sub: "alice", jti: "1" });
  const sockets = await Promise.all(cluster.nodes.flatMap((node) => ["polling", "websocket"].map((transport) => connect(node, "/", { auth: { token: value }, transports: [transport] }))));
  const bystander = await connect(cluster.nodes[1], "/", { auth: { token: good({ sub: "bob" }) } });
  const ends = sockets.map(gone);
  assert.deepEqual(await revoke(cluster.nodes[0], { sub: "alice", exp: inSeconds(3600) }), {
    status: 200, revoked: true, disconnected: 4, nodes: ["node-1"], full_nodes: [], missing_nodes: [],
  });
  await Promise.all(ends);
  for (const node of cluster.nodes) assert.equal(await code(node, value), "not-allowed");
  assert.ok(bystander.connected);
  bystander.disconnect();
});

test("a node that starts later knows what was revoked before, from its first client on", async () => {
  const value = good({ sub: "carol", jti: "of-carol" });
  assert.equal((await revoke(cluster.nodes[1], { jti: "of-carol" })).status, 200);
  const late = await cluster.startNode(2);
  assert.equal(await code(late, value), "not-allowed");
  assert.equal(await code(late, good({ sub: "carol" })), "in");
});

test("a revocation while Redis is away holds on its node, says so, and reaches the others afterwards", async () => {
  const value = good({ sub: "dave" });
  const there = await connect(cluster.nodes[1], "/", { auth: { token: value } });
  const end = gone(there);
  await cluster.links[0].cut();
  const report = await revoke(cluster.nodes[0], { sub: "dave" });
  assert.equal(report.status, 503, JSON.stringify(report));
  assert.equal(await code(cluster.nodes[0], value), "not-allowed");
  await cluster.links[0].pass();
  await end;
  await eventually("the other node refuses it", async () => (await code(cluster.nodes[1], value)) === "not-allowed");
});
