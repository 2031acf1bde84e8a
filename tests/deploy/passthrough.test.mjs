// The variant in which the nodes do TLS themselves and the balancer passes it through, and a new certificate without a restart.

import assert from "node:assert/strict";
import https from "node:https";
import { after, before, test } from "node:test";
import tls from "node:tls";

import { connect, transportChoices, upgraded } from "../support/clients.mjs";
import { startDeployment } from "../support/deployment.mjs";
import { join, peerAt, told } from "../support/peers.mjs";
import { eventually } from "../support/server.mjs";

let deployment;
before(async () => {
  deployment = await startDeployment({ isPassthrough: true });
});
after(() => deployment?.stop());

/** Fingerprint of the certificate that whoever connects now is shown. */
function shown() {
  const { hostname, port } = new URL(deployment.url);
  return new Promise((resolve, reject) => {
    const socket = tls.connect({ host: hostname, port, servername: hostname, ca: deployment.ca }, () => {
      resolve({ fingerprint: socket.getPeerCertificate().fingerprint256, protocol: socket.getProtocol(), isVerified: socket.authorized });
      socket.destroy();
    });
    socket.on("error", reject);
  });
}

test("clients of every kind come through, and the nodes know their address", async () => {
  const sockets = [];
  for (const transports of Object.values(transportChoices)) {
    const some = await Promise.all(Array.from({ length: 8 }, () => peerAt(deployment, { ...deployment.client, transports })));
    assert.equal(new Set(some.map(({ id }) => deployment.nodeOf(id))).size, 4);
    if (transports.length === 2) await Promise.all(some.map(upgraded));
    sockets.push(...some);
  }
  for (const socket of sockets) await join(socket, "passed through");
  await sockets[0].timeout(8000).emitWithAck("message", { room: "passed through", data: 1 });
  await Promise.all(sockets.slice(1).map((socket) => told(socket, "message")));
  for (const socket of sockets) socket.disconnect();

  const [source] = deployment.sources;
  const { hostname, port } = new URL(deployment.url);
  const status = await new Promise((resolve, reject) => {
    https.get({ hostname, port, path: "/socket.io/?EIO=4&transport=pigeon", ca: deployment.ca, agent: false, ...source.options }, (response) => {
      response.resume().on("end", () => resolve(response.statusCode));
    }).on("error", reject);
  });
  assert.equal(status, 400);
  await eventually("a node names the client's address", async () => {
    const logs = await Promise.all(deployment.nodes.map((node) => node.log()));
    return logs.some((log) => log.includes(`last from ${source.expected}\n`));
  });
});

test("SIGHUP brings a new certificate to every node, and nobody loses the connection", async () => {
  const clients = await Promise.all(Array.from({ length: 8 }, () => connect(deployment, "/", { ...deployment.client, transports: ["websocket"] })));
  const lost = [];
  for (const socket of clients) socket.on("disconnect", (reason) => lost.push(reason));
  const first = await shown();
  assert.equal(first.isVerified, true);
  assert.match(first.protocol, /^TLSv1\.[23]$/);

  await deployment.makeCertificate("example.test");
  for (const node of deployment.nodes) await node.signal("SIGHUP");
  // Connections go round over the nodes: once each of them shows the new one, sixteen in a row do.
  let row = 0;
  await eventually("all nodes show the new certificate", async () => {
    const { fingerprint, isVerified } = await shown();
    assert.equal(isVerified, true);
    row = fingerprint === first.fingerprint ? 0 : row + 1;
    return row >= 16;
  }, 10_000);
  assert.deepEqual(lost, []);
  assert.ok(clients.every(({ connected }) => connected));
  for (const socket of clients) socket.disconnect();
});
