// Several nodes of the build under test on one Redis, or on what else an adapter connects them by.

import path from "node:path";

import { FaultProxy } from "./fault_proxy.mjs";
import { eventually, repository, startServer } from "./server.mjs";

export const clusterConfig = path.join(repository, "tests/cluster/cluster.toml");

/** Gauge of the adapter: nodes that it knows to be alive, itself included. */
export const aliveMetric = "signaling_plugin_redis_adapter_nodes_alive";

/** Small and repeatable numbers below a bound. */
export function randomNumbers(seed) {
  let state = seed >>> 0;
  return (bound) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  };
}

let clusters = 0;

export class Cluster {
  /**
   * @param {object} options
   * @param {number} options.nodes
   * @param {{settings: object}} options.redis     server or set of servers of redis.mjs or redis_sets.mjs; of nats.mjs with `adapter`
   * @param {string} [options.adapter]             the one that `config` names
   * @param {boolean} [options.links]              each node reaches Redis through a proxy of its own: `cluster.links[i]`
   * @param {number} [options.lease]               of the adapter, in milliseconds
   * @param {object} [options.set]                 further keys, of every node
   * @param {number} [options.seed]                of the random choice of nodes
   * @param {(index: number) => object} [options.env]  further environment of a node
   */
  static async start({ nodes, redis, adapter = "redis_adapter", links = false, lease, set = {}, seed = 1, config = clusterConfig, env }) {
    const cluster = new Cluster();
    Object.assign(cluster, { redis, adapter, config, env, nodes: [], links: [], random: randomNumbers(seed), isLinked: links });
    cluster.prefix = `test-${process.pid}-${++clusters}`;
    cluster.set = { [`plugins.${adapter}.prefix`]: cluster.prefix, ...set };
    if (lease) cluster.set[`plugins.${adapter}.lease`] = `${lease}ms`;
    if (lease && adapter === "redis_adapter") cluster.set["plugins.redis_adapter.command_timeout"] = `${Math.min(2000, lease / 2)}ms`;
    for (const [key, value] of Object.entries(redis.settings)) cluster.set[`plugins.${adapter}.${key}`] = value;
    try {
      await Promise.all(Array.from({ length: nodes }, (_, i) => cluster.startNode(i)));
      await cluster.agree();
    } catch (error) {
      await cluster.abandon();
      throw error;
    }
    return cluster;
  }

  /** Starts a node in the place of that number; a dead one may be replaced. */
  async startNode(index, set = {}) {
    const values = { ...this.set, "node.name": `node-${index}`, ...set };
    if (this.isLinked) {
      this.links[index] ??= await FaultProxy.start({ port: this.redis.port });
      values["plugins.redis_adapter.url"] = this.redis.url({ port: this.links[index].port });
    }
    const node = await startServer({ config: this.config, set: values, env: this.env?.(index) });
    node.index = index;
    this.nodes[index] = node;
    return node;
  }

  get alive() {
    return this.nodes.filter((node) => !node.end);
  }

  randomNode() {
    const { alive } = this;
    return alive[this.random(alive.length)];
  }

  /** Every node knows `count` nodes, its core as well as its adapter, and is ready. */
  async agree({ count = this.alive.length, timeout = 10_000, nodes = this.alive } = {}) {
    let seen;
    try {
      await eventually("the nodes know each other", async () => {
        seen = await Promise.all(nodes.map(async (node) => {
          const [alive, others] = await node.metrics(`signaling_plugin_${this.adapter}_nodes_alive`, "signaling_cluster_other_nodes");
          return { node: node.index, alive, others, ...(await readiness(node)) };
        }));
        return seen.every(({ alive, others, status }) => alive === count && others === count - 1 && status === "ready");
      }, timeout);
    } catch (error) {
      error.message += `: ${count} expected, ${JSON.stringify(seen)}`;
      throw error;
    }
  }

  /** Sum of a metric over nodes. */
  async sum(metric, nodes = this.alive) {
    return (await Promise.all(nodes.map((node) => node.metric(metric)))).reduce((sum, value) => sum + value, 0);
  }

  async stopLinks() {
    await Promise.all(this.links.filter(Boolean).map((link) => link.stop()));
    this.links = [];
  }

  /** Ends all nodes by SIGTERM and holds them to a clean end. Those that were killed before are looked at for sanitizer reports. */
  async stop() {
    try {
      await Promise.all(this.nodes.map((node) => (node.end ? node.assertNoSanitizerReport() : node.stop())));
    } finally {
      await this.abandon();
    }
  }

  /** After a failure: whatever is left is ended. */
  async abandon() {
    await Promise.all(this.nodes.filter((node) => node && !node.end).map((node) => {
      node.child.kill("SIGKILL");
      return node.ended;
    }));
    await this.stopLinks();
  }
}

/** What /readyz answers: HTTP status as `code`, and the fields of its body. */
export async function readiness(node) {
  const response = await fetch(`${node.adminUrl}/readyz`, { signal: AbortSignal.timeout(5000) });
  return { code: response.status, ...(await response.json()) };
}
