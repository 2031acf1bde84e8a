// What --scenarios chooses of the extremes, and what the report says of them.

import assert from "node:assert/strict";
import test from "node:test";

import { chosenSections, runSection, sections } from "./sections.mjs";
import { digits, extremesTables } from "./table.mjs";

test("without names all sections run, and none in the quick mode", () => {
  assert.deepEqual(chosenSections([]).sections, sections);
  assert.deepEqual(chosenSections([], { quick: true }).sections, []);
});

test("names choose sections, groups all of theirs, and what is neither is left to the scenarios", () => {
  const { sections: chosen, rest } = chosenSections(["many", "storms", "relay-4"], { quick: true });
  assert.deepEqual(chosen.map(({ name }) => name), ["storms", "many-rooms", "many-rooms-of-a-socket", "many-namespaces"]);
  assert.deepEqual(rest, ["relay-4"]);
});

test("every section has a name of its own", () => {
  assert.equal(new Set(sections.map(({ name }) => name)).size, sections.length);
  for (const { group } of sections) assert.ok(["extremes", "many", "workers"].includes(group), group);
});

test("a section that fails is told with its reason, and the others of its table stay", async () => {
  const good = (name) => ({ name, table: "t", title: "A table", text: "What it is.", head: ["what", "ms"], rows: [[name, "1"]], notes: [] });
  const failed = await runSection({ name: "bad", run: () => Promise.reject(new Error("it broke\n  here")) }, {});
  const lines = extremesTables([good("a"), failed, good("b")]);
  assert.deepEqual(lines.filter((line) => line.startsWith("|")), ["| what | ms |", "|---|---:|", "| a | 1 |", "| b | 1 |"]);
  assert.ok(lines.includes("bad failed: it broke / here"), lines.join("\n"));
});

test("nothing measured, nothing told", () => {
  assert.deepEqual(extremesTables(undefined), []);
});

test("numbers have the digits that count", () => {
  assert.deepEqual([0.1234, 1.5, 15.67, 1234.5, NaN].map(digits), ["0.12", "1.50", "15.7", "1,235", "–"]);
});
