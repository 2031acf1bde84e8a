// Every file under config/ is taken by `--check` as it stands, and is told of in config/README.md.

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";

import { parse } from "yaml";

import { buildDirectory, repository } from "../support/server.mjs";
import { effectiveConfiguration, longestStop, seconds } from "./effective_configuration.mjs";

const config = path.join(repository, "config");
const files = ["", "cluster"].flatMap((folder) => readdirSync(path.join(config, folder)).map((name) => path.join(folder, name)))
  .filter((name) => name.endsWith(".toml"));
let certificates;

before(() => {
  certificates = mkdtempSync(path.join(tmpdir(), "signaling-config-"));
  execFileSync(path.join(repository, "deploy/certificates.sh"), [certificates]);
});

after(() => rmSync(certificates, { recursive: true }));

/** With nothing in the environment but what a file cannot do without. */
function server(...args) {
  const { status, stdout, stderr } = spawnSync(path.join(buildDirectory, "bin/signaling-server"), args, {
    encoding: "utf8",
    env: {
      PATH: process.env.PATH,
      SIGNALING_CERTIFICATE: path.join(certificates, "server.crt"),
      SIGNALING_CERTIFICATE_KEY: path.join(certificates, "server.key"),
      ADMIN_TOKEN: "sixteen bytes or more",
      JWT_SECRET: "thirty-two bytes that nobody knows",
    },
  });
  return { code: status, output: stdout + stderr };
}

test("there are files for each kind of node", () => {
  for (const name of ["memory", "auth", "redis", "nats", "rate_limit", "tls", "sentinel", "redis_cluster", "cluster/sig1", "cluster/sig2", "cluster/sig3", "cluster/sig4", "cluster/sig"])
    assert.ok(files.includes(`${name}.toml`), name);
});

for (const file of files) {
  test(`config/${file} is taken`, () => {
    const { code, output } = server("--config", path.join(config, file), "--check");
    assert.equal(code, 0, output);
  });
}

test("config/README.md tells of every file", () => {
  const text = readFileSync(path.join(config, "README.md"), "utf8");
  for (const file of files) assert.ok(text.includes(`\`${file.replace(/sig[234]\.toml/, "sig4.toml")}\``), file);
});

test("the four nodes differ in their names alone", () => {
  const text = (i) => readFileSync(path.join(config, `cluster/sig${i}.toml`), "utf8");
  for (const i of [2, 3, 4]) assert.equal(text(i).replaceAll(/sig\d(?!\.toml \.\.\.)/g, "sigN"), text(1).replaceAll(/sig\d(?!\.toml \.\.\.)/g, "sigN"));
});

test("tls.toml without a certificate is refused by file", () => {
  const { code, output } = server("--config", path.join(config, "tls.toml"), "--set", "listen.tls.certificate_file=/nowhere.pem", "--check");
  assert.notEqual(code, 0);
  assert.match(output, /\/nowhere\.pem/);
});

test("compose waits longer than a node may take to stop", () => {
  const { services } = parse(readFileSync(path.join(repository, "deploy/docker-compose.base.yml"), "utf8"));
  const grace = seconds(services.node.stop_grace_period);
  for (const name of ["sig1", "sig2", "sig3", "sig4", "sig"]) {
    const longest = longestStop(effectiveConfiguration(path.join(config, `cluster/${name}.toml`), { ADMIN_TOKEN: "sixteen bytes or more" }));
    assert.ok(grace > longest, `${name} may take ${longest} s to stop, and is killed after ${grace} s`);
  }
});
