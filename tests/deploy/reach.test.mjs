// Official clients come in through the balancer, verify its certificate, land on all nodes and reach each other; the nodes know
// where they really come from.

import assert from "node:assert/strict";
import https from "node:https";
import { after, before, test } from "node:test";
import tls from "node:tls";

import { transportChoices, upgraded } from "../support/clients.mjs";
import { close, join, peerAt, told } from "../support/peers.mjs";
import { startDeployment } from "../support/deployment.mjs";
import { eventually } from "../support/server.mjs";

let deployment;
before(async () => {
  deployment = await startDeployment();
});
after(() => deployment?.stop());

const enter = (transports, options = {}) => peerAt(deployment, { ...deployment.client, transports, ...options });

test("clients of every kind land on all four nodes and reach each other", async () => {
  const room = "everybody";
  const all = [];
  for (const [kind, transports] of Object.entries(transportChoices)) {
    const sockets = await Promise.all(Array.from({ length: 12 }, () => enter(transports)));
    const names = new Set(sockets.map(({ id }) => deployment.nodeOf(id)?.name));
    assert.deepEqual([...names].sort(), ["sig1", "sig2", "sig3", "sig4"], `${kind} clients`);
    if (kind === "upgrade") await Promise.all(sockets.map(upgraded));
    const [expected] = transports.slice(-1);
    assert.ok(sockets.every(({ io }) => io.engine.transport.name === expected), kind);
    all.push(...sockets);
  }
  for (const socket of all) assert.equal((await join(socket, room)).ok, true);

  // Each signals to the next, and one tells all.
  await Promise.all(all.map(async (socket, i) => {
    const next = all[(i + 1) % all.length];
    const answer = await socket.timeout(8000).emitWithAck("signal", { room, to: next.id, data: i });
    assert.equal(answer.ok, true, JSON.stringify(answer));
  }));
  for (const [i, socket] of all.entries()) {
    const [signal] = await told(socket, "signal");
    const previous = (i + all.length - 1) % all.length;
    assert.deepEqual([signal.from, signal.data], [all[previous].id, previous]);
  }
  await all[0].timeout(8000).emitWithAck("message", { room, data: "hello" });
  for (const socket of all.slice(1)) assert.equal((await told(socket, "message"))[0].data, "hello");
  close(all);
});

test("the certificate is the deployment's own: without its authority nobody is let through", async () => {
  const { hostname, port } = new URL(deployment.url);
  const greet = (options) => new Promise((resolve, reject) => {
    const socket = tls.connect({ host: hostname, port, servername: hostname, ...options }, () => {
      resolve({ protocol: socket.getProtocol(), alpn: socket.alpnProtocol, isVerified: socket.authorized });
      socket.destroy();
    });
    socket.on("error", reject);
  });
  const met = await greet({ ca: deployment.ca, ALPNProtocols: ["h2", "http/1.1"] });
  assert.equal(met.isVerified, true);
  assert.equal(met.alpn, "http/1.1");
  assert.match(met.protocol, /^TLSv1\.[23]$/);
  await assert.rejects(greet({}), { code: /SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT_LOCALLY/ });
  await assert.rejects(greet({ ca: deployment.ca, maxVersion: "TLSv1.1", minVersion: "TLSv1", ciphers: "DEFAULT@SECLEVEL=0" }));
});

/** One request with a source address of its own; gives status and body. */
function request(path, { headers = {}, localAddress } = {}) {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(deployment.url);
    const sent = https.get({ hostname, port, path, headers, ca: deployment.ca, localAddress, agent: false, timeout: 10_000 }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text) => {
        body += text;
      }).on("end", () => resolve({ status: response.statusCode, body }));
    });
    sent.on("error", reject).on("timeout", () => sent.destroy(new Error(`no answer to ${path}`)));
  });
}

test("nodes know the client's own address, and no header makes them believe another", async () => {
  const [source] = deployment.sources;
  // An error that a client makes is told in the log with its address.
  const answer = await request("/socket.io/?EIO=4&transport=pigeon", {
    ...source.options,
    headers: { "X-Forwarded-For": "203.0.113.66", Forwarded: "for=203.0.113.66", "X-Real-IP": "203.0.113.66" },
  });
  assert.equal(answer.status, 400);
  const line = await eventually("a node tells of the error", async () => {
    const logs = await Promise.all(deployment.nodes.map((node) => node.log()));
    return logs.flatMap((log) => log.split("\n")).find((text) => /transport unknown.*last from/.test(text));
  });
  assert.ok(line.endsWith(`last from ${source.expected}`), `expected ${source.expected}: ${line}`);
  assert.doesNotMatch(line, /203\.0\.113\.66/);
});

test("what is for operators only is not reached from outside", async () => {
  for (const path of ["/metrics", "/readyz", "/healthz", "/;csv"]) assert.equal((await request(path)).status, 404, path);
});
