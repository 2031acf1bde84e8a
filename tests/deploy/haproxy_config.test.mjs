// HAProxy's configurations: HAProxy takes each without a warning, and the variants differ from haproxy.cfg in what they say.

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";

import { repository } from "../support/server.mjs";

const deploy = path.join(repository, "deploy");
const files = ["haproxy.cfg", "haproxy-passthrough.cfg", "haproxy-scale.cfg"];
let certificates;

before(() => {
  certificates = mkdtempSync(path.join(tmpdir(), "signaling-haproxy-"));
  execFileSync(path.join(deploy, "certificates.sh"), [certificates]);
});

after(() => rmSync(certificates, { recursive: true }));

/** @param {string} file  or several, with a blank between them */
function check(file, env = {}) {
  const run = spawnSync("haproxy", ["-c", ...file.split(" ").flatMap((each) => ["-f", path.join(deploy, each)])], {
    encoding: "utf8",
    env: { PATH: `${process.env.PATH}:/usr/sbin`, SIGNALING_PEM: path.join(certificates, "server.pem"), ...env },
  });
  assert.equal(run.error, undefined, `haproxy could not be run: ${run.error?.message} (package haproxy)`);
  return { code: run.status, output: run.stdout + run.stderr };
}

/** Without comments and blank lines; continued blanks are one. */
function directives(file) {
  return readFileSync(path.join(deploy, file), "utf8").split("\n")
    .map((line) => line.replace(/(^|\s)#.*$/, "").trim().replace(/\s+/g, " ")).filter(Boolean);
}

function difference(file) {
  const [own, base] = [directives(file), directives("haproxy.cfg")];
  return { more: own.filter((line) => !base.includes(line)), less: base.filter((line) => !own.includes(line)) };
}

for (const file of files) {
  test(`${file} is taken, with nodes by address, without a warning`, () => {
    const nodes = Object.fromEntries([1, 2, 3, 4].flatMap((i) => [[`SIG${i}`, `127.0.0.1:${4000 + i}`], [`SIG${i}_ADMIN_PORT`, "9464"]]));
    const { code, output } = check(file, { ...nodes, SIG: "127.0.0.1:4000" });
    assert.equal(code, 0, output);
    assert.doesNotMatch(output, /WARNING|ALERT/);
  });

  test(`${file} is taken where the nodes' names are unknown yet`, () => {
    const { code, output } = check(file);
    assert.equal(code, 0, output);
    assert.doesNotMatch(output, /ALERT/);
  });

  test(`${file} is taken together with the exporter for Prometheus`, () => {
    const { code, output } = check(`${file} monitoring/haproxy.cfg`);
    assert.equal(code, 0, output);
    assert.doesNotMatch(output, /ALERT/);
  });
}

test("a mistake is found", () => {
  const { code, output } = check("haproxy.cfg", { SIG1: "127.0.0.1:99999" });
  assert.equal(code, 1, output);
});

test("a missing certificate is told, and no reason to serve without TLS", () => {
  const { code, output } = check("haproxy.cfg", { SIGNALING_PEM: path.join(certificates, "none.pem") });
  assert.equal(code, 1, output);
  assert.match(output, /none\.pem/);
});

test("haproxy-passthrough.cfg differs in TLS alone", () => {
  const { more, less } = difference("haproxy-passthrough.cfg");
  assert.equal(more.length, 2, more.join("\n"));
  assert.match(more[0], /^bind "\$\{SIGNALING_BIND\}"$/);
  assert.match(more[1], /^default-server .* send-proxy-v2 /);
  assert.deepEqual(less.map((line) => line.split(" ")[0]), ["presetenv", "ssl-default-bind-options", "ssl-default-bind-ciphers", "bind", "default-server"]);
});

test("haproxy-scale.cfg differs in how nodes are found alone", () => {
  const { more, less } = difference("haproxy-scale.cfg");
  assert.deepEqual(more.map((line) => line.split(" ").slice(0, 2).join(" ")),
    ["presetenv SIG", "presetenv SIG_ADMIN_PORT", "accepted_payload_size 8192", "hold nx", "hold obsolete", "server-template sig"]);
  for (const line of less) assert.match(line, /^(presetenv SIG\d|server sig\d|hold (nx|obsolete) )/);
});
