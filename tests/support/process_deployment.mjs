// The shipped configuration without Docker: redis-server, four processes of the build under test and HAProxy, each node on a
// loopback address of its own, so that ports are the same on all of them as they are in containers.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";

import { Balancer } from "./balancer.mjs";
import { Deployment, readiness } from "./deployment.mjs";
import { NameServer } from "./dns.mjs";
import { RedisServer, freePort, temporaryDirectory } from "./redis.mjs";
import { eventually, repository, startServer } from "./server.mjs";

const shipped = (file) => path.join(repository, file);

export class ProcessDeployment extends Deployment {
  /**
   * @param {object} [options]
   * @param {boolean} [options.isScalable]     any number of nodes, which HAProxy finds by name (haproxy-scale.cfg)
   * @param {boolean} [options.isPassthrough]  TLS is done by the nodes (haproxy-passthrough.cfg)
   * @param {object} [options.set]             keys to override, of every node
   * @param {object} [options.env]             variables of HAProxy's configuration
   */
  static async start(options = {}) {
    const deployment = new ProcessDeployment();
    try {
      await deployment.#start(options);
    } catch (error) {
      await deployment.abandon();
      throw error;
    }
    return deployment;
  }

  nodes = [];

  async #start({ isScalable = false, isPassthrough = false, set = {}, env = {} }) {
    this.isScalable = isScalable;
    this.directory = temporaryDirectory();
    this.makeCertificate();
    const password = "a password of the test's own";
    this.redis = await RedisServer.start({ password });
    [this.port, this.statsPort, this.nodePort, this.adminPort] = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
    this.env = { REDIS_URL: `redis://127.0.0.1:${this.redis.port}`, REDIS_PASSWORD: password, ADMIN_TOKEN: "sixteen bytes or more" };
    // HAProxy comes from loopback here, which in a container only the container itself does.
    this.set = { "proxy.trusted": "127.0.0.0/8", ...set };
    if (isPassthrough) {
      Object.assign(this.set, { "listen.tls.certificate_file": this.file("server.crt"), "listen.tls.key_file": this.file("server.key") });
    }
    await Promise.all([1, 2, 3, 4].map((number) => this.#addNode(number)));
    this.balancer = await Balancer.start({
      config: shipped(`deploy/${isScalable ? "haproxy-scale.cfg" : isPassthrough ? "haproxy-passthrough.cfg" : "haproxy.cfg"}`),
      env: {
        SIGNALING_BIND: `127.0.0.1:${this.port}`, SIGNALING_STATS_BIND: `127.0.0.1:${this.statsPort}`, SIGNALING_PEM: this.file("server.pem"),
        SIGNALING_MAX_CONNECTIONS: "2000",  // what the file descriptors of a machine for tests are enough for
        ...(await this.#places()), ...env,
      },
      statsUrl: this.statsUrl,
    });
    await this.settled();
  }

  /** Where HAProxy finds the nodes, as variables of its configuration. */
  async #places() {
    if (!this.isScalable) {
      return Object.fromEntries(this.nodes.flatMap(({ name, address }) => [
        [name.toUpperCase(), `${address}:${this.nodePort}`], [`${name.toUpperCase()}_ADMIN_PORT`, String(this.adminPort)]]));
    }
    this.names = await NameServer.start("sig", this.nodes.map(({ address }) => address));
    return { SIG: `sig:${this.nodePort}`, SIG_ADMIN_PORT: String(this.adminPort), SIGNALING_RESOLVER: `127.0.0.1:${this.names.port}` };
  }

  /** Starts further nodes, or stops the last ones in order, while the others go on; resolves when HAProxy knows. */
  async scale(count) {
    if (count > this.nodes.length) {
      const numbers = Array.from({ length: count - this.nodes.length }, (_, i) => this.nodes.length + 1 + i);
      await Promise.all(numbers.map((number) => this.#addNode(number)));
      this.names.addresses = this.nodes.map(({ address }) => address);
    } else {
      const leaving = this.nodes.splice(count);
      // As a container: its name is there until it has ended.
      await Promise.all(leaving.map((node) => node.stop()));
      this.names.addresses = this.nodes.map(({ address }) => address);
    }
    await this.settled();
  }

  /** An authority and a certificate of it, by the shipped script; again: another certificate of the same authority. */
  makeCertificate(...names) {
    execFileSync("bash", [shipped("deploy/certificates.sh"), this.directory, ...names], { stdio: ["ignore", "ignore", "pipe"] });
    this.caFile = this.file("ca.crt");
    this.ca = readFileSync(this.caFile);
  }

  /** Path of a file that belongs to this deployment. */
  file(name) {
    return path.join(this.directory, name);
  }

  /** Addresses that clients may come from: what makes them come from there, and what the nodes have to see. */
  sources = ["127.0.0.9", "127.0.0.10"].map((localAddress) => ({ options: { localAddress }, expected: localAddress }));

  get url() {
    return `https://localhost:${this.port}`;
  }

  get statsUrl() {
    return `http://127.0.0.1:${this.statsPort}/`;
  }

  async #addNode(number) {
    const node = new ProcessNode(this, number);
    this.nodes.push(node);
    this.nodes.sort((one, other) => one.number - other.number);
    await node.start();
  }

  async stop() {
    try {
      await this.balancer.stop();
      await Promise.all(this.running.map((node) => node.stop()));
    } finally {
      await this.abandon();
    }
  }

  /** After a failure: whatever is left is ended. */
  async abandon() {
    this.names?.stop();
    await Promise.all([this.balancer?.stop(), ...this.running.map((node) => node.kill()), this.redis?.stop()]);
  }
}

class ProcessNode {
  constructor(deployment, number) {
    Object.assign(this, { deployment, number, name: `sig${number}`, address: `127.0.1.${number}`, past: "" });
  }

  get adminUrl() {
    return `http://${this.address}:${this.deployment.adminPort}`;
  }

  get isRunning() {
    return Boolean(this.server && !this.server.end);
  }

  async start() {
    const { deployment, address } = this;
    this.past += this.server?.output ?? "";
    this.server = undefined;
    this.server = await startServer({
      config: shipped(`config/cluster/${deployment.isScalable ? "sig" : this.name}.toml`),
      env: deployment.env,
      set: {
        "listen.address": address, "listen.port": deployment.nodePort, "admin.address": address, "admin.port": deployment.adminPort,
        "node.name": this.name, ...deployment.set,
      },
    });
    await eventually(`${this.name} is ready`, async () => (await readiness(this)).code === 200, 10_000);
  }

  stop() {
    return this.server.stop();
  }

  kill() {
    return this.server.kill();
  }

  signal(name) {
    this.server.child.kill(name);
  }

  async log() {
    return this.past + (this.server?.output ?? "");
  }
}
