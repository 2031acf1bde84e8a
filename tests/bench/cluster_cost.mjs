// What a message costs as a cluster grows: rooms of four members at the same total rate on 1, 2, 4 and 8 nodes. Prints JSON and a table: what
// Redis does for each message, and the processor time of nodes and of Redis for each message that a client got, without what
// idle ones use. `spread` is how many nodes the members of one room are on: 4 (or as many as there are), 2, or 1. Messages are
// sent one by one: in bursts, fewer nodes would look cheaper only because each takes more messages in one turn. By hand:
//
//   SIGNALING_BUILD_DIR=build/release node tests/bench/cluster_cost.mjs [spread=4] [rooms=100] [messages a second=400] [seconds=10]

import { readdirSync, readFileSync } from "node:fs";

import { Wire } from "../support/clients.mjs";
import { Cluster } from "../support/cluster.mjs";
import { RedisServer } from "../support/redis.mjs";
import { eventually, sleep } from "../support/server.mjs";

const membersPerRoom = 4;

/** Sum over the threads of a process of what `read` finds in a file of each. */
function overThreads(pid, file, read) {
  const texts = readdirSync(`/proc/${pid}/task`).map((thread) => readFileSync(`/proc/${pid}/task/${thread}/${file}`, "latin1"));
  return texts.reduce((sum, text) => sum + Number(read(text)), 0);
}

/** Processor time so far, in microseconds. */
const processorTime = (pid) => overThreads(pid, "schedstat", (text) => text.split(" ")[0]) / 1000;
/** How often a thread went to sleep, and so was woken: work that no noise of the machine changes. */
const wakeups = (pid) => overThreads(pid, "status", (text) => /^voluntary_ctxt_switches:\s*(\d+)/m.exec(text)[1]);

async function enter(node, room) {
  const wire = await Wire.socket(node);
  wire.send(`420["join",{"room":"${room}"}]`);
  await wire.next();
  wire.got = 0;
  // From here on what comes is counted, not kept.
  wire.socket.removeAllListeners("message");
  wire.socket.on("message", (data) => {
    if (data[0] === 0x32) wire.socket.send("3");
    else if (data.includes('"message"')) wire.got++;
  });
  return wire;
}

async function measure(nodes, { spread, rooms, rate, seconds }) {
  const redis = await RedisServer.start();
  const cluster = await Cluster.start({ nodes, redis, set: { "listen.workers": 1 } });
  try {
    const crowd = [];
    for (let room = 0; room < rooms; room++) {
      crowd.push(await Promise.all(Array.from({ length: membersPerRoom }, (_, i) => enter(cluster.nodes[(room + (i % spread)) % nodes], `room ${room}`))));
    }
    const wires = crowd.flat();
    await sleep(2000);  // joins have settled

    const received = () => wires.reduce((sum, wire) => sum + wire.got, 0);
    const state = async () => ({
      at: performance.now(),
      received: received(),
      nodes: cluster.nodes.map((node) => processorTime(node.pid)).reduce((a, b) => a + b),
      wakeups: cluster.nodes.map((node) => wakeups(node.pid)).reduce((a, b) => a + b),
      redis: processorTime(redis.pid),
      publishes: (await redis.commandCalls()).publish ?? 0,
      inbound: await cluster.sum("signaling_plugin_redis_adapter_received_messages_total"),
    });
    const idleBegin = await state();
    await sleep(5000);
    const begin = await state();
    let sent = 0;
    while (performance.now() - begin.at < seconds * 1000) {
      if (sent < ((performance.now() - begin.at) / 1000) * rate) {
        const members = crowd[sent % rooms];
        members[Math.floor(sent / rooms) % membersPerRoom].send(`42["message",{"room":"room ${sent % rooms}","data":${sent}}]`);
        sent++;
      }
      await sleep(1);
    }
    const expected = sent * (membersPerRoom - 1);
    await eventually("all arrived", () => received() - begin.received >= expected, 10_000);
    const end = await state();
    const delivered = end.received - begin.received;
    const time = (end.at - begin.at) / 1000;
    // What idle nodes do for their leases and probes is not the messages' cost.
    const idle = (key) => ((begin[key] - idleBegin[key]) / ((begin.at - idleBegin.at) / 1000)) * time;
    const rounded = (value, digits = 2) => Number(value.toFixed(digits));
    return {
      nodes,
      messages: sent,
      delivered,
      redis_publishes_per_message: rounded((end.publishes - begin.publishes - idle("publishes")) / sent),
      nodes_reached_per_message: rounded((end.inbound - begin.inbound - idle("inbound")) / sent),
      wakeups_of_nodes_per_message: rounded((end.wakeups - begin.wakeups - idle("wakeups")) / sent),
      nodes_us_per_delivery: rounded((end.nodes - begin.nodes - idle("nodes")) / delivered, 1),
      redis_us_per_delivery: rounded((end.redis - begin.redis - idle("redis")) / delivered, 1),
      idle_percent_per_node: rounded((begin.nodes - idleBegin.nodes) / (begin.at - idleBegin.at) / 10 / nodes, 2),
    };
  } finally {
    await cluster.abandon();
    await redis.stop();
  }
}

const [spread = 4, rooms = 100, rate = 400, seconds = 10] = process.argv.slice(2).map(Number);
const results = [];
for (const nodes of [1, 2, 4, 8]) results.push(await measure(nodes, { spread, rooms, rate, seconds }));
console.log(JSON.stringify({ spread, rooms, rate, seconds, results }, null, 2));
const columns = Object.keys(results[0]);
console.log(`\n| ${columns.map((name) => name.replaceAll("_", " ")).join(" | ")} |\n|${columns.map(() => "---:|").join("")}`);
for (const result of results) console.log(`| ${columns.map((name) => result[name]).join(" | ")} |`);
process.exit(0);
