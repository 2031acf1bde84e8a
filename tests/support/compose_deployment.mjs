// The shipped compose files in Docker, as a deployment that scenarios run over.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";

import { Compose, docker } from "./compose.mjs";
import { Deployment, readiness } from "./deployment.mjs";
import { temporaryDirectory } from "./redis.mjs";
import { eventually } from "./server.mjs";

const stackOf = { plain: ["docker-compose.yml"], passthrough: ["docker-compose.yml", "docker-compose.passthrough.yml"], scalable: ["docker-compose.scale.yml"] };

export class ComposeDeployment extends Deployment {
  /** @param {{isScalable?: boolean, isPassthrough?: boolean, env?: object}} [options]  env: variables of the compose files */
  static async start({ isScalable = false, isPassthrough = false, env = {} } = {}) {
    const deployment = new ComposeDeployment();
    const files = stackOf[isScalable ? "scalable" : isPassthrough ? "passthrough" : "plain"];
    deployment.compose = await Compose.up({ files, env });
    try {
      await deployment.#learn(isScalable);
    } catch (error) {
      error.message += `\n${await deployment.compose.logs(undefined, { tail: 40 })}`;
      await deployment.compose.down();
      throw error;
    }
    return deployment;
  }

  async #learn(isScalable) {
    const { compose } = this;
    this.isScalable = isScalable;
    this.ca = compose.ca;
    this.caFile = path.join(temporaryDirectory(), "ca.crt");
    writeFileSync(this.caFile, this.ca);
    this.statsUrl = `${await compose.statsUrl()}/`;
    const [{ name }] = await compose.containers("haproxy");
    const { Networks } = (await compose.inspect(name)).NetworkSettings;
    this.gateway = Object.entries(Networks).find(([network]) => network.endsWith("_outside"))[1].Gateway;
    this.nodes = [];
    await this.#findNodes();
    this.redis = { restartEmpty: (options) => this.#restartRedis(options) };
    await this.settled();
  }

  async #findNodes() {
    const containers = (await this.compose.containers()).filter(({ service }) => /^sig\d?$/.test(service));
    this.nodes = this.nodes.filter(({ container }) => containers.some(({ name }) => name === container));
    for (const { name, service } of containers) {
      if (this.nodes.some(({ container }) => container === name)) continue;
      const node = new ComposeNode(this, service === "sig" ? name : service, name, service);
      await node.locate();
      this.nodes.push(node);
    }
    this.nodes.sort((one, other) => (one.name < other.name ? -1 : 1));
  }

  /** Killed, away for a while, started again: it has nothing on disk. */
  async #restartRedis({ after = 0 } = {}) {
    await this.compose.kill("redis");
    await new Promise((resolve) => setTimeout(resolve, after));
    await this.compose.start("redis");
    await this.compose.healthy({ services: ["redis"] });
  }

  async scale(count) {
    await this.compose.scale("sig", count);
    await this.#findNodes();
    assert.equal(this.nodes.length, count);
    await this.settled();
  }

  /**
   * Docker hands on what comes to the published port: from loopback as its bridge's own address, from others as they are.
   * The second one comes to this machine's own address, and so from it.
   */
  get sources() {
    const [own] = Object.values(os.networkInterfaces()).flat().filter(({ internal, family }) => !internal && family === "IPv4");
    return [{ options: {}, expected: this.gateway }, { options: { host: own.address }, expected: own.address }];
  }

  get url() {
    return this.compose.url;
  }

  /** Another certificate of the same authority: one that names more. */
  async makeCertificate(...names) {
    this.compose.env.SIGNALING_NAMES = names.join(",");
    await this.compose.run(["up", "-d", "--no-build", "--no-deps", "certificates"]);
    await eventually("the new certificate is made", async () => {
      const [{ state, exitCode }] = await this.compose.containers("certificates");
      return state === "exited" && exitCode === 0;
    }, 20_000);
  }

  async stop() {
    await this.compose.down();
  }
}

class ComposeNode {
  constructor(deployment, name, container, service) {
    Object.assign(this, { deployment, name, container, service, isRunning: true });
  }

  async locate() {
    this.address = await this.deployment.compose.address(this.container);
    this.adminUrl = `http://${this.address}:9464`;
  }

  #docker(...args) {
    return docker(args, { timeout: 120_000 });
  }

  async start() {
    await this.#docker("start", this.container);
    await this.locate();
    this.isRunning = true;
    await eventually(`${this.name} is ready`, async () => (await readiness(this)).code === 200, 20_000);
  }

  /** `docker stop` with the grace period that the compose file gives. */
  async stop() {
    await this.#docker("stop", this.container);
    this.isRunning = false;
    const { State } = await this.deployment.compose.inspect(this.container);
    assert.equal(State.ExitCode, 0, `${this.name} did not end cleanly:\n${await this.log()}`);
  }

  async kill() {
    this.isRunning = false;
    await this.#docker("kill", this.container);
  }

  signal(name) {
    // Not `docker kill -s`, after which Docker restarts the container no more: see deploy/README.md.
    return this.#docker("exec", this.container, "sh", "-c", `kill -${name.replace("SIG", "")} 1`);
  }

  /** Of all replicas, where the service has several. */
  log() {
    return this.deployment.compose.logs(this.service);
  }
}
