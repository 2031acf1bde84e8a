// A node that is being drained gets nobody new, and keeps those it has until it moves them away.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { connect } from "../support/clients.mjs";
import { readiness, startDeployment } from "../support/deployment.mjs";
import { eventually } from "../support/server.mjs";

let deployment;
before(async () => {
  deployment = await startDeployment();
});
after(() => deployment?.stop());

const enter = () => connect(deployment, "/", { ...deployment.client, transports: ["websocket"], reconnection: true });

test("while a node is drained new connections go elsewhere, and its clients stay until they are moved", async () => {
  const [node] = deployment.nodes;
  const clients = await Promise.all(Array.from({ length: 16 }, enter));
  const own = clients.filter(({ id }) => deployment.nodeOf(id) === node);
  assert.ok(own.length > 0);
  const reasons = [];
  for (const socket of own) socket.once("disconnect", (reason) => reasons.push(reason));

  const stopped = node.stop();
  await eventually("the node says that it drains", async () => {
    const { code, reasons: why } = await readiness(node);
    return code === 503 && why.some((text) => text.startsWith("draining"));
  });
  await deployment.out(node);
  // Out of the balancer, and still serving those it has.
  assert.deepEqual(reasons, []);
  const before = (await deployment.server(node)).total;
  const newcomers = await Promise.all(Array.from({ length: 12 }, enter));
  assert.ok(newcomers.every(({ id }) => deployment.nodeOf(id) !== node));
  assert.equal((await deployment.server(node)).total, before);
  assert.ok(node.isRunning);

  await stopped;
  await eventually("everybody is on another node", () => own.every((socket) => socket.connected && deployment.nodeOf(socket.id) !== node), 8000);
  // The one reason after which the official client connects again by itself without an error having been told.
  assert.deepEqual(new Set(reasons), new Set(["transport close"]));
  for (const socket of [...clients, ...newcomers]) socket.disconnect();
  await node.start();
  await deployment.settled();
});
