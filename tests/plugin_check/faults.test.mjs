// signaling-plugin-check finds what is wrong with a plugin, names the check, tells why, and ends with 1.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import path from "node:path";
import test from "node:test";

import { buildDirectory, repository } from "../support/server.mjs";

const program = path.join(buildDirectory, "bin/signaling-plugin-check");
const broken = (name) => path.join(buildDirectory, "tests/plugins", `${name}.so`);
const bad = (name) => path.join(buildDirectory, "tests/plugin_check", `${name}.so`);

function check(...args) {
  const result = spawnSync(program, [...args, "--json"], { encoding: "utf8", timeout: 240_000 });
  assert.equal(result.error, undefined);
  const report = result.stdout.startsWith("{") ? JSON.parse(result.stdout) : undefined;
  return { code: result.status, report, error: result.stderr };
}
const resultsOf = (report, result) => report.checks.filter((each) => each.result === result);

/** What is broken before any life: plugin, check that fails, reason. */
const unusable = [
  ["wrong_magic", "manifest", /magic/],
  ["short_manifest", "manifest", /size of the manifest/],
  ["older_major", "manifest", /plugin API version/],
  ["newer_major", "manifest", /plugin API version/],
  ["newer_minor", "manifest", /must not be newer/],
  ["other_toolchain", "manifest", /toolchain/],
  ["renamed", "manifest", /calls itself "name_mismatch"/],
  ["no_manifest", "manifest", /signaling_plugin_manifest/],
  ["missing_symbol", "load", /undefined symbol/],
  ["missing_library", "load", /lost_library/],
  ["bad_schema", "schema", /./],
  ["twice_in_schema", "schema", /twice/],
];
for (const [name, at, reason] of unusable)
  test(`${name}: ${at}`, () => {
    const { code, report } = check(broken(name));
    assert.equal(code, 1);
    assert.equal(report.passed, false);
    const [failed, ...more] = resultsOf(report, "failed");
    assert.deepEqual([failed.name, more], [at, []]);
    assert.match(failed.reasons.join("\n"), reason);
    // Nothing of it was run.
    assert.deepEqual(resultsOf(report, "left out").map((each) => each.name), ["life", "contract"]);
  });

/** Plugin, checks that must be among those that fail, and the reason of the first. */
const faulty = [
  [broken("create_throws"), ["life.validate"], /create: no coffee left/],
  [broken("validate_fails"), ["life.validate"], /validate: it reported/],
  [broken("start_fails"), ["life.once"], /start: it reported/],
  [broken("start_throws"), ["life.once"], /start: /],
  [broken("start_hangs"), ["life.once"], /not done within 2 s \(start\)/],
  [broken("stop_throws"), ["life.once"], /stop: /],
  [broken("stop_hangs"), ["life.once"], /not done within 2 s \(stop\)/],
  [broken("health_throws"), ["life.once"], /health: /],
  [bad("leaking_application"), ["life.threads", "life.descriptors"], /2 more threads after two more lives/],
  [broken("throwing_middleware"), ["contract.MiddlewareContract.DecidesEveryEventOnce"], /not my day/],
  [bad("forgetful_middleware"), ["contract.MiddlewareContract.DecidesEveryEventOnce"], /with no arguments: the hook returned with neither a verdict nor `defer`/],
  [bad("hasty_middleware"), ["contract.MiddlewareContract.DecidesEveryConnectOnce"], /were called 2 times|is no JSON: no JSON/],
  [bad("silent_middleware"), ["contract.MiddlewareContract.DecidesEveryHandshakeOnce"], /no verdict within 5000 ms/],
  [bad("blocking_application"), ["contract.ApplicationContract.TakesEventsOfAnyKind"], /blocks the loop for|ended by signal Aborted/],
  [bad("clinging_application"), ["contract.ApplicationContract.AnswersAnEventOnceAtMost", "contract.ApplicationContract.HasNoUseForASocketThatIsGone"], /twice/],
  [bad("overlapping_application"), ["contract.ApplicationContract.ClaimsNamespacesThatThereCanBe"], /\/twice is claimed twice/],
  [bad("lossy_adapter"), ["contract.PresenceContract.ListHasEveryMember"], /released a handler without calling it/],
];
for (const [file, at, reason] of faulty)
  test(`${path.basename(file, ".so")}: ${at.join(", ")}`, () => {
    const isLife = at[0].startsWith("life");
    const { code, report } = check(file, ...(isLife ? ["--time-limit=2"] : ["--only", at.join(",")]));
    assert.equal(code, 1);
    const failed = resultsOf(report, "failed");
    for (const name of at) assert.ok(failed.some((each) => each.name === name), `${name} in ${JSON.stringify(failed, null, 1)}`);
    assert.match(failed.find((each) => each.name === at[0]).reasons.join("\n"), reason);
  });

test("a symbol too many is a warning that names it", () => {
  const { code, report } = check(bad("exporting_application"));
  assert.equal(code, 0, JSON.stringify(report));
  const warned = resultsOf(report, "warned");
  assert.deepEqual(warned.map((each) => each.name), ["exports"]);
  assert.match(warned[0].reasons[0], /elsewhere::answer\(\)/);
});

test("good plugins of each kind pass", () => {
  for (const name of ["null_application", "echo_application", "passthrough_middleware"]) {
    const { code, report } = check(broken(name));
    assert.equal(code, 0, JSON.stringify(report, null, 1));
    assert.ok(report.checks.some((each) => each.name.startsWith("contract.")));
  }
});

test("the report is one line a check, with the reasons under it", () => {
  const { stdout, status } = spawnSync(program, [broken("start_fails"), "--only", "manifest,life.once"], { encoding: "utf8" });
  assert.equal(status, 1);
  assert.match(stdout, /^passed +manifest\n/m);
  assert.match(stdout, /^failed +life\.once\n {11}start: it reported: /m);
  assert.match(stdout, /\d+ passed, 0 warned, \d+ failed, \d+ left out\n$/);
});

test("what cannot be checked is told, with 2", () => {
  for (const [args, text] of [
    [[], /which plugin/],
    [["/nowhere/x.so"], /no such file/],
    [[broken("null_application"), "--olny=life"], /unknown option --olny/],
    [[broken("null_application"), "--only", "nonsense"], /no check's name/],
    [[broken("null_application"), "--config", "/nowhere.toml"], /cannot be read/],
  ]) {
    const { code, error } = check(...args);
    assert.equal(code, 2, error);
    assert.match(error, text);
  }
});

test("a table that the plugin's schema refuses is told with its place", () => {
  const table = path.join(repository, "tests/plugin_check/auth_jwt.toml");
  const { code, report } = check(broken("null_application"), "--config", table);
  assert.equal(code, 1);
  const [failed] = resultsOf(report, "failed");
  assert.equal(failed.name, "configuration");
  assert.match(failed.reasons.join("\n"), /auth_jwt\.toml:1:.*keys/);
});
