// The compose files as they are shipped, brought up in Docker under a project name of their own and on a free port.

import assert from "node:assert/strict";
import { execFile, execFileSync, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import net from "node:net";
import path from "node:path";
import { promisify } from "node:util";

import { eventually, repository } from "./server.mjs";

const execute = promisify(execFile);
const projectPrefix = "signaling-test-";
const running = new Set();
let projects = 0;

// What a test that failed leaves behind is taken down with its process.
process.on("exit", () => {
  for (const project of running) spawnSync("docker", ["compose", "-p", project, "down", "-v", "--remove-orphans", "-t", "0"], { stdio: "ignore" });
});

/** Runs docker and gives its standard output; fails with all that it said. `timeout` in milliseconds. */
export async function docker(args, { timeout = 60_000, env = {} } = {}) {
  try {
    const { stdout } = await execute("docker", args, {
      cwd: repository, timeout, killSignal: "SIGKILL", maxBuffer: 64 << 20, env: { ...process.env, DOCKER_BUILDKIT: "1", ...env },
    });
    return stdout;
  } catch (error) {
    const why = error.killed ? `not within ${timeout} ms` : `exit code ${error.code}`;
    throw new Error(`docker ${args.join(" ")}: ${why}\n${error.stdout ?? ""}${error.stderr ?? ""}`);
  }
}

/** Objects of a `--format json` answer, which is one array or one object a line, by version. */
function objects(text) {
  const trimmed = text.trim();
  if (trimmed === "") return [];
  return trimmed.startsWith("[") ? JSON.parse(trimmed) : trimmed.split("\n").map((line) => JSON.parse(line));
}

async function freePort() {
  const server = net.createServer().listen(0);
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Takes down what processes left that were killed: their projects carry their numbers. */
async function removeLeftovers() {
  for (const { Name } of objects(await docker(["compose", "ls", "-a", "--format", "json"]))) {
    const pid = Name.startsWith(projectPrefix) && Number(Name.slice(projectPrefix.length).split("-")[0]);
    if (pid && !existsSync(`/proc/${pid}`)) await docker(["compose", "-p", Name, "down", "-v", "--remove-orphans", "-t", "0"], { timeout: 120_000 });
  }
}

export class Compose {
  /**
   * Builds the image, starts everything, and waits until every service is well and HAProxy has found the nodes.
   * @param {object} [options]
   * @param {string[]} [options.files]              below deploy/; default: docker-compose.yml
   * @param {Record<string, number>} [options.scale]  replicas by service
   * @param {Record<string, string>} [options.env]  the compose files' variables
   * @param {boolean} [options.build]               false: the image that an earlier test built
   * @param {number} [options.timeout]              of the build, in milliseconds; nothing may be in the cache yet
   */
  static async up({ files = ["docker-compose.yml"], scale = {}, env = {}, build = true, timeout = 1_500_000 } = {}) {
    await removeLeftovers();
    // As deploy/README.md says: containers read what is mounted as users of their own.
    execFileSync("chmod", ["-R", "go+rX", path.join(repository, "config"), path.join(repository, "deploy")]);
    const compose = new Compose();
    compose.project = `${projectPrefix}${process.pid}-${++projects}`;
    compose.files = files.flatMap((file) => ["-f", path.join(repository, "deploy", file)]);
    compose.replicas = scale;
    compose.port = await freePort();
    compose.env = {
      SIGNALING_IMAGE: "signaling-test",
      SIGNALING_PORT: String(compose.port),
      // Reached from this machine by the container's address; loopback is the container's own.
      SIGNALING_STATS_BIND: ":8404",
      // What this machine trusts, npm trusts in the build.
      SIGNALING_BUILD_CA: process.env.SIGNALING_BUILD_CA
        ?? [process.env.NODE_EXTRA_CA_CERTS, "/etc/ssl/certs/ca-certificates.crt"].find((file) => file && existsSync(file)) ?? "/dev/null",
      ...env,
    };
    running.add(compose.project);
    try {
      let started = Date.now();
      if (build) await compose.run(["build"], { timeout });
      compose.buildMilliseconds = Date.now() - started;
      started = Date.now();
      await compose.run(["up", "-d", "--no-build", ...compose.scaleArguments()], { timeout: 180_000 });
      await compose.settled();
      compose.startMilliseconds = Date.now() - started;
      compose.ca = await compose.run(["exec", "-T", "haproxy", "cat", "/certificates/ca.crt"]);
    } catch (error) {
      error.message += `\n${await compose.logs().catch((logError) => logError.message)}`;
      await compose.down().catch(() => {});
      throw error;
    }
    return compose;
  }

  get url() {
    return `https://localhost:${this.port}`;
  }

  scaleArguments() {
    return Object.entries(this.replicas).flatMap(([service, count]) => ["--scale", `${service}=${count}`]);
  }

  /** `docker compose ARGS` in this project. */
  run(args, options = {}) {
    return docker(["compose", ...this.files, "-p", this.project, ...args], { env: this.env, ...options });
  }

  /** All containers, or those of one service: {name, service, state: running|exited…, health: healthy|unhealthy|starting|"", exitCode}. */
  async containers(service) {
    const all = objects(await this.run(["ps", "-a", "--format", "json", ...(service ? [service] : [])]));
    return all.map(({ Name, Service, State, Health, ExitCode }) => ({ name: Name, service: Service, state: State, health: Health, exitCode: ExitCode }));
  }

  /** Everything that is to run runs and is well, and what is to end has ended well. */
  async healthy({ services, timeout = 120_000 } = {}) {
    let seen = [];
    try {
      await eventually("all containers are well", async () => {
        seen = await this.containers();
        if (services) seen = seen.filter(({ service }) => services.includes(service));
        return seen.length > 0 && seen.every(({ service, state, health, exitCode }) =>
          service === "certificates" ? state === "exited" && exitCode === 0 : state === "running" && health === "healthy");
      }, timeout);
    } catch (error) {
      error.message += `: ${JSON.stringify(seen)}`;
      throw error;
    }
  }

  /** Everything is well, and clients reach every node. */
  async settled(options) {
    await this.healthy(options);
    await this.balanced(options);
  }

  /** What `docker inspect` tells of a container. */
  async inspect(name) {
    return JSON.parse(await docker(["inspect", name]))[0];
  }

  /** Address of a container in the network that the services share; this machine reaches it too. */
  async address(name) {
    const { NetworkSettings } = await this.inspect(name);
    const network = Object.entries(NetworkSettings.Networks).find(([network]) => network.endsWith("_inside"));
    assert.ok(network?.[1].IPAddress, `${name} has no address in the inner network`);
    return network[1].IPAddress;
  }

  /** http://… of a node's admin port. Changes where the container is made anew. */
  async adminUrl(name) {
    return `http://${await this.address(name)}:9464`;
  }

  /** http://… of HAProxy's statistics. */
  async statsUrl() {
    const [{ name }] = await this.containers("haproxy");
    return `http://${await this.address(name)}:8404`;
  }

  /** HAProxy's view of the nodes that have an address: name to status, such as UP or DOWN. */
  async servers() {
    const text = await (await fetch(`${await this.statsUrl()}/;csv`, { signal: AbortSignal.timeout(5000) })).text();
    const [head, ...lines] = text.replace(/^# /, "").trim().split("\n").map((line) => line.split(","));
    const [proxy, name, status] = ["pxname", "svname", "status"].map((column) => head.indexOf(column));
    return Object.fromEntries(lines.filter((line) => line[proxy] === "nodes" && line[name] !== "BACKEND" && !line[status].startsWith("MAINT"))
      .map((line) => [line[name], line[status]]));
  }

  /** HAProxy sends clients to every node that runs, and to no other. */
  async balanced({ timeout = 30_000 } = {}) {
    let seen;
    try {
      await eventually("HAProxy has found the nodes", async () => {
        const nodes = (await this.containers()).filter(({ service, state }) => service.startsWith("sig") && state === "running").length;
        const servers = await this.servers().catch(() => ({}));
        seen = { nodes, servers };
        return Object.values(servers).filter((status) => status === "UP").length === nodes;
      }, timeout);
    } catch (error) {
      error.message += `: ${JSON.stringify(seen)}`;
      throw error;
    }
  }

  exec(service, command, { index = 1, ...options } = {}) {
    return this.run(["exec", "-T", "--index", String(index), service, ...command], options);
  }

  /** SIGKILL; resolves at once. */
  kill(service) {
    return this.run(["kill", service]);
  }

  /** SIGTERM, and SIGKILL after `seconds`; default: the service's own stop_grace_period. Resolves when it has ended. */
  stop(service, seconds) {
    return this.run(["stop", ...(seconds === undefined ? [] : ["-t", String(seconds)]), service], { timeout: 120_000 });
  }

  start(service) {
    return this.run(["start", service]);
  }

  restart(service) {
    return this.run(["restart", service], { timeout: 120_000 });
  }

  /** Makes that many replicas while the others go on; resolves when clients reach all of them. */
  async scale(service, count) {
    this.replicas[service] = count;
    await this.run(["up", "-d", "--no-build", "--no-recreate", ...this.scaleArguments()], { timeout: 180_000 });
    await this.settled();
  }

  /** What a service (or all) has said so far. */
  logs(service, { tail = "all" } = {}) {
    return this.run(["logs", "--no-color", "--tail", String(tail), ...(service ? [service] : [])]);
  }

  /** Ends everything and removes containers, networks and volumes; nothing may be left. */
  async down() {
    await this.run(["down", "-v", "--remove-orphans"], { timeout: 180_000 });
    running.delete(this.project);
    const label = `label=com.docker.compose.project=${this.project}`;
    for (const kind of ["container", "network", "volume"])
      assert.equal(await docker([kind, "ls", ...(kind === "container" ? ["-a"] : []), "-q", "--filter", label]), "", `${kind}s are left`);
  }
}
