// What a client leaves behind in a server that it came to, talked to and left: what is in use on the heap (counted/live_heap.cpp) after
// so many clients, beside resident memory, by kind of client. Memory that threads keep for messages to come (signaling_recycled_bytes)
// grows towards its bound for very many clients, and is counted apart. Each client has an address, a token, a room and a namespace that no
// other one has.
//
//   SIGNALING_BUILD_DIR=build/release node tests/bench/churn.mjs --clients 1000,10000,50000
//
// `churn.test.mjs` holds servers to it with some thousands.

import assert from "node:assert/strict";
import http from "node:http";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import WebSocket from "ws";

import { Cluster, randomNumbers } from "../support/cluster.mjs";
import { RedisServer } from "../support/redis.mjs";
import { eventually, repository, sleep, startServer, within } from "../support/server.mjs";
import { newKey, token } from "../support/tokens.mjs";
import { growth, LiveHeap } from "./counted/live_heap.mjs";
import { memoryKbOf } from "./processes.mjs";

const usage = `usage: node tests/bench/churn.mjs [options]
  --clients LIST     1000,10000; looks at the heap when so many have come and gone since the first look, after --warm-up of them
  --warm-up N        2000; of each kind
  --kinds LIST       ${["websocket", "polling", "upgrade"].join()}
  --adapter NAME     memory, or redis: two nodes
  --width N          32; at the same time
  --sizes            also tells what came since the first look by size of block
environment: SIGNALING_BUILD_DIR, default build/release; not one with sanitizers`;

const engine = "/socket.io/?EIO=4&transport=";
/** Shared by many at the same time; each client also has a room of its own, whose name comes but once. */
const sharedRooms = 10;

const config = path.join(repository, "tests/bench/churn.toml");
const key = newKey("HS256");

/** Sends packets and gets packets, over whatever transport. */
class Link {
  /** @param {string} localAddress  that it comes from */
  constructor(localAddress) {
    this.localAddress = localAddress;
    this.waiting = new Map();
    this.lost = new Promise((_, reject) => (this.lose = (why) => reject(new Error(why))));
    this.lost.catch(() => {});
  }

  /** The next packet that begins so. */
  packet(begin) {
    return within(20_000, `a packet ${begin}`, Promise.race([new Promise((resolve) => this.waiting.set(begin, resolve)), this.lost]));
  }

  take(packet) {
    if (packet === "2") return this.send("3");
    const asked = /^42(\/[^,]*,)(\d+)\[/.exec(packet);
    if (asked && this.answers) this.send(`43${asked[1]}${asked[2]}["yes"]`);
    for (const [begin, resolve] of this.waiting) {
      if (!packet.startsWith(begin)) continue;
      this.waiting.delete(begin);
      return resolve(packet);
    }
  }

  open(url) {
    this.socket = new WebSocket(url, { perMessageDeflate: false, localAddress: this.localAddress });
    this.socket.on("error", (error) => this.lose(error.message));
    this.socket.on("close", () => this.lose("closed"));
    this.socket.on("message", (data, isBinary) => isBinary || this.take(data.toString()));
    return within(20_000, "a WebSocket", Promise.race([new Promise((resolve) => this.socket.once("open", resolve)), this.lost]));
  }
}

class WebSocketLink extends Link {
  async start(server) {
    const opened = this.packet("0{");
    await this.open(server.webSocketUrl + engine + "websocket");
    await opened;
  }
  send(packet) {
    this.socket.send(packet);
  }
  close() {
    this.socket.close();
  }
  drop() {
    this.socket.terminate();
  }
}

class PollingLink extends Link {
  agent = new http.Agent({ keepAlive: true });
  posts = Promise.resolve();

  async start(server) {
    this.server = server;
    const body = await this.request("GET");
    this.sid = JSON.parse(body.slice(1)).sid;
    this.polls = this.#poll();
  }
  request(method, body) {
    return new Promise((resolve, reject) => {
      const target = `${engine}polling${this.sid ? `&sid=${this.sid}` : ""}`;
      const request = http.request({ host: "127.0.0.1", port: this.server.port, method, path: target, agent: this.agent, localAddress: this.localAddress }, (answer) => {
        let text = "";
        answer.setEncoding("utf8").on("data", (piece) => (text += piece)).on("error", reject).on("end", () => {
          if (answer.statusCode === 200) resolve(text);
          else reject(new Error(`${method}: ${answer.statusCode} ${text}`));
        });
      });
      request.on("error", reject);
      request.end(body);
    });
  }
  async #poll() {
    try {
      while (!this.isLeaving && !this.isPaused) {
        for (const packet of (await this.request("GET")).split("\x1e")) this.take(packet);
      }
    } catch (error) {
      this.lose(error.message);
    }
  }
  send(packet) {
    this.posts = this.posts.then(() => this.request("POST", packet)).catch((error) => this.lose(error.message));
  }
  async close() {
    this.isLeaving = true;
    this.send("1");
    await this.posts;
    await this.polls;
    this.agent.destroy();
  }
  /** Says nothing more: the server finds out by its heartbeat. */
  drop() {
    this.isLeaving = true;
    this.agent.destroy();
  }
}

class UpgradeLink extends PollingLink {
  async start(server) {
    await super.start(server);
    await this.open(`${server.webSocketUrl}${engine}websocket&sid=${this.sid}`);
    const answer = this.packet("3probe");
    this.socket.send("2probe");
    await answer;
    this.isPaused = true;
    await this.polls;  // the server ends it with a noop
    this.socket.send("5");
    this.send = (packet) => this.socket.send(packet);
    this.agent.destroy();
    this.close = () => this.socket.close();
    this.drop = () => this.socket.terminate();
  }
}

export const kinds = { websocket: WebSocketLink, polling: PollingLink, upgrade: UpgradeLink };

/** @returns the sid */
async function enter(link, namespace, auth) {
  const connected = link.packet(`40${namespace}{`);
  link.send(`40${namespace}${JSON.stringify(auth)}`);
  return JSON.parse((await connected).slice(2 + namespace.length)).sid;
}

/** @returns the answer's arguments */
async function ask(link, id, ...event) {
  const answer = link.packet(`43${id}[`);
  link.send(`42${id}${JSON.stringify(event)}`);
  return JSON.parse((await answer).slice(2 + String(id).length));
}

async function succeed(link, id, ...event) {
  const [{ ok, error }] = await ask(link, id, ...event);
  assert.ok(ok, JSON.stringify(error));
}

export class Churn {
  /** @param {import("../support/server.mjs").Server[]} nodes  @param {string[]} names  of kinds, in turn */
  constructor(nodes, names = Object.keys(kinds), width = 32) {
    Object.assign(this, { nodes, names, width, number: 0, random: randomNumbers(4711) });
  }

  /** So many come, talk and go. Resolves when the servers have nothing left of them but memory. */
  async run(count) {
    const end = this.number + count;
    await Promise.all(Array.from({ length: Math.min(this.width, count) }, async () => {
      while (this.number < end) await this.#visit(this.number++);
    }));
    const gauges = ["signaling_sockets", "signaling_room_memberships", "signaling_rooms", "signaling_namespaces", "signaling_connections", "signaling_plugin_redis_adapter_presence_entries"];
    let last;
    try {
      // Topics that nobody wants are kept for a while, and a node always has some of its own.
      await eventually("the servers hold nothing of those who left", async () => {
        last = await Promise.all(this.nodes.map(async (node) => {
          const text = await (await fetch(`${node.adminUrl}/metrics`)).text();
          return gauges.map((name) => Number(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, "m").exec(text)?.[1] ?? 0));
        }));
        return last.every(([sockets, memberships, rooms, namespaces, connections, entries]) => sockets + memberships + rooms + namespaces + entries === 0 && connections <= 1);
      }, 60_000);
    } catch (error) {
      error.message += `: ${gauges.join()} ${JSON.stringify(last)}`;
      throw error;
    }
  }

  async #visit(number) {
    const { random } = this;
    const link = new kinds[this.names[number % this.names.length]](`127.${1 + random(250)}.${random(250)}.${1 + random(250)}`);
    await link.start(this.nodes[random(this.nodes.length)]);
    const auth = { token: token("HS256", key, { sub: `client ${number}`, jti: `token ${number}` }) };
    const sid = await enter(link, "", auth);
    const [shared, own] = [`shared ${random(sharedRooms)}`, `of ${sid} alone`];
    await succeed(link, 1, "join", { room: shared, metadata: { number } });
    await succeed(link, 2, "join", { room: own });
    await succeed(link, 3, "message", { room: shared, data: "x".repeat(random(2000)) });
    await succeed(link, 4, "update", { room: own, metadata: { number, name: "y".repeat(random(200)) } });
    await succeed(link, 5, "peers", { room: shared });
    if (random(2) === 0) await succeed(link, 6, "leave", { room: own });
    const space = `/dynamic-${number},`;
    await enter(link, space, auth);
    link.answers = random(2) === 0;
    const question = [`${space}1`, "ask", { event: ["question", number], timeout: 60_000 }];
    if (link.answers) assert.deepEqual(await ask(link, ...question), ["yes"]);
    else link.send(`42${question[0]}${JSON.stringify(question.slice(1))}`);
    if (random(2) === 0) return link.drop();
    if (random(2) === 0) link.send("41");
    await link.close();
  }
}

/** Waits until what the servers do at leisure is done: the heap stays as it is. */
async function settled(heaps) {
  let last = heaps.map((heap) => heap.read().bytes);
  for (let i = 0; i < 20; i++) {
    await sleep(500);
    const now = heaps.map((heap) => heap.read().bytes);
    if (now.every((bytes, node) => Math.abs(bytes - last[node]) < 256)) break;
    last = now;
  }
  return heaps.map((heap) => heap.read());
}

/** The servers of `adapter` with their heaps counted. @returns {{nodes, heaps, stop}} */
export async function start(adapter) {
  const heaps = Array.from({ length: adapter === "redis" ? 2 : 1 }, () => new LiveHeap());
  const env = (index) => ({ ...heaps[index].env, SIGNALING_CHURN_SECRET: key.secret.toString(), SIGNALING_CHURN_SHARED: String(adapter === "redis") });
  const close = () => heaps.forEach((heap) => heap.close());
  try {
    if (adapter !== "redis") {
      const server = await startServer({ config, env: env(0) });
      return { nodes: [server], heaps, stop: () => server.stop().finally(close) };
    }
    const redis = await RedisServer.start();
    try {
      const cluster = await Cluster.start({ nodes: 2, redis, config, set: { "plugins.adapter": "redis_adapter" }, env });
      return { nodes: cluster.nodes, heaps, stop: () => cluster.stop().finally(() => redis.stop()).finally(close) };
    } catch (error) {
      await redis.stop();
      throw error;
    }
  } catch (error) {
    close();
    throw error;
  }
}

/**
 * @param {number[]} counts  ascending: looks when so many came and went since the first look
 * @param {(look: object) => void} [tell]  of each: clients, and by node bytes in use, kept bytes, and resident memory in KB
 * @returns {Promise<object[]>} the looks, the first one at 0; `bytes_per_client` since then
 */
export async function measure({ nodes, heaps }, { counts, warmUp, names, width }, tell = () => {}) {
  const churn = new Churn(nodes, names, width);
  const looks = [];
  const look = async (clients) => {
    const memory = await settled(heaps);
    const kept = await Promise.all(nodes.map((node) => node.metric("signaling_recycled_bytes")));
    const one = { clients, nodes: memory.map((heap, i) => ({ heap, kept: kept[i], bytes: heap.bytes - kept[i], rss_kb: memoryKbOf([nodes[i].pid], "Pss_Anon") })) };
    for (const [i, node] of one.nodes.entries()) {
      const first = looks[0]?.nodes[i] ?? node;
      node.grown = growth(first.heap, node.heap);
      node.bytes_per_client = clients > 0 ? (node.bytes - first.bytes) / clients : 0;
    }
    looks.push(one);
    tell(one);
  };
  await churn.run(warmUp);
  await look(0);
  for (const count of counts) {
    await churn.run(count - looks.at(-1).clients);
    await look(count);
  }
  return looks;
}

async function main() {
  const { values } = parseArgs({
    options: {
      clients: { type: "string", default: "1000,10000" }, "warm-up": { type: "string", default: "2000" }, kinds: { type: "string", default: Object.keys(kinds).join() },
      adapter: { type: "string", default: "memory" }, width: { type: "string", default: "32" }, sizes: { type: "boolean", default: false }, help: { type: "boolean", default: false },
    },
  });
  if (values.help) return console.log(usage);
  if (!LiveHeap.isThere) throw new Error("this build has no liblive_heap.so (SIGNALING_BUILD_DIR)");
  for (const kind of values.kinds.split(",")) {
    const servers = await start(values.adapter);
    try {
      console.log(`${kind}, ${values.adapter} adapter`);
      await measure(servers, { counts: values.clients.split(",").map(Number), warmUp: Number(values["warm-up"]), names: [kind], width: Number(values.width) }, ({ clients, nodes }) => {
        for (const [i, { bytes, kept, rss_kb: rss, bytes_per_client: each, grown }] of nodes.entries()) {
          console.log(`  ${clients} clients, node ${i}: in use ${(bytes / 1024).toFixed(1)} KB, a client ${each.toFixed(2)} B; kept ${(kept / 1024).toFixed(1)} KB; resident ${rss} KB`);
          if (values.sizes) console.log(`    by size: ${grown.slice(0, 10).map((size) => `<=${size.upTo}: ${size.blocks}`).join(", ")}`);
        }
      });
    } finally {
      await servers.stop();
    }
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  main().then(() => process.exit(0), (error) => {
    console.error(`churn: ${error.stack}`);
    process.exit(1);
  });
}
