// Names of rooms and namespaces that mean something to Redis: patterns, hash tags, ends of lines, the adapter's own channels and
// keys. Two nodes share a real Redis, then a Redis Cluster: each name is one room, on both nodes, and nobody else hears it.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { ask, collect, connect, Wire } from "../support/clients.mjs";
import { Cluster } from "../support/cluster.mjs";
import { RedisServer } from "../support/redis.mjs";
import { RedisCluster } from "../support/redis_sets.mjs";
import { eventually } from "../support/server.mjs";

const names = (prefix) => [
  "*", "?", "**", "[a-z]", "[^x]", "\\*", "a*", "a?", "aa", "ab", "{", "}", "{}", "{a}", "{b}", "{a}{b}", "}{", "{a", " ", "  ", "a ", " a", "a b", "\n", "\r\n", "a\nb", "\0", "a\0", "a\0b",
  "\r\n*1\r\n$8\r\nFLUSHALL\r\n", "$-1", ":1", "+OK", "-ERR", "*3\r\n$7\r\nPUBLISH", "'", '"', "`", "$(x)", ";", "%s%n", "../..", "\u2028", "\u{10FFFF}", "ä", "a\u0308", "\x7f", "\x1e", "\x1b[2J",
  "all", "mark", "t:a", "n:AAAA", "p:AAAA", ":t:a", `${prefix}:all`, `${prefix}:{0}:t:a`, `${prefix}:{0}:mark`, `__keyspace@0__:*`, "__redis__:invalidate", "x".repeat(256), `${"{".repeat(255)}*`,
];

/** Control characters: the core takes no such room. */
const isRoom = (name) => !/[\0-\x1f\x7f]/.test(name);
/** No comma or question mark, which end them in a packet, and no slash in what a pattern of the application matches. */
const isNamespace = (name) => /^[!-~]*$/.test(name) && !/[,/?]/.test(name) && name.length < 200;

/** A socket in a namespace, by hand: the official client would take the name for a part of a URL. */
class Member {
  static async enter(node, name) {
    const member = new Member();
    Object.assign(member, { wire: await Wire.session(node), name, heard: [], answers: [] });
    member.wire.send(`40${name},`);
    const answer = await member.wire.next();
    assert.ok(answer.startsWith(`40${name},{"sid":`), answer);
    void member.#read();
    return member;
  }

  async #read() {
    try {
      for (;;) {
        const message = await this.wire.next(60_000);
        const type = message.slice(0, 2);
        const rest = message.slice(3 + this.name.length);
        if (type === "43") this.answers.push(rest);
        else if (!rest.startsWith('["welcome"')) this.heard.push(rest);
      }
    } catch {
      // closed
    }
  }

  /** @param {string} argument  JSON @returns {Promise<string>} the answer as it came */
  async ask(event, argument) {
    this.wire.send(`42${this.name},1["${event}",${argument}]`);
    await eventually(`an answer to ${event}`, () => this.answers.length > 0);
    return this.answers.shift();
  }
}

for (const [kind, start] of [["Redis", () => RedisServer.start()], ["Redis Cluster", () => RedisCluster.start()]]) {
  describe(kind, () => {
    let redis;
    let cluster;
    let rooms;
    before(async () => {
      redis = await start();
      cluster = await Cluster.start({ nodes: 2, redis, set: { "socketio.max_rooms_per_socket": 1000, "socketio.max_namespaces_per_client": 1000 } });
      rooms = names(cluster.prefix).filter(isRoom);
    });
    after(async () => {
      try {
        await cluster?.stop();
      } finally {
        await redis?.stop();
      }
    });

    test("each room is heard by its members on both nodes, and by nobody else", async () => {
      const { nodes } = cluster;
      const members = await Promise.all(rooms.flatMap((room, i) => nodes.map(async (node) => {
        const socket = await connect(node, "/kitchen", { transports: ["websocket"] });
        assert.equal(await ask(socket, "join", { room }), "ok", JSON.stringify(room));
        return { socket, heard: collect(socket, "news"), expected: [i] };
      })));
      const stranger = await connect(nodes[1], "/kitchen");
      const strange = collect(stranger, "news");
      const sender = await connect(nodes[0], "/kitchen");
      await eventually("every room has both members", async () => {
        const counts = await Promise.all(rooms.map(async (room) => (await ask(sender, "query", { rooms: [room], projection: "count" })).count));
        return counts.every((count) => count === 2);
      });
      for (const [i, room] of rooms.entries()) await ask(sender, "emit", { rooms: [room], event: ["news", i] });
      await eventually("every member has heard", () => members.every(({ heard }) => heard.length > 0));
      // What was published first comes first: behind the last message of the slowest way nothing is left.
      await ask(sender, "emit", { event: ["news", "end"] });
      await eventually("the end has come", () => members.every(({ heard }) => heard.at(-1)[0] === "end"));
      for (const { heard, expected } of members) assert.deepEqual(heard.flat().slice(0, -1), expected);
      assert.deepEqual(strange.flat(), ["end"]);
      for (const { socket } of members) socket.disconnect();
      for (const socket of [stranger, sender]) socket.disconnect();
    });

    test("names with control characters are no rooms", async () => {
      const socket = await connect(cluster.nodes[0], "/kitchen");
      for (const room of names(cluster.prefix).filter((name) => !isRoom(name))) assert.equal(await ask(socket, "join", { room }), "invalid", JSON.stringify(room));
      assert.deepEqual(await ask(socket, "rooms", {}), []);
      socket.disconnect();
    });

    test("presence of each is its own, of those that are no rooms too", async () => {
      const [first, second] = await Promise.all(cluster.nodes.map((node) => connect(node, "/kitchen")));
      const all = names(cluster.prefix);
      for (const [i, room] of all.entries()) {
        const put = await ask(first, "presence-put", { room, value: `value ${i}` });
        assert.equal(put.status, "ok", JSON.stringify({ room, put }));
      }
      for (const [i, room] of all.entries()) {
        const { status, others } = await ask(second, "presence-list", { room });
        assert.equal(status, "ok");
        assert.deepEqual(others.map(({ value }) => value), [`value ${i}`], JSON.stringify(room));
      }
      for (const room of all) assert.equal((await ask(first, "presence-remove", { room })).status, "ok");
      for (const socket of [first, second]) socket.disconnect();
    });

    test("each namespace is its own", async () => {
      const list = names(cluster.prefix).filter(isNamespace);
      const members = await Promise.all(list.flatMap((name) => cluster.nodes.map((node) => Member.enter(node, `/dynamic-${name}`))));
      for (const [i, name] of list.entries()) {
        const [one, other] = members.slice(2 * i, 2 * i + 2);
        await eventually("both are there", async () => (await one.ask("query", '{"projection":"count"}')).includes('"count":2'));
        await one.ask("emit", `{"event":["news",${i}]}`);
        await eventually(`the other node has heard of ${JSON.stringify(name)}`, () => other.heard.length > 0);
      }
      await Promise.all(members.map((member) => member.ask("ack", "0")));
      for (const [i, { heard }] of members.entries()) assert.deepEqual(heard, [`["news",${Math.floor(i / 2)}]`]);
      for (const { wire } of members) wire.close();
    });

    test("Redis was asked for no pattern, and holds no key that is not below the prefix", async () => {
      for (const server of redis.servers ?? [redis]) {
        const calls = await server.commandCalls();
        for (const command of ["psubscribe", "keys", "flushall", "flushdb", "config|set"]) assert.equal(calls[command], undefined, command);
        for (const key of await server.command("KEYS", "*")) assert.ok(key.startsWith(`${cluster.prefix}:`), key);
      }
    });
  });
}
