// Clients of every kind come, talk and go for a long time, on several nodes whose Redis is killed and comes back empty now and
// then. What is looked for is what stays: memory, descriptors, threads, sessions, sockets and rooms.
//
//   SIGNALING_BUILD_DIR=build/release node tests/bench/soak.mjs --seconds 1200
//   SIGNALING_BUILD_DIR=build/asan node tests/bench/soak.mjs --seconds 300
//
// `soak.test.mjs` is the same for some seconds.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { connect, officialClients, transportChoices, upgraded } from "../support/clients.mjs";
import { Cluster, randomNumbers } from "../support/cluster.mjs";
import { RedisServer } from "../support/redis.mjs";
import { eventually, sleep, slowness } from "../support/server.mjs";
import { growth, LiveHeap } from "./counted/live_heap.mjs";
import { processorSecondsOf } from "./processes.mjs";
import { slopeOf } from "./statistics.mjs";

const usage = `usage: node tests/bench/soak.mjs [options]
  --seconds S        1200; so long clients come and go
  --nodes N          2
  --clients N        40; at the same time
  --churn C          2; clients a second that leave and are replaced
  --every MS         2000; between two messages of one client
  --redis-every S    120; seconds from one restart of Redis to the next, 0: none
  --away S           3; so long Redis is away each time
  --warm-up S        a quarter of the time; the slope of memory is that of the rest
  --max-growth P     5; percent that memory in use, resident or on the heap, may grow in the rest
  --out FILE         every sample as JSON
environment: SIGNALING_BUILD_DIR, default build/release; with sanitizers (build/asan) resident memory is told and not judged, and
the heap is not counted`;

export const defaults = { seconds: 1200, nodes: 2, clients: 40, churn: 2, every: 2000, redisEvery: 120, away: 3, maxGrowth: 5 };
const rooms = 20;

/** One client's life. */
class Visitor {
  static async come(soak) {
    const { random } = soak;
    const pick = (list) => list[random(list.length)];
    const kind = pick(Object.keys(transportChoices));
    const version = pick(Object.keys(officialClients));
    const socket = await connect(soak.cluster.randomNode(), "/", { client: officialClients[version], transports: transportChoices[kind] });
    const visitor = new Visitor();
    Object.assign(visitor, { soak, socket, kind, room: `soak ${random(rooms)}` });
    socket.on("message", () => soak.count("received"));
    socket.on("signal", () => soak.count("received"));
    socket.on("disconnect", (reason) => {
      clearInterval(visitor.timer);
      if (visitor.isLeaving) return;
      visitor.isLeaving = true;
      soak.count("lost");
      soak.problems.push(`${kind} of ${version} lost its connection: ${reason}`);
    });
    soak.count(`came by ${kind}`);
    // While Redis is away a room cannot be joined; the client stays and talks to nobody.
    socket.emit("join", { room: visitor.room, metadata: { kind } }, (answer) => {
      soak.count(answer.ok ? "joined" : `join: ${answer.error.code}`);
      visitor.peers = answer.peers ?? [];
    });
    visitor.timer = setInterval(() => visitor.talk(), soak.options.every * (0.5 + random(1000) / 1000));
    return visitor;
  }

  talk() {
    const { random } = this.soak;
    const data = [() => "small", () => "x".repeat(20_000), () => randomBytes(500), () => ({ list: Array.from({ length: 20 }, (_, i) => i) })][random(4)]();
    const to = random(3) === 0 && this.peers?.length > 0 ? this.peers[random(this.peers.length)].id : undefined;
    this.socket.emit(to ? "signal" : "message", { room: this.room, to, data }, (answer) => this.soak.count(answer.ok ? "sent" : `sent: ${answer.error.code}`));
    if (random(10) === 0) {
      this.socket.emit("leave", { room: this.room }, () => {
        this.socket.emit("join", { room: this.room }, (answer) => (this.peers = answer.peers ?? []));
      });
    }
  }

  /** As applications leave, or as networks do: in order, or without a word. */
  async leave() {
    this.isLeaving = true;
    clearInterval(this.timer);
    if (this.soak.random(2) === 0 && this.kind !== "polling") {
      await upgraded(this.socket).catch(() => {});
      this.socket.io.reconnection?.(false);
      this.socket.io.engine?.transport?.ws?.terminate?.();
      this.soak.count("left without a word");
    }
    this.socket.disconnect();
  }
}

const fieldKb = (pid, name) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(readFileSync(`/proc/${pid}/status`, "latin1"))[1]);

/** What a node holds now. Of its heap, memory that is kept for messages to come is told apart. @param {LiveHeap | undefined} heap  of it */
async function look(node, heap) {
  const keptKb = heap && (await node.metric("signaling_recycled_bytes")) / 1024;
  return {
    rss_kb: fieldKb(node.pid, "VmRSS"), ...(heap && { heap_kb: heap.read().bytes / 1024 - keptKb, kept_kb: keptKb }),
    threads: fieldKb(node.pid, "Threads"), descriptors: readdirSync(`/proc/${node.pid}/fd`).length,
  };
}

export class Soak {
  constructor(options) {
    this.options = { ...defaults, ...options };
    this.options.warmUp ??= this.options.seconds / 4;
    this.random = randomNumbers(4711);
    this.counts = {};
    this.problems = [];
    this.samples = [];
    /** By node; none where the build has no counter. */
    this.heaps = [];
  }

  count(what) {
    this.counts[what] = (this.counts[what] ?? 0) + 1;
  }

  /** @returns {Promise<object>} what happened; throws where anything stayed, or a node did not end cleanly */
  async run({ say = () => {} } = {}) {
    const { options } = this;
    this.redis = await RedisServer.start();
    try {
      if (LiveHeap.isThere) this.heaps = Array.from({ length: options.nodes }, () => new LiveHeap());
      this.cluster = await Cluster.start({ nodes: options.nodes, redis: this.redis, lease: 4000 * slowness, env: (index) => this.heaps[index]?.env });
      const base = await this.#look();
      const pids = this.cluster.nodes.map(({ pid }) => pid);
      const began = { at: performance.now(), cpu: processorSecondsOf(pids) };
      await this.#live(began, say);
      const result = { ...options, counts: this.counts, nodes_cpu_per_second: (processorSecondsOf(pids) - began.cpu) / ((performance.now() - began.at) / 1000), ...this.#memory() };
      result.left = await this.#checkNothingStays(base);
      await this.cluster.stop();
      return result;
    } finally {
      await this.cluster?.abandon();
      await this.redis.stop();
      for (const heap of this.heaps) heap.close();
    }
  }

  #look() {
    return Promise.all(this.cluster.nodes.map((node, i) => look(node, this.heaps[i])));
  }

  async #live(began, say) {
    const { options } = this;
    const seconds = () => (performance.now() - began.at) / 1000;
    const visitors = [];
    let lastSample = -Infinity;
    let nextRestart = options.redisEvery || Infinity;
    let restart = Promise.resolve();
    let replaced = 0;
    try {
      while (seconds() < options.seconds) {
        const due = Math.min(5, Math.floor(seconds() * options.churn) - replaced);
        replaced += due;
        for (let i = 0; i < due && visitors.length > 0; i++) {
          const [visitor] = visitors.splice(this.random(visitors.length), 1);
          await visitor.leave();
        }
        while (visitors.length < options.clients) visitors.push(await Visitor.come(this));
        if (seconds() >= nextRestart && seconds() + options.away + 5 < options.seconds) {
          nextRestart += options.redisEvery;
          restart = restart.then(() => this.redis.restartEmpty({ after: options.away * 1000 }));
          this.count("Redis was restarted");
        }
        if (seconds() - lastSample >= Math.max(1, options.seconds / 240)) {
          lastSample = seconds();
          this.samples.push({ seconds: lastSample, nodes: await this.#look() });
          if (lastSample >= options.warmUp) this.heapsAfterWarmUp ??= this.heaps.map((heap) => heap.read());
          if (this.samples.length % 20 === 0) say(`${lastSample.toFixed(0)} s: ${JSON.stringify(this.samples.at(-1).nodes)} ${JSON.stringify(this.counts)}`);
        }
        await sleep(100);
      }
      await restart;
    } finally {
      for (const visitor of visitors) await visitor.leave();
    }
  }

  /**
   * Slope of each node's memory after the warm-up: what is resident, the same without what is kept for messages to come (which grows
   * towards a bound that so few clients do not reach), what is kept, and what else is in use on its heap, whose growth is also told for each client that came to the node, and by size of block.
   */
  #memory() {
    const { options } = this;
    const rest = this.samples.filter(({ seconds }) => seconds >= options.warmUp);
    const trend = (values) => {
      const points = rest.map(({ seconds, nodes }) => [seconds, values(nodes)]);
      const mean = points.reduce((sum, [, kb]) => sum + kb, 0) / points.length;
      const slope = slopeOf(points);
      return { mean_kb: Math.round(mean), slope_kb_per_minute: slope * 60, growth_percent: (100 * slope * (options.seconds - options.warmUp)) / mean };
    };
    const nodes = this.cluster.nodes.map((_, i) => {
      const resident = trend((all) => all[i].rss_kb);
      const heap = this.heaps[i];
      if (!heap) return { resident };
      const inUse = trend((all) => all[i].heap_kb);
      const clientsPerMinute = (60 * options.churn) / options.nodes;
      const before = this.heapsAfterWarmUp?.[i];
      const sizes = before ? growth(before, heap.read()).slice(0, 6).map(({ upTo, blocks, bytes }) => ({ up_to_bytes: upTo, blocks, kb: bytes / 1024 })) : [];
      const kept = trend((all) => all[i].kept_kb);
      return { resident, resident_used: trend((all) => all[i].rss_kb - all[i].kept_kb), kept, heap: { ...inUse, slope_bytes_per_client: (1024 * inUse.slope_kb_per_minute) / clientsPerMinute, sizes } };
    });
    return { memory: nodes };
  }

  /** Every client has gone: so have its session, its sockets, its rooms, its descriptors. */
  async #checkNothingStays(base) {
    const { nodes } = this.cluster;
    await this.cluster.agree({ timeout: 20_000 });
    let last;
    try {
      await eventually("nothing stays of those who left", async () => {
        last = await Promise.all(nodes.map(async (node) => ({
          sessions: await node.metric('signaling_sessions{transport="polling"}') + await node.metric('signaling_sessions{transport="websocket"}'),
          sockets: await node.metric("signaling_sockets"), memberships: await node.metric("signaling_room_memberships"), ...(await look(node, this.heaps[node.index])),
        })));
        return last.every(({ sessions, sockets, memberships, descriptors, threads }, i) =>
          sessions === 0 && sockets === 0 && memberships === 0 && descriptors <= base[i].descriptors + 2 && threads <= base[i].threads);
      }, 90_000);
    } catch (error) {
      error.message += `: ${JSON.stringify({ base, last })}`;
      throw error;
    }
    return { base, last };
  }
}

/** Fails where the run was not clean. @param {object} result  of `Soak.run` */
export function check(soak, result, { judgesMemory }) {
  assert.deepEqual(soak.problems.slice(0, 5), [], `${soak.problems.length} problems`);
  assert.ok(result.counts.sent > 0 && result.counts.received > 0, JSON.stringify(result.counts));
  if (!judgesMemory) return;
  for (const [i, { resident, resident_used: used, heap }] of result.memory.entries()) {
    for (const [what, { growth_percent: percent }] of Object.entries(heap ? { resident_used: used, heap } : { resident })) {
      assert.ok(percent <= soak.options.maxGrowth, `memory (${what}) of node-${i} grew by ${percent.toFixed(1)} % after the warm-up`);
    }
  }
}

async function main() {
  const names = { ...Object.fromEntries(Object.keys(defaults).map((name) => [name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`), name])), "warm-up": "warmUp" };
  const { values } = parseArgs({
    options: { ...Object.fromEntries(Object.keys(names).map((name) => [name, { type: "string" }])), out: { type: "string" }, help: { type: "boolean", default: false } },
  });
  if (values.help) return console.log(usage);
  const options = {};
  for (const [name, key] of Object.entries(names)) {
    if (values[name] === undefined) continue;
    options[key] = Number(values[name]);
    if (!(options[key] >= 0)) throw new Error(`--${name} must be a number, 0 or above`);
  }
  const soak = new Soak(options);
  const result = await soak.run({ say: console.log });
  if (values.out) writeFileSync(values.out, `${JSON.stringify({ result, samples: soak.samples, problems: soak.problems })}\n`);
  console.log(JSON.stringify(result, undefined, 1));
  check(soak, result, { judgesMemory: slowness === 1 });
  console.log("clean");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  main().then(() => process.exit(0), (error) => {
    console.error(`soak: ${error.message}`);
    process.exit(1);
  });
}
