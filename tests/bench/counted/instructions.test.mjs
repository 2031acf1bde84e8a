// Instructions of a relayed and of a fanned-out message have not grown by more than a tenth above the committed figures. Where
// these were made with another compiler or C library, nothing is compared, and that is said.

import assert from "node:assert/strict";
import { test } from "node:test";

import { countInstructions } from "./callgrind.mjs";
import { describeEnvironment } from "./environment.mjs";
import { compare, figuresFor, readFigures, toLine } from "./instructions.mjs";
import { cases } from "./script.mjs";

test("a message costs no more instructions than it did", async (context) => {
  const environment = describeEnvironment();
  const figures = readFigures();
  const entry = figuresFor(figures, environment);
  const rows = compare(await countInstructions(cases), entry?.instructions);
  for (const row of rows) context.diagnostic(toLine(row));
  if (!entry) {
    context.diagnostic(`not compared: here is ${JSON.stringify(environment.comparable)}, and there are figures for ` +
      figures.map(({ comparable }) => JSON.stringify(comparable)).join(", "));
  }
  for (const row of rows) {
    assert.ok(row.perMessage > 500 && row.perDelivery > 100, `this counts nothing: ${toLine(row)}`);
    assert.ok(!entry || row.committed !== undefined, `${row.name} has no committed figure: see tests/bench/README.md for how to renew them`);
  }
  const grown = rows.filter(({ hasGrown }) => hasGrown);
  assert.deepEqual(grown.map(toLine), [], "grown by more than 10 %. The costliest functions: node tests/bench/counted/instructions.mjs --top 20; " +
    `if it is worth it, --renew (see tests/bench/README.md). Libraries here ${JSON.stringify(environment.recorded)}, then ${JSON.stringify(entry?.recorded)}`);
});
