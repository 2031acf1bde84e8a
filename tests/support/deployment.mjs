// The cluster as it is shipped, HAProxy with TLS in front of four nodes and Redis behind them, put up in one of two ways that
// the same scenarios run over: as processes of the build under test, or by the compose file in Docker.
//
// SIGNALING_DEPLOYMENT=compose chooses the second; then images are built and started, and a Docker engine has to answer.

import assert from "node:assert/strict";

import { readServers } from "./balancer.mjs";
import { eventually } from "./server.mjs";

export const deploymentKind = process.env.SIGNALING_DEPLOYMENT || "processes";

/** @param {object} [options]  see ProcessDeployment.start and ComposeDeployment.start */
export async function startDeployment(options = {}) {
  if (deploymentKind === "processes") {
    const { ProcessDeployment } = await import("./process_deployment.mjs");
    return ProcessDeployment.start(options);
  }
  assert.equal(deploymentKind, "compose", "SIGNALING_DEPLOYMENT is processes or compose");
  const { ComposeDeployment } = await import("./compose_deployment.mjs");
  return ComposeDeployment.start(options);
}

/**
 * What both ways have in common. A node (`nodes[i]`, named sig1 …) has
 *   name, address, adminUrl, isRunning,
 *   stop()      SIGTERM; resolves when it has ended, and fails unless it exited with 0
 *   kill()      SIGKILL
 *   start()     again, after stop or kill; resolves when it is ready
 *   signal(s)   any other signal
 *   log()       all that it has said so far, as text
 * and the deployment: url, ca (bytes), caFile, statsUrl, and redis with restartEmpty().
 */
export class Deployment {
  tags = new Map();

  get running() {
    return this.nodes.filter((node) => node.isRunning);
  }

  /** Options of the official client: the certificate is verified against the deployment's own authority. */
  get client() {
    return { ca: this.ca };
  }

  node(name) {
    return this.nodes.find((node) => node.name === name);
  }

  /** Which node a session or socket id is from; undefined for a node that is not known (any more). */
  nodeOf(id) {
    return this.tags.get(id.slice(0, 4));
  }

  /** HAProxy's own view of the nodes, see readServers. */
  servers() {
    return readServers(this.statsUrl);
  }

  /** What HAProxy says of that node. */
  async server(node) {
    return serverOf(node, await this.servers());
  }

  /** All running nodes are ready, know each other, and HAProxy sends them clients. Learns their tags. */
  async settled({ timeout = 30_000, count = this.running.length } = {}) {
    const nodes = this.running;
    let seen;
    try {
      await eventually("the nodes are ready and known to each other and to HAProxy", async () => {
        const servers = await this.servers();
        seen = await Promise.all(nodes.map(async (node) => ({
          node: node.name, ...(await readiness(node)), knows: await metric(node, aliveMetric), haproxy: serverOf(node, servers)?.status,
          isUp: serverOf(node, servers)?.isUp,
        })));
        return seen.every(({ status, knows, isUp }) => status === "ready" && knows === count && isUp);
      }, timeout);
    } catch (error) {
      error.message += `: ${JSON.stringify(seen)}`;
      throw error;
    }
    await this.learnTags();
  }

  async learnTags() {
    for (const node of this.running) {
      const [, tag] = /^signaling_build_info\{.*\btag="([\w-]{4})"/m.exec(await metrics(node)) ?? [];
      assert.ok(tag, `${node.name} names its tag in /metrics`);
      node.tag = tag;
      this.tags.set(tag, node);
    }
  }

  /** HAProxy has taken the node out. */
  async out(node, timeout = 15_000) {
    await eventually(`HAProxy sends ${node.name} no more clients`, async () => !(await this.server(node))?.isUp, timeout);
  }
}

/** By address, or where HAProxy tells none, by name: places that a name server fills are named in no order. */
const serverOf = (node, servers) => Object.values(servers).find(({ address }) => address.startsWith(`${node.address}:`)) ?? servers[node.name];

const aliveMetric = "signaling_plugin_redis_adapter_nodes_alive";

/** HTTP status of /readyz as `code`, and the fields of its body; `code` 0 where nobody answers. */
export async function readiness(node) {
  try {
    const response = await fetch(`${node.adminUrl}/readyz`, { signal: AbortSignal.timeout(5000) });
    return { code: response.status, ...(await response.json()) };
  } catch (error) {
    return { code: 0, status: String(error.cause?.code ?? error) };
  }
}

export async function metrics(node) {
  return (await fetch(`${node.adminUrl}/metrics`, { signal: AbortSignal.timeout(5000) })).text();
}

/** Value of one line of /metrics, named with its labels; 0 where it is absent or nobody answers. */
export async function metric(node, name) {
  let text;
  try {
    text = await metrics(node);
  } catch {
    return 0;
  }
  const line = text.split("\n").find((candidate) => candidate.startsWith(`${name} `));
  return line ? Number(line.slice(name.length + 1)) : 0;
}
