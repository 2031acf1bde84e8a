// The border of the headers is that of their version's description, and a minor version changes nothing of those before it.

import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { repository } from "../support/server.mjs";
import { additions, changes } from "./border/compare.mjs";
import { committedDescription, describeBorder, versionOf } from "./border/describe.mjs";

const headers = path.join(repository, "core/plugin_api/include");
const shipped = path.join(path.dirname(fileURLToPath(import.meta.url)), "api");
const current = versionOf(headers);
const minor = Number(current.split(".")[1]);
const earlier = Array.from({ length: minor }, (_, index) => `${current.split(".")[0]}.${index}`);

const remedy = `
An interface that was shipped stays as it is; what comes new stands in one of its own, under the next minor version (SIGNALING_API_MINOR
in version.hpp). Where ${current} itself was not shipped yet:  node tests/plugin_sdk/border/describe.mjs core/plugin_api/include --write`;

/** What is wrong with a border that calls itself the current version. */
function problemsOf(description) {
  const committed = committedDescription(current);
  if (committed === undefined) return [`there is no description of ${current}`];
  return [...changes(committed, description), ...additions(committed, description)];
}

test("the headers are what the description of their version says", () => {
  assert.deepEqual(problemsOf(describeBorder(headers)), [], remedy);
});

test("each minor version changes nothing of the one before", () => {
  for (const [index, version] of earlier.entries()) {
    const next = [...earlier, current][index + 1];
    assert.deepEqual(changes(committedDescription(version), committedDescription(next)), [], `${version} to ${next}${remedy}`);
  }
});

test("the headers of each earlier minor version are there, as they were", () => {
  for (const version of earlier) {
    const folder = path.join(shipped, version);
    assert.ok(readdirSync(shipped).includes(version), `copy the headers of ${version} to ${folder}, from before they became ${current}`);
    assert.equal(versionOf(folder), version);
    assert.equal(describeBorder(folder), committedDescription(version));
  }
});

test("what breaks plugins is found", () => {
  const directory = mkdtempSync(path.join(os.tmpdir(), "signaling-border-"));
  try {
    cpSync(headers, directory, { recursive: true });
    const edit = (name, from, to) => {
      const file = path.join(directory, "signaling/plugin_api", name);
      const text = readFileSync(file, "utf8");
      assert.ok(text.includes(from), `${name} has no ${from}`);
      writeFileSync(file, text.replace(from, to));
    };
    const before = describeBorder(headers);
    edit("host.hpp", "  virtual std::uint32_t loop_count() const = 0;", "  virtual void inserted() = 0;\n  virtual std::uint32_t loop_count() const = 0;");
    edit("middleware.hpp", "virtual void disconnect() = 0;", "virtual bool disconnect() = 0;");
    edit("socket.hpp", "  virtual bool is_in(std::string_view room) const = 0;\n", "");
    edit("values.hpp", "  bool compress = true;", "  bool urgent = false;\n  bool compress = true;");
    edit("values.hpp", "  timeout,  ", "  late,\n  timeout,  ");
    edit("peers.hpp", "signaling.peers/1", "signaling.peers/2");
    edit("presence.hpp", "class Presence {", "class Lists {\n public:\n  virtual void list() = 0;\n};\n\nclass Presence {");
    const after = describeBorder(directory);
    assert.deepEqual(changes(before, after).map((text) => text.replace(/:\n[^]*/, "")).sort(), [
      "EmitFlags has changed", "Host has changed", "Socket has changed", "Status has changed", "Verdict has changed", "peers_interface has changed",
    ]);
    const host = changes(before, after).find((text) => text.startsWith("Host "));
    assert.match(host, /\+ 2 inserted: void \(\)/);
    assert.match(host, /- 2 loop_count: unsigned int \(\) const/);
    assert.match(host, /\+ 3 loop_count: unsigned int \(\) const/);
    assert.deepEqual(additions(before, after), ["Lists is new"]);
    assert.ok(problemsOf(after).length >= 7);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
