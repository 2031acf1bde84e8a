// From four to six nodes and back while people are connected: the balancer finds the nodes by name.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { connect } from "../support/clients.mjs";
import { startDeployment } from "../support/deployment.mjs";
import { close, join, peerAt, told } from "../support/peers.mjs";

let deployment;
before(async () => {
  deployment = await startDeployment({ isScalable: true });
});
after(() => deployment?.stop());

const options = () => ({ ...deployment.client, transports: ["websocket"] });

test("two more nodes are found and get clients; those who were there stay; taken away again, their clients come back elsewhere", async () => {
  const room = "growing";
  const early = await Promise.all(Array.from({ length: 8 }, () => peerAt(deployment, options())));
  const lost = [];
  for (const socket of early) {
    await join(socket, room);
    socket.on("disconnect", (reason) => lost.push(reason));
  }

  await deployment.scale(6);
  assert.equal(deployment.running.length, 6);
  const late = await Promise.all(Array.from({ length: 24 }, () => peerAt(deployment, { ...options(), reconnection: true })));
  const nodes = new Set(late.map(({ id }) => deployment.nodeOf(id)));
  assert.equal(nodes.size, 6, [...nodes].map((node) => node?.name).join(" "));

  // Old and new are one cluster.
  const fresh = late.filter(({ id }) => !early.some((socket) => deployment.nodeOf(socket.id) === deployment.nodeOf(id)));
  assert.ok(fresh.length > 0);
  for (const socket of fresh) assert.equal((await join(socket, room)).ok, true);
  await early[0].timeout(8000).emitWithAck("message", { room, data: "welcome" });
  for (const socket of fresh) assert.equal((await told(socket, "message"))[0].data, "welcome");
  assert.deepEqual(lost, []);

  await deployment.scale(4);
  assert.equal(deployment.running.length, 4);
  const back = await connect(deployment, "/", options());
  assert.ok(deployment.running.includes(deployment.nodeOf(back.id)));
  close(early, late, back);
});
