// The compose files: compose takes each combination, and no service has more rights or reach than it needs.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import path from "node:path";

import { parse } from "yaml";

import { docker } from "../support/compose.mjs";
import { repository } from "../support/server.mjs";

const combinations = {
  "docker-compose.yml": ["redis", "sig1", "sig2", "sig3", "sig4", "haproxy", "certificates"],
  "docker-compose.scale.yml": ["redis", "sig", "haproxy", "certificates"],
  "docker-compose.yml docker-compose.passthrough.yml": ["redis", "sig1", "sig2", "sig3", "sig4", "haproxy", "certificates"],
};

function compose(files, args, env) {
  return docker(["compose", ...files.split(" ").flatMap((file) => ["-f", path.join(repository, "deploy", file)]), ...args], { env });
}

async function read(files, env) {
  return JSON.parse(await compose(files, ["config", "--format", "json"], env));
}

for (const [files, expected] of Object.entries(combinations)) {
  test(`${files}: compose takes it`, async () => {
    assert.equal(await compose(files, ["config", "-q"]), "");
    const { services } = await read(files);
    for (const name of expected) assert.ok(services[name], name);
  });

  test(`${files}: every service is confined`, async () => {
    const { services, networks } = await read(files);
    for (const name of expected) {
      const service = services[name];
      assert.equal(service.read_only, true, name);
      assert.deepEqual(service.cap_drop, ["ALL"], name);
      assert.deepEqual(service.security_opt, ["no-new-privileges:true"], name);
      assert.ok(Number(service.mem_limit) > 0, name);
      assert.equal(service.restart, name === "certificates" ? "no" : "unless-stopped", name);
      if (name !== "certificates") {
        assert.ok(JSON.stringify(service.ulimits.nofile).includes("20000"), name);
        assert.doesNotMatch(JSON.stringify(service.ulimits.core), /[1-9]/, `${name} leaves no core dumps`);
        assert.ok(service.healthcheck.test || name.startsWith("sig"), name);
      }
      if (name !== "haproxy") {
        assert.equal(service.ports, undefined, `${name} publishes a port`);
        assert.ok(!service.networks || Object.keys(service.networks).join() === "inside", name);
      }
    }
    assert.equal(networks.inside.internal, true);
    assert.deepEqual(services.haproxy.ports.map(({ target, published }) => [target, published]), [[3000, "3000"]]);
  });
}

for (const files of Object.keys(combinations))
  test(`${files}: each node has its file, in a folder that is mounted as one`, async () => {
    const { services } = await read(files);
    const nodes = Object.entries(services).filter(([name]) => name.startsWith("sig"));
    assert.equal(nodes.length, files === "docker-compose.scale.yml" ? 1 : 4);
    for (const [name, { command, volumes }] of nodes) {
      assert.deepEqual(command.slice(0, 2), ["--config", `/etc/signaling/cluster/${name}.toml`]);
      assert.equal(volumes.find(({ target }) => target === "/etc/signaling/cluster").source, path.join(repository, "config/cluster"));
      assert.ok(existsSync(path.join(repository, `config/cluster/${name}.toml`)));
    }
  });

test("variables reach the services", async () => {
  const { services } = await read("docker-compose.yml", {
    SIGNALING_PORT: "8443", SIGNALING_REDIS_PASSWORD: "hush", SIGNALING_NAMES: "meet.example.org", SIGNALING_CERTIFICATE: "/a.pem",
    SIGNALING_CERTIFICATE_KEY: "/a.key", SIGNALING_MAX_CONNECTIONS: "100",
  });
  assert.equal(services.haproxy.ports[0].published, "8443");
  assert.equal(services.haproxy.environment.SIGNALING_MAX_CONNECTIONS, "100");
  assert.equal(services.sig2.environment.MAX_CONNECTIONS, "100");
  assert.equal(services.redis.environment.REDIS_PASSWORD, "hush");
  assert.equal(services.sig3.environment.REDIS_PASSWORD, "hush");
  assert.equal(services.certificates.environment.SIGNALING_NAMES, "meet.example.org");
  assert.deepEqual(services.certificates.volumes.filter(({ type }) => type === "bind").map(({ source }) => source), ["/a.pem", "/a.key"]);
});

for (const files of ["docker-compose.yml", "docker-compose.scale.yml"])
  test(`${files}: the profile monitoring adds Prometheus and Grafana, on loopback alone`, async () => {
    assert.equal((await read(files)).services.prometheus, undefined);
    const { services } = JSON.parse(await compose(`${files}`, ["--profile", "monitoring", "config", "--format", "json"]));
    for (const [name, port] of [["prometheus", "9090"], ["grafana", "3001"]]) {
      const service = services[name];
      assert.deepEqual(service.ports.map(({ host_ip, published }) => [host_ip, published]), [["127.0.0.1", port]]);
      assert.equal(service.read_only, true, name);
      assert.deepEqual(service.cap_drop, ["ALL"], name);
      assert.ok(Number(service.mem_limit) > 0, name);
      for (const { type, source } of service.volumes) if (type === "bind") assert.ok(existsSync(source), source);
    }
    // Whom Prometheus asks is there, and Grafana asks Prometheus.
    const mounted = services.prometheus.volumes.find(({ target }) => target === "/etc/prometheus/prometheus.yml");
    const hosts = [];
    for (const job of parse(readFileSync(mounted.source, "utf8")).scrape_configs) {
      for (const { targets } of job.static_configs ?? []) hosts.push(...targets.map((target) => target.split(":")[0]));
      for (const { names } of job.dns_sd_configs ?? []) hosts.push(...names);
    }
    const nodes = Object.keys(services).filter((name) => name.startsWith("sig"));
    assert.deepEqual(hosts, [...nodes, "haproxy"]);
    assert.match(readFileSync(path.join(repository, "deploy/monitoring/grafana/datasources/prometheus.yml"), "utf8"), /url: http:\/\/prometheus:9090$/m);
    assert.ok(services.haproxy.volumes.some(({ source }) => source?.endsWith("deploy/monitoring/haproxy.cfg")));
  });
