// What a log must not hold, at its most talkative: ids of sessions and sockets, with which whoever reads it could poll for others,
// what clients send, cookies, queries, and the passwords of the configuration.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { request, RoamingPoller } from "../support/any_node.mjs";
import { ask, connect, exchange, upgraded, Wire } from "../support/clients.mjs";
import { Cluster } from "../support/cluster.mjs";
import { RedisServer } from "../support/redis.mjs";
import { eventually } from "../support/server.mjs";

const password = "a-password-of-redis";
const token = "a-token-of-the-admin-listener";

let redis;
let cluster;
before(async () => {
  redis = await RedisServer.start({ password });
  cluster = await Cluster.start({
    nodes: 2, redis,
    set: { "log.level": "trace", "log.repeat_interval": "1s", "admin.token": token, "engine.cookie.enabled": true, "socketio.attachments_timeout": "100ms" },
  });
});
after(async () => {
  await cluster?.stop();
  await redis?.stop();
});

test("sessions that are opened, carried between nodes, misused and cut leave no id and no secret in the logs", async () => {
  const [home, other] = cluster.nodes;
  const secrets = new Map([["password", password], ["token", token]]);

  // Polling at both nodes, an upgrade at the other one, with secrets in every place that a request has.
  const secret = (name) => {
    const value = `secret-${name}-${Math.random().toString(36).slice(2)}`;
    secrets.set(name, value);
    return value;
  };
  const roaming = await RoamingPoller.at(home, `&token=${secret("query")}`);
  await roaming.enter("/kitchen", other, home);
  await roaming.post(other, `42/kitchen,["ack","${secret("event")}"]`, { headers: { cookie: `io=${secret("cookie")}` } });
  const probe = await roaming.probe(other);
  probe.send("2probe");
  assert.equal(await probe.next(), "3probe");
  probe.send("5");
  secrets.set("session on two nodes", roaming.sid).set("its socket", roaming.id);

  // An official client in a room, which tells of itself.
  const client = await connect(home, "/kitchen", { auth: { token: secret("auth") } });
  await upgraded(client);
  await ask(client, "join", { room: secret("room") });
  await ask(client, "presence-put", { room: "r", value: secret("presence"), max: 10 });
  secrets.set("session", client.io.engine.id).set("socket", client.id);

  // Whatever is logged of misuse: unknown sessions, bad packets, plugins that throw, attachments that do not come, floods.
  const unknown = home.output.length;
  const stranger = "A".repeat(20);
  secrets.set("session that is none", stranger);
  for (const node of cluster.nodes) assert.equal((await request(node, "GET", `?EIO=4&transport=polling&sid=${stranger}`)).status, 400);
  const packets = ["4x", '42/kitchen,["throw"]', '451-/kitchen,["ack",{"_placeholder":true,"num":0}]', "9", "41/kitchen,"];
  for (const packet of packets) {
    const wire = await Wire.socket(home, "/kitchen");
    secrets.set(`session of ${packet}`, wire.handshake.sid).set(`socket of ${packet}`, wire.id);
    wire.send(packet);
    if (packet.startsWith("42")) wire.send("4x");
    if (packet.startsWith("41")) wire.terminate();
    await wire.closed;
  }
  await exchange(home, `GET /socket.io/?EIO=4&transport=polling&sid=${roaming.sid} HTTP/1.1\r\nHost: x\r\nAuthorization: ${secret("authorization")}\r\nbad\r\n\r\n`);
  client.disconnect();
  probe.terminate();

  // Once the repeated lines are out and the nodes have left each other, all that is said has been said.
  await eventually("misuse is logged", () => /session id unknown/.test(home.output.slice(unknown)));
  await cluster.stop();
  const logs = cluster.nodes.map((node) => node.output).join("");
  assert.match(logs, /trace|debug/, "the logs are talkative");
  assert.match(logs, /the kitchen is on fire/);
  for (const [what, text] of secrets) {
    assert.ok(text.length >= 15, what);
    const at = logs.indexOf(text);
    assert.equal(at, -1, `${what} is in the log: ${logs.slice(Math.max(0, at - 100), at + 100)}`);
  }
});
