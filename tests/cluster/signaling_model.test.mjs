// 50 clients join, leave and lose their connections at random on random nodes. Every list and everything they are told is held
// against what happened (history.mjs), and in the end every list with its metadata against a model.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { ask } from "../support/clients.mjs";
import { Cluster, randomNumbers } from "../support/cluster.mjs";
import { RedisServer } from "../support/redis.mjs";
import { eventually, slowness, sleep } from "../support/server.mjs";
import { checkHistory } from "./history.mjs";
import { Talkers, now } from "./talkers.mjs";

/** A whole minute only among the long tests. */
const seconds = Number(process.env.SIGNALING_MODEL_SECONDS ?? (slowness > 1 ? 10 : 15));
const nodeCounts = (process.env.SIGNALING_MODEL_NODES ?? "2,4,8").split(",").map(Number);
const clients = slowness > 1 ? 20 : 50;
const rooms = ["north", "south", "east", "west", "high", "low"];

let redis;
before(async () => {
  redis = await RedisServer.start();
});
after(() => redis?.stop());

for (const nodes of nodeCounts) {
  test(`${clients} clients on ${nodes} nodes for ${seconds} s (seed ${nodes})`, async () => {
    const random = randomNumbers(nodes);
    const cluster = await Cluster.start({ nodes, redis, set: { "listen.workers": nodes > 4 ? 1 : 2 }, seed: nodes });
    try {
      const crowd = await Talkers.start(cluster, { clients: 0, random });
      const model = new Map(rooms.map((room) => [room, new Map()]));
      const limit = now() + seconds * 1000;

      const act = async (member) => {
        const room = rooms[random(rooms.length)];
        const metadata = { n: random(1000) };
        if (random(4) === 0 && member.rooms.length > 0) {
          await crowd.request(member, "peers", member.rooms[random(member.rooms.length)]);
        } else if (!member.rooms.includes(room)) {
          const answer = await crowd.request(member, "join", room, { metadata });
          assert.equal(answer?.ok, true, JSON.stringify(answer));
          model.get(room).set(member.id, metadata);
        } else if (random(3) === 0) {
          assert.deepEqual(await ask(member.socket, "update", { room, metadata }), { ok: true });
          model.get(room).set(member.id, metadata);
        } else {
          const answer = await crowd.request(member, "leave", room);
          assert.equal(answer?.ok, true, JSON.stringify(answer));
          model.get(room).delete(member.id);
        }
      };
      // Each client acts one step after the other; all act at the same time.
      await Promise.all(Array.from({ length: clients }, async () => {
        let member = await crowd.enter(cluster.randomNode());
        while (now() < limit) {
          await act(member);
          await sleep(random(100) * slowness);
          if (random(20) !== 0) continue;
          for (const there of model.values()) there.delete(member.id);
          member.isLeaving = true;
          if (random(2) === 0) member.socket.disconnect();
          else member.socket.io.engine.close();
          member = await crowd.enter(cluster.randomNode());
        }
      }));

      const sorted = (map) => JSON.stringify([...map].sort(([a], [b]) => (a < b ? -1 : 1)));
      for (const member of crowd.living) {
        for (const room of member.rooms) {
          const others = sorted(new Map([...model.get(room)].filter(([id]) => id !== member.id)));
          await eventually(`the list of ${room}`, async () => {
            const { peers } = await ask(member.socket, "peers", { room });
            return sorted(new Map(peers.map(({ id, metadata }) => [id, metadata]))) === others;
          });
        }
      }
      await sleep(1000 * slowness);
      const faulty = checkHistory(crowd.events, { grace: 1000 * slowness });
      assert.deepEqual(faulty.slice(0, 10).map(({ kind, text }) => `${kind}: ${text}`), []);
      assert.deepEqual(crowd.failures, []);
      console.log(`${crowd.members.length} connections, ${crowd.events.filter(({ type }) => type === "join").length} joins, ${crowd.events.filter(({ type }) => type === "peers").length} lists`);
      crowd.end();
      await cluster.stop();
    } finally {
      await cluster.abandon();
    }
  });
}
