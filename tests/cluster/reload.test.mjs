// What the adapter of a cluster takes over while it runs: a new password of Redis.

import assert from "node:assert/strict";
import { test } from "node:test";
import { writeFileSync } from "node:fs";

import { ask, connect } from "../support/clients.mjs";
import { Cluster, readiness } from "../support/cluster.mjs";
import { join, peerAt } from "../support/peers.mjs";
import { RedisServer } from "../support/redis.mjs";
import { eventually, slowness } from "../support/server.mjs";

test("a new password in the file that password_file names is used by the next connection", async () => {
  const redis = await RedisServer.start({ password: "the first one" });
  const settings = redis.settingsWithPasswordFile;
  const cluster = await Cluster.start({ nodes: 1, redis: { settings }, lease: 20_000 * slowness });
  try {
    const [node] = cluster.nodes;
    const peer = await peerAt(node);
    assert.ok((await join(peer, "room")).ok);
    // As it is rotated: first where it is checked, then where it is read, then the connections.
    await redis.command("CONFIG", "SET", "requirepass", "the second one");
    redis.password = "the second one";
    writeFileSync(settings.password_file, "the second one\n");
    const report = await (await fetch(`${node.adminUrl}/reload`, { method: "POST" })).json();
    assert.deepEqual([report.status, report.changed], ["reloaded", []]);
    await redis.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
    await redis.command("CLIENT", "KILL", "TYPE", "pubsub");
    await eventually("the node has missed Redis", async () => (await node.metric("signaling_degraded")) === 1, 2000).catch(() => {});
    await eventually("and is well again", async () => (await readiness(node)).status === "ready", 10_000);
    await eventually("presence answers", async () => (await join(peer, "another")).ok);
    // A limit of the plugin's, at once.
    peer.disconnect();
    const client = await connect(node, "/kitchen");
    assert.equal(await ask(client, "ack", 1), 1);
    client.disconnect();
    await cluster.stop();
  } finally {
    await cluster.abandon();
    await redis.stop();
  }
});
