// The parts of the benchmark that only calculate.

import assert from "node:assert/strict";
import { test } from "node:test";

import { contenders, takesPart } from "./contenders.mjs";
import { processorSeconds, proportionalSetKb } from "./processes.mjs";
import { chosen, loadArguments, scenarios } from "./scenarios.mjs";
import { median, ratio, slopeOf, summary } from "./statistics.mjs";

test("the median of an even number of values lies between the middle two, whatever their order", () => {
  assert.equal(median([10, 2, 9, 1]), 5.5);
  assert.equal(median([100, 9, 20]), 20);
  assert.throws(() => median([]), /no values/);
});

test("a summary does not change the rounds it is made of", () => {
  const values = [3, 1, 2];
  assert.deepEqual(summary(values), { median: 2, low: 1, high: 3 });
  assert.deepEqual(values, [3, 1, 2]);
});

test("a ratio is taken round by round: what slowed both in one round does not widen it", () => {
  assert.deepEqual(ratio([80, 40, 8], [10, 5, 1]), { median: 8, low: 8, high: 8 });
});

test("a round that one of the two lacks does not count", () => {
  assert.deepEqual(ratio([80, null, 60], [10, 5, null]), { median: 8, low: 8, high: 8 });
  assert.deepEqual(ratio([80, 60], [10]), { median: 8, low: 8, high: 8 });
  assert.deepEqual(ratio([80, 60], [0, 10]), { median: 6, low: 6, high: 6 });
  assert.equal(ratio([null], [5]), null);
  assert.equal(ratio([], []), null);
});

test("processor time is user and system time, and the program's name may hold spaces and parentheses", () => {
  const fields = ["S", ...Array.from({ length: 10 }, () => "7"), "250", "150", ...Array.from({ length: 30 }, () => "9")];
  assert.equal(processorSeconds(`42 (a) S (b c) ${fields.join(" ")}\n`, 100), 4);
});

test("memory is Pss alone, not Pss_Anon", () => {
  assert.equal(proportionalSetKb("00400000-7fff ---p 00000000 00:00 0 [rollup]\nRss:  900 kB\nPss:   512 kB\nPss_Anon: 300 kB\n"), 512);
  assert.equal(proportionalSetKb("Pss:   512 kB\nPss_Anon: 300 kB\n", "Pss_Anon"), 300);
  assert.throws(() => proportionalSetKb("Rss: 1 kB\n"), /no Pss/);
});

test("scenarios have names of their own, and a measure and a count that can be taken", () => {
  assert.equal(new Set(scenarios.map(({ name }) => name)).size, scenarios.length);
  for (const { name, measure, count, load } of scenarios) {
    assert.match(measure, /^(throughput|latency|memory|cost|burst)$/, name);
    assert.match(count, /^(operations|deliveries)$/, name);
    assert.equal(load.mode === "open", load.rate !== undefined, name);
    assert.equal(load.clients % load["room-size"], 0, `${name}: rooms are full`);
  }
});

test("who lacks what a scenario asks for does not take part in it", () => {
  const partakers = (name) => Object.keys(contenders).filter((contender) => takesPart(contenders[contender], scenarios.find((scenario) => scenario.name === name)));
  assert.deepEqual(partakers("relay-4"), ["signaling", "node", "socketioxide", "uwebsockets"]);
  assert.deepEqual(partakers("rejoin"), ["signaling", "node", "socketioxide"]);
  assert.deepEqual(partakers("polling-relay"), ["signaling", "node", "socketioxide"]);
  assert.deepEqual(partakers("tls-relay"), ["signaling", "node"]);
  assert.deepEqual(partakers("cluster-relay"), ["signaling", "node"]);
});

test("scenarios are chosen by name; a name that is none is told with those there are", () => {
  assert.deepEqual(chosen(["relay-1", "fanout-10"]).map(({ name }) => name), ["relay-1", "fanout-10"]);
  assert.equal(chosen([]).length, scenarios.length);
  const quick = chosen([], { quick: true });
  assert.ok(quick.length > 0 && quick.length < scenarios.length && quick.every((scenario) => scenario.quick));
  assert.throws(() => chosen(["relay-9"]), /no scenario relay-9; there are: fanout-10, /);
});

test("a scenario becomes arguments of the load generator", () => {
  const scenario = { load: { scenario: "connect", clients: 5, spread: true } };
  assert.deepEqual(loadArguments(scenario, { ports: [1, 2], warmup: 0.5, seconds: 2 }), [
    "--ports", "1,2", "--scenario", "connect", "--clients", "5", "--spread", "--warmup", "0.5", "--seconds", "2",
  ]);
});

test("a slope is that of the line that fits best, wherever it lies", () => {
  assert.equal(slopeOf([[0, 5], [10, 25], [20, 45]]), 2);
  assert.equal(slopeOf([[1, 3], [2, 1], [3, 3]]), 0);
  assert.equal(slopeOf([[1, 7]]), 0);
});
