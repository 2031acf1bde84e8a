// The report of rounds that are made up here: table, verdicts, plots.

import assert from "node:assert/strict";
import { test } from "node:test";

import { barPlot, linePlot, scale, short } from "./plots.mjs";
import { comparison, plots, toMarkdown } from "./report.mjs";

const round = (value, more = {}) => ({ value, ...more });
const scenario = (values) => ({ name: "s", title: "a scenario", measure: "throughput", count: "operations", nodes: 1, target: {}, load: { clients: 10 }, ...values });
const report = (scenarios, values = {}) => ({
  made: "2026-01-01T00:00:00.000Z",
  machine: { model: "a processor", processors: 2, memory_gb: 8, kernel: "6.1", load_average: 0.1 },
  quick: false,
  rounds: 3,
  contenders: [{ name: "signaling", title: "signaling-server", version: "1" }, { name: "node", title: "Node", version: "socket.io 4" }],
  left_out: [],
  scenarios,
  ...values,
});
const cells = (markdown, title) => {
  const line = markdown.split("\n").find((candidate) => candidate.startsWith(`| ${title} |`));
  assert.ok(line, `no row "${title}" in\n${markdown}`);
  return line.split("|").slice(1, -1).map((cell) => cell.trim());
};

test("a row has both absolutes, the ratio with its spread, and the verdict on the target", () => {
  const fast = scenario({ target: { node: 8 }, results: { signaling: [round(480_000), round(500_000), round(450_000)], node: [round(60_000), round(50_000), round(60_000)] } });
  assert.deepEqual(cells(toMarkdown(report([fast])), "a scenario"), [
    "a scenario", "operations per CPU second", "480 k", "60 k", "**8.00**", "7.50 – 10.0", "≥ 8", "yes",
  ]);
});

test("less is better for latency and memory: the target is a bound from above", () => {
  const latency = (value) => scenario({ measure: "latency", target: { node: 1 / 8 }, results: { signaling: [round(value)], node: [round(1000)] } });
  assert.equal(comparison(latency(125), "node").isMet, true);
  assert.equal(comparison(latency(126), "node").isMet, false);
  assert.deepEqual(cells(toMarkdown(report([latency(250)])), "a scenario"), [
    "a scenario", "µs, 99th percentile", "250", "1000", "**1/4.00**", "1/4.00 – 1/4.00", "≤ 1/8", "**no**",
  ]);
});

test("a throughput below its target is told as not met", () => {
  const slow = scenario({ target: { node: 8 }, results: { signaling: [round(79)], node: [round(10)] } });
  assert.equal(comparison(slow, "node").isMet, false);
});

test("a failed round counts for neither and is told with its reason; a contender without rounds has failed", () => {
  const results = { signaling: [round(100), round(300)], node: [round(10), { failed: "time-out" }] };
  const markdown = toMarkdown(report([scenario({ results })]));
  assert.deepEqual(cells(markdown, "a scenario").slice(2, 6), ["200", "10", "**10.0**", "10.0 – 10.0"]);
  assert.match(markdown, /^- s, node, round 2: time-out$/m);
  const none = toMarkdown(report([scenario({ results: { signaling: [round(100)], node: [{ failed: "refused" }] } })]));
  assert.deepEqual(cells(none, "a scenario").slice(2, 6), ["100", "failed", "–", ""]);
});

test("a peer that cannot take part in a scenario leaves its cells empty, and one that could not be had is named", () => {
  const markdown = toMarkdown(report([scenario({ results: { signaling: [round(5)] } })], { left_out: [{ name: "socketioxide", reason: "no cargo" }] }));
  assert.deepEqual(cells(markdown, "a scenario").slice(3), ["", "", "", "", ""]);
  assert.match(markdown, /^- left out: socketioxide, no cargo$/m);
});

test("the cost of a message as nodes grow is told as growth from the fewest to the most", () => {
  const cost = (nodes, own, theirs) => scenario({ name: `nodes-${nodes}`, measure: "cost", nodes, results: { signaling: [round(own)], node: [round(theirs)] } });
  const markdown = toMarkdown(report([cost(2, 50, 100), cost(8, 55, 300)]));
  assert.deepEqual(cells(markdown, "signaling-server"), ["signaling-server", "50.0 µs", "55.0 µs", "10 %"]);
  assert.deepEqual(cells(markdown, "Node"), ["Node", "100 µs", "300 µs", "200 %"]);
});

test("every plot of a full report is written, linked, and free of numbers that are none", () => {
  const latency_us = { p50: 40, p90: 60, p99: 100, p999: 200, max: 400 };
  const results = { signaling: [round(100, { latency_us })], node: [round(10, { latency_us })] };
  const full = report([
    scenario({ results }),
    scenario({ name: "open", measure: "latency", results }),
    ...[1000, 5000].map((clients) => scenario({ name: `idle-${clients}`, measure: "memory", load: { clients }, results })),
    ...[2, 4].map((nodes) => scenario({ name: `nodes-${nodes}`, measure: "cost", nodes, results })),
  ]);
  const files = plots(full);
  assert.deepEqual(Object.keys(files), ["throughput.svg", "latency-open.svg", "memory.svg", "nodes.svg"]);
  const markdown = toMarkdown(full);
  for (const [file, svg] of Object.entries(files)) {
    assert.match(svg, /^<svg [^>]*>[^]*<\/svg>\n$/, file);
    assert.doesNotMatch(svg, /NaN|Infinity|undefined/, file);
    assert.ok(markdown.includes(`](${file})`), file);
  }
});

test("a machine that was not quiet is told of", () => {
  const on = (load_average) => toMarkdown(report([], { machine: { model: "a processor", processors: 2, memory_gb: 8, kernel: "6.1", load_average } }));
  assert.match(on(4.2), /load average at the start 4\.2: \*\*others were at work/);
  assert.doesNotMatch(on(0.2), /others were at work/);
});

test("rounds that all failed leave a report without plots", () => {
  assert.deepEqual(plots(report([scenario({ results: { signaling: [{ failed: "x" }], node: [{ failed: "x" }] } })])), {});
});

test("numbers are told with three digits that count", () => {
  assert.deepEqual([0, 0.344, 15.7, 950, 4100, 176_900, 999_600, 1_140_000].map(short), ["0", "0.344", "15.7", "950", "4100", "177 k", "1 M", "1.14 M"]);
});

test("a scale covers its values with round ticks", () => {
  const linear = scale([3, 47]);
  assert.deepEqual(linear.ticks, [0, 10, 20, 30, 40, 50]);
  assert.equal(linear.place(25), 0.5);
  const logarithmic = scale([30, 4000], { logarithmic: true });
  assert.deepEqual(logarithmic.ticks, [10, 100, 1000, 10_000]);
  assert.ok(Math.abs(logarithmic.place(100) - 1 / 3) < 1e-9);
});

test("names in a plot are escaped, and a larger value has a longer bar", () => {
  const bar = (value) => ({ value, low: value, high: value });
  const svg = barPlot({ title: "a < b & c", unit: "per second", series: ["one"], groups: [{ label: "x", bars: [bar(10)] }, { label: "y", bars: [bar(1000)] }, { label: "z", bars: [null] }] });
  assert.match(svg, /a &lt; b &amp; c/);
  const lengths = [...svg.matchAll(/<rect x="180"[^>]* width="([\d.]+)"/g)].map((match) => Number(match[1]));
  assert.equal(lengths.length, 2);
  assert.ok(lengths[0] > 0 && lengths[1] > lengths[0]);
});

test("a line goes through its points, the larger value above", () => {
  const svg = linePlot({ title: "t", x: { label: "n" }, y: { label: "v" }, series: [{ name: "a", points: [{ x: 2, y: 10 }, { x: 8, y: 40 }] }] });
  const [[x1, y1], [x2, y2]] = /points="([^"]+)"/.exec(svg)[1].split(" ").map((point) => point.split(",").map(Number));
  assert.ok(x1 < x2 && y1 > y2);
});
