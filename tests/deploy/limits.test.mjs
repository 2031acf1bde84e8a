// The balancer's bounds for each source of connections, and who can read its statistics.

import assert from "node:assert/strict";
import net from "node:net";
import os from "node:os";
import { after, before, test } from "node:test";
import tls from "node:tls";

import { connect } from "../support/clients.mjs";
import { startDeployment } from "../support/deployment.mjs";
import { eventually } from "../support/server.mjs";

const mostAtOnce = 20;
const mostWithin10s = 60;

let deployment;
before(async () => {
  deployment = await startDeployment({
    env: { SIGNALING_MAX_CONNECTIONS_PER_SOURCE: String(mostAtOnce), SIGNALING_MAX_RATE_PER_SOURCE: String(mostWithin10s) },
  });
});
after(() => deployment?.stop());

const options = (source) => ({ ...deployment.client, ...source.options, transports: ["websocket"] });

/** A TLS connection from that source, or undefined where it is refused. */
function greet(source) {
  const { hostname, port } = new URL(deployment.url);
  return new Promise((resolve) => {
    const socket = tls.connect({ host: hostname, port, servername: hostname, ca: deployment.ca, ...source.options }, () => resolve(socket));
    socket.on("error", () => resolve(undefined));
    socket.setTimeout(10_000, () => socket.destroy(new Error("no answer")));
  });
}

test("a source that takes too many connections is refused more, whoever else comes is served", async () => {
  const [other, greedy] = deployment.sources;
  const bystander = await connect(deployment, "/", options(other));
  let lost = 0;
  bystander.on("disconnect", () => lost++);

  // At once: held open, until one is refused.
  const held = [];
  for (;;) {
    const socket = await greet(greedy);
    if (!socket) break;
    held.push(socket);
    assert.ok(held.length <= mostAtOnce, "more than may be held");
  }
  assert.equal(held.length, mostAtOnce);
  for (const socket of held) socket.destroy();
  await eventually("there is room again", async () => {
    const socket = await greet(greedy);
    socket?.destroy();
    return socket;
  });

  // Quickly one after another: refused after a while, although none stays.
  let taken = 0;
  let refused = 0;
  for (let i = 0; i < 2 * mostWithin10s && refused < 10; i++) {
    const socket = await greet(greedy);
    if (socket) taken++;
    else refused++;
    socket?.destroy();
  }
  assert.equal(refused, 10, `${taken} connections were taken`);
  assert.ok(taken <= mostWithin10s);

  const newcomer = await connect(deployment, "/", options(other));
  assert.equal(lost, 0);
  await eventually("the greedy one is let in again when it has calmed down", async () => {
    await new Promise((resolve) => setTimeout(resolve, 2000));  // each attempt counts
    const socket = await greet(greedy);
    socket?.destroy();
    return socket;
  }, 20_000);
  for (const socket of [bystander, newcomer]) socket.disconnect();
});

test("the statistics page is on loopback alone", async () => {
  const { port } = new URL(deployment.statsUrl);
  const outside = Object.values(os.networkInterfaces()).flat().filter(({ internal, family }) => !internal && family === "IPv4");
  for (const { address } of outside) {
    const isOpen = await new Promise((resolve) => {
      const socket = net.connect({ host: address, port, timeout: 2000 }, () => resolve(true));
      socket.on("error", () => resolve(false)).on("timeout", () => resolve(false));
    });
    assert.equal(isOpen, false, `${address}:${port} takes connections`);
  }
});
