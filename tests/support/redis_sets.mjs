// Sets of Redis servers: a master with replicas under sentinels, and a cluster of masters whose slots can be moved.

import { RedisServer, freePort } from "./redis.mjs";
import { parseInfo } from "./redis_client.mjs";
import { eventually } from "./server.mjs";

/** One master with replicas, watched by sentinels that hold a vote. */
export class SentinelSet {
  static async start({ replicas = 2, sentinels = 3, password, downAfter = 1000 } = {}) {
    const set = new SentinelSet();
    set.name = "mymaster";
    set.password = password;
    const master = await RedisServer.start({ password });
    set.servers = [master];
    set.sentinels = [];
    try {
      for (let i = 0; i < replicas; i++) {
        set.servers.push(await RedisServer.start({ password, config: [`replicaof 127.0.0.1 ${master.port}`, "repl-diskless-sync-delay 0"] }));
      }
      const quorum = Math.floor(sentinels / 2) + 1;
      for (let i = 0; i < sentinels; i++) {
        const lines = [`sentinel monitor ${set.name} 127.0.0.1 ${master.port} ${quorum}`, `sentinel down-after-milliseconds ${set.name} ${downAfter}`,
          `sentinel failover-timeout ${set.name} 5000`, `sentinel parallel-syncs ${set.name} 2`];
        if (password) lines.push(`sentinel auth-pass ${set.name} ${password}`);
        set.sentinels.push(await RedisServer.start({ config: lines, args: ["--sentinel"] }));
      }
      await eventually("the sentinels know the replicas and each other", async () => {
        for (const sentinel of set.sentinels) {
          const fields = await sentinel.command("SENTINEL", "MASTER", set.name);
          const state = {};
          for (let i = 0; i < fields.length; i += 2) state[fields[i]] = fields[i + 1];
          if (Number(state["num-slaves"]) !== replicas || Number(state["num-other-sentinels"]) !== sentinels - 1) return false;
        }
        return (await set.master().info("replication")).connected_slaves === String(replicas);
      }, 20_000);
    } catch (error) {
      await set.stop();
      throw error;
    }
    return set;
  }

  get urls() {
    return this.sentinels.map((sentinel) => sentinel.url());
  }

  /** What `[plugins.redis_adapter]` needs to use this set. */
  get settings() {
    return { urls: JSON.stringify(this.urls), topology: "sentinel", sentinel_master: this.name, ...(this.password ? { password: this.password } : {}) };
  }

  /** The server that was the master last time anybody looked. */
  master() {
    return this.servers[this.masterIndex ?? 0];
  }

  /** What the sentinels say now; undefined while they disagree. */
  async agreedMaster() {
    const ports = await Promise.all(this.sentinels.map(async (sentinel) => Number((await sentinel.command("SENTINEL", "GET-MASTER-ADDR-BY-NAME", this.name))[1])));
    return ports.every((port) => port === ports[0]) ? this.servers.findIndex((server) => server.port === ports[0]) : undefined;
  }

  async waitForNewMaster(old, timeout = 20_000) {
    this.masterIndex = await eventually("the sentinels chose another master", async () => {
      const index = await this.agreedMaster();
      if (index === undefined || index === old || (await this.servers[index].info("replication")).role !== "master") return undefined;
      return { index };
    }, timeout).then(({ index }) => index);
    return this.master();
  }

  /** Every living replica has what was written to the master; one that is still being filled would lose it as the next master. */
  async replicated(timeout = 40_000) {
    const living = this.servers.filter((server) => !server.end).length;
    await eventually("the replicas have everything", async () => (await this.master().command("WAIT", living - 1, 500)) >= living - 1, timeout);
  }

  /** The master dies; resolves once the sentinels have made another. */
  async failOver() {
    const old = this.masterIndex ?? 0;
    await this.servers[old].kill();
    return this.waitForNewMaster(old);
  }

  /** The master is demoted in order, and stays as a replica. */
  async switchOver() {
    const old = this.masterIndex ?? 0;
    await this.sentinels[0].command("SENTINEL", "FAILOVER", this.name);
    return this.waitForNewMaster(old);
  }

  async stop() {
    await Promise.all([...this.sentinels, ...this.servers].map((server) => server.stop()));
  }
}

/** A Redis Cluster of masters alone. */
export class RedisCluster {
  static async start({ masters = 3, password } = {}) {
    const cluster = new RedisCluster();
    cluster.password = password;
    cluster.servers = [];
    try {
      for (let i = 0; i < masters; i++) {
        // The bus port is named: the usual one, 10,000 above, may be in use. In releases before 7.0 it cannot be.
        cluster.servers.push(await RedisServer.start({
          password,
          config: ["cluster-enabled yes", "cluster-config-file nodes.conf", "cluster-node-timeout 3000", `cluster-port ${await freePort()}`],
        }));
      }
      const { servers } = cluster;
      cluster.ids = await Promise.all(servers.map((server) => server.command("CLUSTER", "MYID")));
      for (let i = 0; i < masters; i++) {
        const [first, last] = [Math.ceil((16_384 * i) / masters), Math.ceil((16_384 * (i + 1)) / masters) - 1];
        await servers[i].command("CLUSTER", "SET-CONFIG-EPOCH", i + 1);
        await servers[i].command("CLUSTER", "ADDSLOTSRANGE", first, last);
      }
      for (const server of servers.slice(1)) {
        const bus = server.config.find((line) => line.startsWith("cluster-port ")).split(" ")[1];
        await servers[0].command("CLUSTER", "MEET", "127.0.0.1", server.port, bus);
      }
      await eventually("the cluster is complete", async () => {
        const states = await Promise.all(servers.map(async (server) => parseInfo(await server.command("CLUSTER", "INFO"))));
        return states.every((state) => state.cluster_state === "ok" && Number(state.cluster_known_nodes) === masters);
      }, 20_000);
    } catch (error) {
      await cluster.stop();
      throw error;
    }
    return cluster;
  }

  get urls() {
    return this.servers.map((server) => server.url());
  }

  get settings() {
    return { urls: JSON.stringify(this.urls), topology: "cluster" };
  }

  /** Slots of one master, in order. */
  async slotsOf(index) {
    const slots = [];
    for (const [first, last, [, port]] of await this.servers[index].command("CLUSTER", "SLOTS")) {
      if (port === this.servers[index].port) for (let slot = first; slot <= last; slot++) slots.push(slot);
    }
    return slots;
  }

  /**
   * Moves slots with their keys from one master to another while clients use them, as `redis-cli --cluster reshard` does.
   * @param {(done: number) => Promise<void>} [options.pause]  called where a slot is half moved, every 64 slots
   */
  async moveSlots(from, to, slots, { pause } = {}) {
    const target = this.servers[to];
    const others = this.servers.filter((server) => server !== this.servers[from] && server !== target);
    const source = await this.servers[from].open({ encoding: "latin1" });
    try {
      await this.#moveSlots(source, target, others, from, to, slots, pause);
    } finally {
      source.close();
    }
  }

  async #moveSlots(source, target, others, from, to, slots, pause) {
    const auth = this.password ? ["AUTH", this.password] : [];
    for (let done = 0; done < slots.length; done++) {
      const slot = slots[done];
      await target.command("CLUSTER", "SETSLOT", slot, "IMPORTING", this.ids[from]);
      await source.command("CLUSTER", "SETSLOT", slot, "MIGRATING", this.ids[to]);
      if (pause && done % 64 === 0) await pause(done);
      for (;;) {
        const keys = await source.command("CLUSTER", "GETKEYSINSLOT", slot, 100);
        if (keys.length === 0) break;
        await source.command("MIGRATE", "127.0.0.1", target.port, "", 0, 5000, ...auth, "KEYS", ...keys);
      }
      await target.command("CLUSTER", "SETSLOT", slot, "NODE", this.ids[to]);
      await source.command("CLUSTER", "SETSLOT", slot, "NODE", this.ids[to]).catch((error) => {
        // It has heard so from the other, that was its last slot, and it has become a replica.
        if (!error.message.includes("only with masters")) throw error;
      });
      await Promise.all(others.map((server) => server.command("CLUSTER", "SETSLOT", slot, "NODE", this.ids[to])));
    }
  }

  async stop() {
    await Promise.all(this.servers.map((server) => server.stop()));
  }
}
