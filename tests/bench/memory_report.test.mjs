// The tables of memory and of the price of TLS, from rounds that are made up here.

import assert from "node:assert/strict";
import { test } from "node:test";

import { memoryPlots, memoryTables } from "./memory_report.mjs";
import { toMarkdown } from "./report.mjs";
import { tlsPrice, withoutTls } from "./tls_report.mjs";

const rounds = (...values) => values.map((value) => ({ value }));
const report = (scenarios) => ({
  made: "2026-01-01T00:00:00.000Z",
  machine: { model: "a processor", processors: 2, memory_gb: 8, kernel: "6.1", load_average: 0.1 },
  quick: false,
  rounds: 3,
  contenders: [{ name: "signaling", title: "signaling-server", version: "1" }, { name: "node", title: "Node", version: "socket.io 4" }],
  left_out: [],
  scenarios,
});
const idle = (values) => ({ name: "idle", title: "idle", measure: "memory", count: "operations", nodes: 1, target: {}, load: { clients: 1000 }, ...values });
const crowds = (...kilobytes) => kilobytes.map((after_kb) => ({ with_kb: after_kb + 1024, after_kb }));

test("every state of an idle connection is a row with both absolutes and the ratio; the main table has the usual one alone", () => {
  const scenarios = [
    idle({ results: { signaling: rounds(0.5), node: rounds(15) } }),
    idle({ name: "idle-tls", title: "idle over TLS", state: "WebSocket, TLS", results: { signaling: rounds(10, 12), node: rounds(40, 40) } }),
  ];
  const lines = memoryTables(report(scenarios));
  assert.ok(lines.includes("| WebSocket | 1,000 | 0.5 | 15 | 1/30.0 |"), lines.join("\n"));
  assert.ok(lines.includes("| WebSocket, TLS | 1,000 | 11 | 40 | 1/3.64 |"), lines.join("\n"));
  const markdown = toMarkdown(report(scenarios));
  assert.match(markdown, /^\| idle \|/m);
  assert.doesNotMatch(markdown, /^\| idle over TLS \|/m);
});

test("a contender whose rounds all failed, or that did not take part, is no number", () => {
  const lines = memoryTables(report([idle({ state: "polling", results: { signaling: [{ failed: "x" }] } })]));
  assert.ok(lines.includes("| polling | 1,000 | failed |  |  |"), lines.join("\n"));
});

test("what stays after crowds is told with its growth", () => {
  const results = { signaling: [{ value: 512, before_kb: 1024, crowds: crowds(2048, 3072, 3584) }], node: [{ failed: "x" }] };
  const burst = { ...idle({ name: "burst", measure: "burst", results }), times: 3 };
  const lines = memoryTables(report([burst]));
  assert.ok(lines.includes("| signaling-server | 1 | 4.5 | 2 | 3 | 3 | 3.5 | +512 KB |"), lines.join("\n"));
  assert.doesNotMatch(toMarkdown(report([burst])), /undefined|NaN/);
});

test("the plots are free of numbers that are none", () => {
  const files = memoryPlots(report([
    idle({ state: "TLS", results: { signaling: rounds(0, 1), node: rounds(3) } }),
    { ...idle({ name: "burst", measure: "burst", results: { signaling: [{ value: 0, before_kb: 1024, crowds: crowds(2048, 3072) }] } }), times: 2 },
  ]));
  assert.deepEqual(Object.keys(files), ["memory-by-state.svg", "memory-given-back.svg"]);
  for (const [file, svg] of Object.entries(files)) assert.doesNotMatch(svg, /NaN|Infinity|undefined/, file);
});

test("the price of TLS is what is less with it, in rounds of the same turn", () => {
  const results = { signaling: [...rounds(70, 80), { failed: "x" }], node: rounds(1), [withoutTls]: rounds(100, 100, 100) };
  const scenario = { name: "tls", title: "relay over TLS", measure: "throughput", count: "operations", nodes: 1, target: {}, load: {}, results };
  const lines = tlsPrice(report([scenario]));
  assert.equal(lines.at(-1), "| relay over TLS | operations per CPU second | 100 | 75 | **25 %** | 20 % – 30 % |");
  assert.deepEqual(tlsPrice(report([{ ...scenario, results: { signaling: rounds(1) } }])), []);
});
