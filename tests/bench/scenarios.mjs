// What is measured. Clients are dealt to the nodes in turn, so that the two of a pair and the members of a room are on as many
// nodes as there are.
//
// name     of the scenario, for --scenarios and files
// title    row of the table
// measure  "throughput": `count` of the load generator's result for each second of processor time of all processes
//          "latency":    99th percentile under a fixed rate, in microseconds
//          "memory":     KB for each connection, of all processes, above what they took without any
//          "cost":       microseconds of processor time for each of `count`, at a fixed rate, without what idle nodes use
//          "burst":      KB that stay after crowds came and went: see burst.mjs
// target   what ours ÷ theirs is to reach, by contender: at least, for throughput; at most, for the others
// server   what servers have to do beside the usual, {tls, deflate}; who has no such feature does not take part
// state    of idle connections, where it is not the usual: a row of the memory table (memory_report.mjs)
// load     arguments of bench_load

const closed = (scenario, clients, roomSize, inFlight, bytes) => ({ scenario, clients, "room-size": roomSize, "in-flight": inFlight, bytes, mode: "closed" });
const open = (scenario, clients, roomSize, rate) => ({ scenario, clients, "room-size": roomSize, "in-flight": 1, bytes: 64, mode: "open", rate });

const oneNode = [
  {
    name: "fanout-10", title: "fan-out, 100 clients in rooms of 10, 4 in flight, 64 B", measure: "throughput", count: "deliveries", quick: true,
    target: { node: 6.5, uwebsockets: 1.05 }, load: closed("fanout", 100, 10, 4, 64),
  },
  {
    name: "fanout-100", title: "fan-out, 1,000 clients in rooms of 100, 1 in flight, 64 B", measure: "throughput", count: "deliveries", quick: true,
    target: { node: 2.4, uwebsockets: 1.1 }, load: closed("fanout", 1000, 100, 1, 64),
  },
  {
    name: "fanout-1000", title: "fan-out, 1,000 clients in one room, 1 in flight, 1 KB", measure: "throughput", count: "deliveries",
    target: { node: 2.3, uwebsockets: 1.1 }, load: closed("fanout", 1000, 1000, 1, 1024),
  },
  {
    name: "relay-4", title: "relay, 50 pairs, 4 in flight", measure: "throughput", count: "operations", quick: true,
    target: { node: 8, uwebsockets: 1.4 }, load: closed("relay", 100, 2, 4, 64),
  },
  {
    name: "relay-1", title: "relay, 50 pairs, 1 in flight", measure: "throughput", count: "operations",
    target: { node: 3.6, uwebsockets: 0.95 }, load: closed("relay", 100, 2, 1, 64),
  },
  {
    name: "relay-open", title: "relay, open loop, 20,000 a second: p99", measure: "latency", count: "operations", quick: true,
    target: { node: 1 / 8, uwebsockets: 1.2 }, load: open("relay", 100, 2, 20_000),
  },
  {
    name: "fanout-open", title: "fan-out, open loop, 500 a second to rooms of 100 of 1,000 clients: p99", measure: "latency", count: "deliveries",
    target: { node: 1 / 2, uwebsockets: 1 }, load: open("fanout", 1000, 100, 500),
  },
  {
    name: "rejoin", title: "leave + join with acknowledgement, rooms of 5", measure: "throughput", count: "operations", quick: true,
    target: { node: 5 }, load: closed("rejoin", 100, 5, 1, 64),
  },
  {
    // Short and spaced: storms of connections fill the kernel's table of them.
    name: "connect", title: "connect: TCP, handshake, CONNECT, close", measure: "throughput", count: "operations", quick: true,
    target: { node: 8, uwebsockets: 0.9 }, load: { ...closed("connect", 50, 1, 1, 64), spread: true }, seconds: 2, pause: 2,
  },
];

const polling = { transport: "polling" };
const overPolling = [
  {
    name: "polling-relay", title: "polling only: relay, 50 pairs, 4 in flight", measure: "throughput", count: "operations", quick: true,
    target: { node: 5 }, load: { ...closed("relay", 100, 2, 4, 64), ...polling },
  },
  {
    name: "polling-fanout", title: "polling only: fan-out, 100 clients in rooms of 10, 4 in flight, 64 B", measure: "throughput", count: "deliveries",
    target: { node: 5 }, load: { ...closed("fanout", 100, 10, 4, 64), ...polling },
  },
];

// This server is measured without TLS in turn with it: see tls_report.mjs.
const tls = { tls: true };
const overTls = [
  {
    name: "tls-relay", title: "TLS on the node: relay, 50 pairs, 4 in flight", measure: "throughput", count: "operations", quick: true,
    target: {}, server: tls, load: { ...closed("relay", 100, 2, 4, 64), ...tls },
  },
  {
    name: "tls-fanout-10", title: "TLS on the node: fan-out, 100 clients in rooms of 10, 4 in flight, 64 B", measure: "throughput", count: "deliveries",
    target: {}, server: tls, load: { ...closed("fanout", 100, 10, 4, 64), ...tls },
  },
  {
    name: "tls-fanout-100", title: "TLS on the node: fan-out, 1,000 clients in rooms of 100, 1 in flight, 64 B", measure: "throughput", count: "deliveries",
    target: {}, server: tls, load: { ...closed("fanout", 1000, 100, 1, 64), ...tls },
  },
  {
    name: "tls-connect", title: "TLS on the node: connect: TCP, TLS, handshake, CONNECT, close", measure: "throughput", count: "operations",
    target: {}, server: tls, load: { ...closed("connect", 50, 1, 1, 64), ...tls, spread: true }, seconds: 2, pause: 2,
  },
];

const idle = [1000, 5000, 10_000].map((clients) => ({
  name: `idle-${clients}`, title: `memory per idle WebSocket connection at ${clients.toLocaleString("en")}`, measure: "memory", count: "operations",
  quick: clients === 1000, target: clients === 10_000 ? { node: 1 / 10 } : {}, load: { ...closed("idle", clients, 1, 1, 64), spread: true },
  // Memory does not depend on the machine's mood; what a server keeps after an earlier crowd would.
  rounds: 3, seconds: 2, fresh: true, pause: 2,
}));

// What a connection costs beside the usual. Compressors stay with a connection once it has used one, where they do at all, and are large.
const states = [
  { name: "tls", state: "WebSocket, TLS", at: [1000, 5000], server: tls, load: tls },
  { name: "deflate", state: "WebSocket, permessage-deflate agreed on", at: [1000, 5000], server: { deflate: true }, load: { deflate: true } },
  {
    name: "deflated", state: "WebSocket, permessage-deflate, after a message of 2 KB each way", at: [1000],
    server: { deflate: true }, load: { deflate: true, greeting: 2048, "room-size": 2 },
  },
  { name: "polling", state: "polling, its poll open", at: [1000, 5000], load: polling },
].flatMap(({ name, state, at, server, load }) => at.map((clients) => ({
  name: `idle-${name}-${clients}`, title: `memory per idle connection (${state}) at ${clients.toLocaleString("en")}`, state, measure: "memory", count: "operations",
  target: {}, server, load: { ...closed("idle", clients, 1, 1, 64), spread: true, ...load }, rounds: 3, seconds: 2, fresh: true, pause: 2,
})));

const burst = {
  name: "burst", title: "memory given back: 10,000 connections come and go ten times", measure: "burst", count: "operations",
  target: {}, load: { ...closed("idle", 10_000, 1, 1, 64), spread: true }, times: 10, rounds: 1, fresh: true, pause: 2,
};

const fourNodes = [
  {
    name: "cluster-relay-open", title: "4 nodes + Redis, relay between nodes, open loop, 1,000 a second: p99", measure: "latency", count: "operations",
    nodes: 4, target: { node: 1 / 5 }, load: open("relay", 100, 2, 1000),
  },
  {
    name: "cluster-relay", title: "4 nodes + Redis, relay, 1 in flight", measure: "throughput", count: "operations",
    nodes: 4, quick: true, target: { node: 4 }, load: closed("relay", 100, 2, 1, 64),
  },
  {
    name: "cluster-fanout", title: "4 nodes + Redis, fan-out in rooms of 4", measure: "throughput", count: "deliveries",
    nodes: 4, quick: true, target: { node: 4 }, load: closed("fanout", 100, 4, 1, 64),
  },
  {
    name: "cluster-rejoin", title: "4 nodes + Redis, leave + join", measure: "throughput", count: "operations",
    nodes: 4, target: { node: 5 }, load: closed("rejoin", 100, 4, 1, 64),
  },
];

// Pairs, so that a message always concerns two nodes, however many there are beside them.
const growing = [2, 4, 8].map((nodes) => ({
  name: `nodes-${nodes}`, title: `${nodes} nodes + Redis, relay between two of them, open loop, 1,000 a second: processor time of a message`,
  measure: "cost", count: "operations", nodes, target: {}, load: open("relay", 96, 2, 1000),
}));

export const scenarios = [...oneNode, ...overPolling, ...overTls, ...idle, ...states, burst, ...fourNodes, ...growing].map((scenario) => ({ nodes: 1, quick: false, ...scenario }));

/** Arguments of bench_load for a scenario. @param {{ports: number[], warmup: number, seconds: number}} run */
export function loadArguments(scenario, { ports, warmup, seconds }) {
  const values = { ports: ports.join(","), ...scenario.load, warmup, seconds };
  return Object.entries(values).flatMap(([name, value]) => (value === true ? [`--${name}`] : [`--${name}`, String(value)]));
}

/** @param {string[]} names  of scenarios; empty: all, or those of the quick mode */
export function chosen(names, { quick = false } = {}) {
  if (names.length === 0) return scenarios.filter((scenario) => !quick || scenario.quick);
  return names.map((name) => {
    const scenario = scenarios.find((candidate) => candidate.name === name);
    if (!scenario) throw new Error(`no scenario ${name}; there are: ${scenarios.map((candidate) => candidate.name).join(", ")}`);
    return scenario;
  });
}
