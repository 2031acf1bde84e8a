// config/limits.md, row by row: each limit is reached from outside by a client that does not mean well, gets the answer that the
// table promises, and is counted; who else is there goes on. The table is held to the server: keys, defaults, metrics, tests.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import net from "node:net";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import zlib from "node:zlib";

import { ask, connect, exchange, next, Poller, Wire } from "../support/clients.mjs";
import { startKitchen } from "../support/kitchen.mjs";
import { eventually, repository, slowness, within } from "../support/server.mjs";
import { effectiveConfiguration } from "../deploy/effective_configuration.mjs";

const metricFamilies = {
  L: (name) => `signaling_limits_reached_total{limit="${name}"}`,
  D: (name) => `signaling_drops_total{reason="${name}"}`,
  B: (name) => `signaling_bad_requests_total{kind="${name}"}`,
  H: (name) => `signaling_handshakes_unavailable_total{reason="${name}"}`,
  C: (name) => `signaling_cluster_dropped_total{reason="${name}"}`,
};

const rows = readFileSync(path.join(repository, "config/limits.md"), "utf8").split("\n")
  .filter((line) => line.startsWith("| ") && !/^\| (limit|---) /.test(line))
  .map((line) => {
    const [limit, key, metric, answer, where] = line.slice(2, -2).split(" | ");
    return { limit, key, metric, answer, where };
  });

/** Rows that a test of this file reaches. */
const reached = new Set();

/** One who was there before, and one who comes next, are served. */
let bystander;
let server;
const short = 500 * slowness;
before(async () => {
  server = await startKitchen({
    "engine.max_payload_bytes": 20_000,
    "engine.max_send_queue_bytes": 60_000,
    "engine.permessage_deflate.enabled": true,
    "limits.max_header_bytes": 2000,
    "limits.header_timeout": `${short}ms`,
    "limits.body_timeout": `${short}ms`,
    "limits.max_websocket_fragments": 8,
    "limits.max_control_frames_per_second": 20,
    "socketio.attachments_timeout": `${short}ms`,
    "socketio.max_packet_bytes": 30_000,
    "socketio.max_namespaces_per_client": 2,
    "socketio.max_namespace_name_bytes": 40,
    "socketio.max_auth_bytes": 100,
    "socketio.max_rooms_per_socket": 3,
    "socketio.max_room_name_bytes": 40,
    "socketio.max_event_name_bytes": 40,
    "socketio.max_json_depth": 8,
    "socketio.max_attachments": 2,
    "socketio.max_pending_acks": 2,
    "cors.origins": '["https://meet.example"]',
  });
  bystander = await Wire.socket(server, "/kitchen");
});
after(async () => {
  bystander?.close();
  await server?.stop();
});

/**
 * A test that reaches the limit of one row of the table on `server`, or on one of its own with these keys.
 * @param {(server: import("../support/server.mjs").Server) => Promise<void>} reach  does it, and looks at the answer
 */
function limit(name, reach, { metric, set } = {}) {
  reached.add(name);
  test(name, async () => {
    const row = rows.find((candidate) => candidate.limit === name);
    assert.ok(row, `config/limits.md has no row "${name}"`);
    const [family, label] = row.metric.split(" ");
    const series = metric ?? metricFamilies[family](label);
    const own = set ? await startKitchen(set) : server;
    try {
      const before = await own.metric(series);
      await reach(own);
      await eventually(`${series} counts it`, async () => await own.metric(series) > before);
    } finally {
      if (own !== server) await own.stop();
    }
    await isServed(server, bystander);
  });
}

async function isServed(at, earlier) {
  earlier.send('42/kitchen,1["ack","here"]');
  assert.equal(await earlier.next(), '43/kitchen,1["here"]');
  const wire = await Wire.socket(at, "/kitchen");
  wire.close();
}

const status = ({ text }) => Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1]);

/** Sends `head`, then one byte after the other until the server has had enough. */
function trickle(at, head, bytes) {
  return new Promise((resolve, reject) => {
    const socket = net.connect(at.port, "127.0.0.1", () => socket.write(head));
    const timer = setInterval(() => socket.write(bytes), 20);
    let text = "";
    socket.setEncoding("latin1").on("data", (data) => (text += data)).on("error", () => {});
    socket.on("close", () => {
      clearInterval(timer);
      clearTimeout(late);
      resolve({ text });
    });
    const late = setTimeout(() => socket.destroy(reject(new Error("not closed in time"))), 8000 * slowness);
  });
}

/** A connected client that sends `packets`, and is closed with that code. */
async function isClosed(at, packets, code) {
  const wire = await Wire.socket(at, "/kitchen");
  for (const packet of packets) wire.send(packet);
  const got = await wire.expectClosed();
  if (code) assert.equal(got, code);
}

const get = (target, ...headers) => `${[`GET ${target} HTTP/1.1`, "Host: x", ...headers].join("\r\n")}\r\n\r\n`;
const handshake = "/socket.io/?EIO=4&transport=polling";

describe("connections and HTTP", () => {
  const several = async (at, count) => {
    const sockets = Array.from({ length: count }, () => net.connect(at.port, "127.0.0.1"));
    await within(5000, "one too many is closed", Promise.race(sockets.map((socket) => new Promise((resolve) => {
      socket.on("error", () => {}).on("close", resolve).resume();
    }))));
    for (const socket of sockets) socket.destroy();
  };
  limit("connections in all", (at) => several(at, 6), { set: { "limits.max_connections": 5 } });
  limit("connections of one address", (at) => several(at, 6), { set: { "limits.max_connections_per_address": 5 } });

  limit("header size", async (at) => assert.equal(status(await exchange(at, get(handshake, `X: ${"a".repeat(3000)}`))), 431));
  limit("header time (slowloris)", async (at) => assert.equal(status(await trickle(at, `GET ${handshake} HTTP/1.1\r\nHost: x\r\nX: `, "a")), 408));
  limit("body size", async (at) => assert.equal(status(await exchange(at, get(handshake, "Content-Length: 20001").replace("GET", "POST"))), 413));
  limit("body time (slow POST)", async (at) => {
    assert.equal(status(await trickle(at, get(handshake, "Content-Length: 20000").replace("GET", "POST"), "a")), 408);
  });
  limit("idle keep-alive", async (at) => {
    const got = await exchange(at, get("/no/such/path"));
    assert.ok(got.closed, "closed");
    assert.equal(status(got), 404);
  }, { set: { "limits.idle_timeout": "200ms" } });
  limit("compressed bodies", async (at) => {
    const poller = await Poller.session(at);
    const body = zlib.gzipSync(Buffer.alloc(10_000_000));
    const answer = await fetch(poller.base + poller.query, { method: "POST", body, headers: { "content-encoding": "gzip" } });
    assert.equal(answer.status, 400);
    assert.equal((await poller.request("GET", poller.query)).status, 400, "the session is over");
  }, { metric: 'signaling_engine_errors_total{code="3",error="bad_request"}' });
});

describe("WebSocket", () => {
  limit("message size", (at) => isClosed(at, ["4".repeat(20_001)], 1009));
  limit("compression bomb", async (at) => {
    const wire = await Wire.session(at, { perMessageDeflate: { threshold: 0, clientNoContextTakeover: true } });
    assert.match(wire.socket.extensions, /permessage-deflate/);
    wire.send(`4${"a".repeat(10_000_000)}`);
    assert.equal(await wire.expectClosed(), 1009);
  });
  limit("fragments of a message", async (at) => {
    const wire = await Wire.session(at);
    for (let i = 0; i < 8; i++) wire.socket.send("4", { fin: false });
    wire.socket.send("4", { fin: true });
    assert.equal(await wire.expectClosed(), 1009);
  });
  for (const kind of ["ping", "pong"]) {
    limit("control frames (ping flood)", async (at) => {
      const wire = await Wire.session(at);
      for (let i = 0; i < 41; i++) wire.socket[kind]("x");
      assert.equal(await wire.expectClosed(), 1008);
    });
  }
});

describe("sessions", () => {
  limit("sessions of one loop", async (at) => {
    const wires = await Promise.all([1, 2].map(() => Wire.session(at)));
    assert.equal(status(await exchange(at, get(handshake))), 503);
    for (const wire of wires) wire.close();
  }, { set: { "engine.max_sessions": 2 } });

  const forbidden = 'signaling_engine_errors_total{code="4",error="forbidden"}';
  limit("origin of a page", async (at) => {
    const upgrade = ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="];
    const open = async (target, ...headers) => exchange(at, get(target, ...headers), { until: /\r\n\r\n/ });
    const direct = "/socket.io/?EIO=4&transport=websocket";
    const evil = "Origin: https://evil.example";
    const refused = await open(direct, evil, ...upgrade);
    assert.equal(status(refused), 400);
    assert.match(refused.text, /Origin not allowed$/);
    assert.equal(status(await open(direct, "Origin: null", ...upgrade)), 400);
    const polling = await open(handshake, evil);
    assert.equal(status(polling), 403);
    assert.match(polling.text, /\{"code":4,"message":"Origin not allowed"\}$/);
    assert.doesNotMatch(polling.text, /access-control-allow-origin/i);
    // Nor may it take over a session's upgrade, whose id it cannot know.
    const poller = await Poller.socket(at, "/kitchen");
    assert.equal(status(await open(`${direct}&sid=${poller.sid}`, evil, ...upgrade)), 400);
    await poller.post('42/kitchen,1["ack",1]');
    assert.equal(await poller.poll(), "43/kitchen,1[1]");
    for (const allowed of [["Origin: https://meet.example"], ["Origin: https://x"], []]) {
      assert.equal(status(await open(direct, ...allowed, ...upgrade)), 101, allowed[0] ?? "no origin");
      assert.equal(status(await open(handshake, ...allowed)), 200, allowed[0] ?? "no origin");
    }
    const page = { extraHeaders: { Origin: "https://meet.example" } };
    for (const transports of [["polling", "websocket"], ["websocket"], ["polling"]]) (await connect(at, "/kitchen", { transports, ...page })).disconnect();
    await assert.rejects(connect(at, "/kitchen", { extraHeaders: { Origin: "https://evil.example" } }));
  }, { metric: forbidden });
  test("a WebSocket without Origin is refused where that is wanted", async () => {
    const own = await startKitchen({ "cors.allow_missing_origin": false });
    await assert.rejects(Wire.session(own), /400/);
    assert.equal(await own.metric(forbidden), 1);
    const page = await Wire.session(own, { origin: "https://anywhere.example" });
    page.close();
    (await Poller.session(own)).post("1");
    await own.stop();
  });

  limit("second poll of a session", async (at) => {
    const poller = await Poller.socket(at, "/kitchen");
    const polls = [poller.request("GET", poller.query), poller.request("GET", poller.query)];
    const answers = await Promise.all(polls.map(async (poll) => [(await poll).status, await (await poll).text()]));
    assert.deepEqual(answers.sort(), [[200, "1"], [400, ""]]);
    assert.equal((await poller.request("GET", poller.query)).status, 400, "the session is over");
  }, { metric: 'signaling_sessions_closed_total{transport="polling",reason="transport_error"}' });

  limit("client that vanished", async (at) => {
    const poller = await Poller.session(at);
    let body;
    do body = await poller.poll(); while (body === "2");  // no pong ever
    assert.equal(body, "1");
  }, {
    metric: 'signaling_sessions_closed_total{transport="polling",reason="ping_timeout"}',
    set: { "engine.ping_interval": "100ms", "engine.ping_timeout": `${100 * slowness}ms` },
  });

  limit("reader that stopped reading", async (at) => {
    const watcher = await connect(at, "/kitchen");
    await ask(watcher, "join", { room: "watchers" });
    const reader = await Wire.socket(at, "/kitchen");
    reader.send('42/kitchen,1["join",{"room":"slow"}]');
    await reader.next();
    const gone = next(watcher, "gone", 30_000);
    reader.socket.pause();
    const dropped = metricFamilies.D("volatile_not_writable");
    const overflow = metricFamilies.D("send_queue_full");
    const say = (flags) => ask(watcher, "emit", { rooms: ["slow"], event: ["news", "x".repeat(15_000)], ...flags });
    // What the kernel keeps comes first; then volatile messages go, all of them, and whoever reads so slowly stays.
    await eventually("volatile messages are dropped", async () => {
      const before = await at.metric(dropped);
      await Promise.all(Array.from({ length: 50 }, () => say({ volatile: true })));
      return await at.metric(dropped) === before + 50;
    }, 30_000);
    assert.equal(await at.metric(overflow), 0, "and nothing else yet");
    await eventually("the queue is full", async () => {
      await say({});
      return await at.metric(overflow) > 0;
    }, 30_000);
    assert.deepEqual(await gone, [reader.id, "transport error"]);
    watcher.disconnect();
    reader.terminate();
  });
});

describe("packets", () => {
  limit("handshake without CONNECT", async (at) => {
    const wire = await Wire.session(at);
    await wire.expectClosed();
  }, { set: { "socketio.connect_timeout": "200ms" } });

  /** The answer to one more CONNECT of a client that is in /kitchen. */
  const refusal = async (at, ...packets) => {
    const wire = await Wire.socket(at, "/kitchen");
    for (const packet of packets) wire.send(packet);
    let answer;
    do answer = await wire.next(); while (!answer.startsWith("44"));
    wire.close();
    return answer;
  };
  limit("namespaces of one client", async (at) => {
    assert.equal(await refusal(at, "40/dynamic-1,", "40/dynamic-2,"), '44/dynamic-2,{"message":"Too many namespaces"}');
  });
  limit("namespace nobody serves", async (at) => assert.equal(await refusal(at, "40/nobody,"), '44/nobody,{"message":"Invalid namespace"}'));
  limit("auth of CONNECT", async (at) => {
    assert.equal(await refusal(at, `40/dynamic-1,{"a":"${"x".repeat(100)}"}`), '44/dynamic-1,{"message":"Auth payload too large"}');
  });
  limit("namespace name", (at) => isClosed(at, [`40/dynamic-${"x".repeat(40)},`]));
  limit("event name", (at) => isClosed(at, [`42/kitchen,["${"x".repeat(41)}"]`]));
  limit("JSON depth", (at) => isClosed(at, [`42/kitchen,["ack",${"[".repeat(8)}${"]".repeat(8)}]`]));
  limit("attachments announced", (at) => isClosed(at, ['453-/kitchen,["ack",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1},{"_placeholder":true,"num":2}]']));
  const two = '452-/kitchen,1["ack",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]';
  limit("attachments never sent", (at) => isClosed(at, [two, Buffer.alloc(10)]));
  limit("packet with its attachments", async (at) => {
    await isClosed(at, [two, Buffer.alloc(15_000), Buffer.alloc(15_000)]);
    const wire = await Wire.socket(at, "/kitchen");
    for (const part of [two, Buffer.alloc(15_000), Buffer.alloc(14_000)]) wire.send(part);
    assert.match(await wire.next(), /^462-\/kitchen,1/, "one that is just small enough");
    wire.close();
  });

  const asking = async (at, event, argument) => {
    const socket = await connect(at, "/kitchen");
    try {
      return await ask(socket, event, argument);
    } finally {
      socket.disconnect();
    }
  };
  limit("room name", async (at) => {
    for (const room of ["x".repeat(41), "", "a\nb", "a\u0000b"]) assert.equal(await asking(at, "join", { room }), "invalid");
  });
  limit("rooms of one socket", async (at) => {
    const socket = await connect(at, "/kitchen");
    for (const room of ["a", "b", "c"]) assert.equal(await ask(socket, "join", { room }), "ok");
    assert.equal(await ask(socket, "join", { room: "d" }), "too-many");
    socket.disconnect();
  });
  limit("acks that a client owes", async (at) => {
    const socket = await connect(at, "/kitchen");
    for (let i = 0; i < 2; i++) socket.emit("ask", { timeout: 60_000, event: ["never answered"] });
    assert.equal(await ask(socket, "ask", { timeout: 60_000, event: ["one too many"] }), "too-many");
    socket.disconnect();
  });
  limit("acks that nobody waits for", async (at) => {
    const wire = await Wire.socket(at, "/kitchen");
    for (let i = 0; i < 100; i++) wire.send(`43/kitchen,${i}[]`);
    wire.send('42/kitchen,1["ack",1]');
    assert.equal(await wire.next(), "43/kitchen,1[1]");
    wire.close();
  });
});

describe("the table", () => {
  // What counts between nodes is on the page of a node that has others.
  const sources = ["core/server/loop_metrics.cpp", "core/server/forwarding_metrics.cpp", "core/socketio/include/signaling/socketio/counters.hpp"]
    .map((file) => readFileSync(path.join(repository, file), "utf8")).join("");
  const values = effectiveConfiguration(path.join(repository, "config/memory.toml"), { PATH: process.env.PATH });
  for (const { limit: name, key, metric, where } of rows) {
    test(`${name}: key, default, metric and test exist`, async () => {
      const [, known, shown] = /`([a-z_]+\.[a-z_.]+)` ?(.*)$/.exec(key) ?? [];
      if (known) {
        assert.ok(known in values, `no key ${known}`);
        const value = values[known];
        assert.equal(shown, typeof value === "object" ? JSON.stringify(value) : String(value), known);
      }
      if (!metric.startsWith("none")) {
        const [family, label] = metric.split(" ");
        const wanted = label ? metricFamilies[family](label) : metric;
        const text = await (await fetch(`${server.adminUrl}/metrics`)).text();
        const betweenNodes = family === "C" || /^signaling_(cluster|forwarded)_/.test(metric);
        assert.ok(text.includes(`\n${wanted}`) || (betweenNodes && sources.includes(`"${label ?? metric}"`)), `no metric ${wanted}`);
      }
      if (where === "limits") {
        assert.ok(reached.has(name), "no test here reaches it");
      } else {
        const [file, testName] = where.split(" ");
        assert.match(readFileSync(path.join(repository, "tests", file), "utf8"), new RegExp(`TEST(_F|_P)?\\(\\w+, ${testName}\\)`));
      }
    });
  }

  test("every key that bounds something has its row", () => {
    const documented = readFileSync(path.join(repository, "config/limits.md"), "utf8");
    const bounds = Object.keys(values).filter((key) => /^(limits|socketio|engine)\./.test(key) && /\.(max_\w+|\w+_timeout)$/.test(key) && !key.startsWith("engine.cookie."));
    assert.ok(bounds.length > 30);
    assert.deepEqual(bounds.filter((key) => !documented.includes(`\`${key}\``)), []);
  });
});
