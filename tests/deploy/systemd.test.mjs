// The systemd unit: systemd itself takes every line of it, finds it closed enough, and leaves time to drain.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import test from "node:test";

import { repository } from "../support/server.mjs";
import { binary, effectiveConfiguration, longestStop } from "./effective_configuration.mjs";

const text = readFileSync(path.join(repository, "deploy/systemd/signaling-server.service"), "utf8");
const directory = mkdtempSync(path.join(tmpdir(), "signaling-unit-"));
process.on("exit", () => rmSync(directory, { recursive: true, force: true }));

/** The unit with the server of this build as its program, which systemd wants to see. */
function unitFile(contents = text) {
  const file = path.join(directory, "signaling-server.service");
  writeFileSync(file, contents.replace("ExecStart=/usr/bin/signaling-server", `ExecStart=${binary}`));
  return file;
}

function analyze(...args) {
  const run = spawnSync("systemd-analyze", args, { encoding: "utf8", env: { ...process.env, SYSTEMD_COLORS: "0" } });
  assert.equal(run.error, undefined, "no systemd-analyze here (package systemd; tests/run.sh installs it)");
  return run;
}

const setting = (name) => new RegExp(`^${name}=(.*)$`, "m").exec(text)?.[1];

test("systemd-analyze verify has nothing to say", () => {
  const run = analyze("verify", "--man=no", unitFile());
  assert.deepEqual([run.status, run.stdout, run.stderr], [0, "", ""]);
});

test("systemd-analyze verify finds what is mistyped", () => {
  const run = analyze("verify", "--man=no", unitFile(text.replace("PrivateTmp=", "PrivatTmp=")));
  assert.match(run.stderr, /PrivatTmp/);
});

test("the exposure that systemd-analyze security sees is at most 1.5 of 10", (t) => {
  const run = analyze("security", "--offline=true", "--threshold=15", "--no-pager", unitFile());
  const score = /Overall exposure level for signaling-server\.service: ([\d.]+)/.exec(run.stdout)?.[1];
  assert.equal(run.status, 0, run.stdout);
  t.diagnostic(`exposure ${score}`);
});

test("systemd waits longer than a node may take to drain, and reloads by SIGHUP", () => {
  for (const config of ["memory.toml", "redis.toml"]) {
    const values = effectiveConfiguration(path.join(repository, "config", config));
    assert.ok(Number(setting("TimeoutStopSec")) > longestStop(values), `${config}: ${longestStop(values)} s`);
  }
  assert.equal(setting("Type"), "notify");
  assert.equal(setting("ExecReload"), "/bin/kill -HUP $MAINPID");
});

test("a crash leaves no memory on the disk", () => assert.equal(setting("LimitCORE"), "0"));

test("a refused configuration is not tried again", () => {
  const prevented = setting("RestartPreventExitStatus").split(" ").map(Number);
  const refused = spawnSync(binary, ["--config", "/does/not/exist.toml"]);
  const misspelt = spawnSync(binary, ["--confg"]);
  assert.deepEqual(prevented, [refused.status, misspelt.status]);
});
