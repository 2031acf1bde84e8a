// The client's address through a real HAProxy that sends every connection to the next node: sessions are served by nodes other
// than those that their requests come to, and know their client all the same.

import assert from "node:assert/strict";
import http from "node:http";
import { after, before, test } from "node:test";

import { ask, connect, transportChoices, upgraded } from "../support/clients.mjs";
import { Cluster } from "../support/cluster.mjs";
import { Haproxy } from "../support/haproxy.mjs";
import { RedisServer } from "../support/redis.mjs";
import { slowness } from "../support/server.mjs";

const clientAddress = "127.0.0.9";

let redis;
before(async () => {
  redis = await RedisServer.start();
});
after(() => redis?.stop());

for (const [name, set, mode, option] of [
  ["PROXY protocol", { "proxy.protocol": true }, "mode tcp", "send-proxy-v2"],
  ["X-Forwarded-For", { "proxy.header": "x-forwarded-for" }, "mode http\n  option forwardfor", ""],
]) {
  test(`${name}: every node knows the client, whichever its requests come to`, async () => {
    const cluster = await Cluster.start({ nodes: 3, redis, lease: 10_000 * slowness, set: { "proxy.trusted": '["127.0.0.1"]', ...set } });
    let haproxy;
    try {
      haproxy = await Haproxy.start((bind) => [
        `listen nodes\n  ${mode}\n  bind ${bind}\n  balance roundrobin`,
        ...cluster.nodes.map((node, i) => `  server node${i} 127.0.0.1:${node.port} ${option}`),
      ].join("\n"));
      const agent = new http.Agent({ localAddress: clientAddress, keepAlive: false });
      for (const transports of Object.values(transportChoices)) {
        const sockets = await Promise.all(Array.from({ length: 6 }, () => connect(haproxy, "/kitchen", { transports, agent })));
        if (transports.length === 2) await Promise.all(sockets.map(upgraded));
        const infos = await Promise.all(sockets.map((socket) => ask(socket, "info", {})));
        for (const info of infos) assert.equal(info.address, clientAddress);
        if (transports[0] === "polling") assert.ok(new Set(infos.map((info) => info.node)).size > 1, "sessions at several nodes");
        for (const socket of sockets) socket.disconnect();
      }
      const forwarded = await Promise.all(cluster.nodes.map((node) => node.metric("signaling_served_requests_total")));
      assert.ok(forwarded.reduce((sum, count) => sum + count, 0) > 0, "requests were carried between nodes");
      agent.destroy();
    } finally {
      await haproxy?.stop();
      await cluster.stop();
    }
  });
}
