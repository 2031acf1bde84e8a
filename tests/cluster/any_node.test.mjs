// No sticky sessions: every request of a session may come to any node, and it works as on one.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { AnyNodeAgent, request, RoamingPoller } from "../support/any_node.mjs";
import { ask, connect, next, upgraded } from "../support/clients.mjs";
import { Cluster } from "../support/cluster.mjs";
import { RedisServer } from "../support/redis.mjs";
import { eventually, sleep, slowness, within } from "../support/server.mjs";

let redis;
let cluster;
before(async () => {
  redis = await RedisServer.start();
  cluster = await Cluster.start({
    nodes: 4, redis, lease: 10_000 * slowness,
    set: { "cors.enabled": true, "cors.reflect_origin": true, "cors.credentials": true, "engine.permessage_deflate.enabled": true },
  });
});
after(async () => {
  await cluster?.stop();
  await redis?.stop();
});

const unknownSid = { status: 400, text: '{"code":1,"message":"Session ID unknown"}' };

/** A poll at `node` that waits at the session's own node; its answer is `waiting.answer`. */
async function pollThatWaits(poller, home, node, options) {
  const polls = () => home.metric("signaling_served_requests_waiting");
  const before = await polls();
  const answer = poller.poll(node, options);
  answer.catch(() => {});  // may be meant to fail
  await eventually("the poll waits", async () => await polls() > before);
  return { answer };
}

test("handshake, posts and polls at four nodes, binary included", async () => {
  const [home, first, second, third] = cluster.nodes;
  const poller = await RoamingPoller.at(home);
  await poller.enter("/kitchen", first, second);
  const waiting = await pollThatWaits(poller, home, third);
  assert.deepEqual(await poller.post(first, '42/kitchen,7["ack",1,"two",null]'), { status: 200, text: "ok" });
  const answer = await waiting.answer;
  assert.equal(answer.text, '43/kitchen,7[1,"two",null]');
  assert.equal(answer.headers.get("content-type"), "text/plain; charset=UTF-8");
  assert.equal(answer.headers.get("cache-control"), "no-store");
  // Binary, up at one node and down at another.
  await poller.post(second, '451-/kitchen,8["ack",{"_placeholder":true,"num":0}]\x1ebAAEC/w==');
  assert.equal((await poller.poll(first)).text, '461-/kitchen,8[{"_placeholder":true,"num":0}]\x1ebAAEC/w==');
});

test("the answer is dressed by the node that has the connection: CORS, compression", async () => {
  const [home, other] = cluster.nodes;
  const poller = await RoamingPoller.at(home);
  await poller.enter("/kitchen", home, home);
  await poller.post(other, `42/kitchen,1["ack","${"x".repeat(50_000)}"]`);
  const answer = await poller.poll(other, { headers: { origin: "http://page.example", "accept-encoding": "gzip" } });
  assert.equal(answer.headers.get("content-encoding"), "gzip");
  assert.equal(answer.headers.get("access-control-allow-origin"), "http://page.example");
  assert.equal(answer.text.length, 50_000 + '43/kitchen,1[""]'.length);
});

test("errors are those of one node", async () => {
  const [home, first, second] = cluster.nodes;
  // A second poll closes the session, wherever the two are.
  let poller = await RoamingPoller.at(home);
  const waiting = await pollThatWaits(poller, home, first);
  assert.equal((await poller.poll(second)).status, 400);
  assert.deepEqual(await waiting.answer, { status: 200, text: "1" });
  assert.deepEqual(await poller.poll(first), unknownSid);
  // A payload that is none.
  poller = await RoamingPoller.at(home);
  assert.deepEqual(await poller.post(first, "nonsense"), { status: 400, text: '{"code":3,"message":"Bad request"}' });
  assert.deepEqual(await poller.poll(second), unknownSid);
  // A body beyond the limit: 413 from the node that reads it, and the session lives.
  poller = await RoamingPoller.at(home);
  assert.equal((await poller.post(first, "4".repeat(1_000_001))).status, 413);
  await poller.enter("/kitchen", second, first);
  // Another transport's name, another version.
  assert.equal((await request(first, "GET", `?EIO=4&transport=carrier&sid=${poller.sid}`)).text, '{"code":0,"message":"Transport unknown"}');
  assert.equal((await request(first, "GET", `?EIO=3&transport=polling&sid=${poller.sid}`)).text, '{"code":3,"message":"Bad request"}');
});

test("a session of a node that does not exist is unknown at once", async () => {
  const begin = Date.now();
  for (const node of cluster.nodes) {
    assert.deepEqual(await request(node, "GET", "?EIO=4&transport=polling&sid=zzzzAAAAAAAAAAAAAAAA"), unknownSid);
  }
  assert.ok(Date.now() - begin < 500 * slowness, `${Date.now() - begin} ms`);
});

test("a client that goes away during its poll at another node loses the session", async () => {
  const [home, other] = cluster.nodes;
  const poller = await RoamingPoller.at(home);
  const abort = new AbortController();
  const waiting = await pollThatWaits(poller, home, other, { signal: abort.signal });
  abort.abort();
  await assert.rejects(waiting.answer);
  await eventually("the owner knows", async () => (await poller.post(home, "3")).status === 400);
});

test("an upgrade at another node moves the session there", async () => {
  const [home, first, second] = cluster.nodes;
  const poller = await RoamingPoller.at(home);
  await poller.enter("/kitchen", first, second);
  const waiting = await pollThatWaits(poller, home, first);
  const wire = await poller.probe(second);
  wire.send("2probe");
  assert.equal(await wire.next(), "3probe");
  assert.deepEqual(await waiting.answer, { status: 200, text: "6" });
  wire.send("5");
  for (let i = 0; i < 200; i++) wire.send(`42/kitchen,${i}["ack",${i}]`);
  for (let i = 0; i < 200; i++) assert.equal(await wire.next(), `43/kitchen,${i}[${i}]`);
  assert.equal(await second.metric('signaling_tunnels{side="client"}') >= 1, true);
  assert.equal(await home.metric('signaling_tunnels{side="session"}') >= 1, true);
  // Polling with that id is over, a second WebSocket is closed.
  assert.equal((await poller.poll(first)).text, '{"code":3,"message":"Bad request"}');
  await (await poller.probe(first)).expectClosed();
  // Both ends of it.
  wire.send("41/kitchen,");
  wire.close();
  await eventually("the owner knows", async () => (await poller.poll(home)).text === unknownSid.text);
  await eventually("no tunnel is left", async () => await cluster.sum('signaling_tunnels{side="session"}') === 0);
});

test("large messages over a tunnel, both ways, in order", async () => {
  const [home, other] = cluster.nodes;
  const poller = await RoamingPoller.at(home);
  await poller.enter("/kitchen", home, home);
  const wire = await poller.probe(other, { perMessageDeflate: true });
  wire.send("2probe");
  assert.equal(await wire.next(), "3probe");
  wire.send("5");
  const large = (i) => String(i).padStart(6, "0").repeat(100_000);
  // Up: 12 MB at once, which is more than may be on its way; the owner reads it as it can.
  for (let i = 0; i < 20; i++) wire.send(`42/kitchen,["ack","${large(i)}"]`);
  wire.send('42/kitchen,99["ack","behind"]');
  assert.equal(await wire.next(20_000), '43/kitchen,99["behind"]');
  // To and fro: as much as the session's send queue takes.
  const send = (i) => wire.send(`42/kitchen,${i}["ack","${large(i)}"]`);
  for (let i = 0; i < 3; i++) send(i);
  for (let i = 0; i < 20; i++) {
    const answer = await wire.next(20_000);
    assert.ok(answer === `43/kitchen,${i}["${large(i)}"]`, answer.slice(0, 40));
    if (i + 3 < 20) send(i + 3);
  }
  wire.close();
});

test("a client that does not read from its tunnel reaches its bound, and nobody else is harmed", async () => {
  const [home, other] = cluster.nodes;
  const poller = await RoamingPoller.at(home);
  await poller.enter("/kitchen", home, home);
  const wire = await poller.probe(other);
  wire.send("2probe");
  assert.equal(await wire.next(), "3probe");
  wire.send("5");
  const witness = await connect(home, "/kitchen", { agent: new AnyNodeAgent(() => cluster.randomNode()), transports: ["polling"] });
  await ask(witness, "ack", 0);
  wire.socket.pause();
  const data = "x".repeat(500_000);
  for (let i = 0; i < 40; i++) await ask(witness, "emit", { rooms: [poller.id], event: ["n", data] });
  await eventually("the session is closed", async () => (await poller.poll(home)).text === unknownSid.text, 15_000);
  assert.equal(await ask(witness, "ack", 5), 5);
  wire.terminate();
  witness.disconnect();
});

test("the heartbeat goes on: polls and a tunnel, for many intervals", async () => {
  const short = await Cluster.start({ nodes: 2, redis, set: { "engine.ping_interval": `${200 * slowness}ms`, "engine.ping_timeout": `${1000 * slowness}ms` } });
  try {
    const [home, other] = short.nodes;
    let handshakes = 0;
    // The handshake at home, everything else elsewhere.
    const agent = new AnyNodeAgent(() => (handshakes++ === 0 ? home : other));
    const poller = await connect(home, "/kitchen", { agent, transports: ["polling"] });
    handshakes = 0;
    const upgrader = await connect(home, "/kitchen", { agent });
    await upgraded(upgrader);
    const ends = [];
    for (const socket of [poller, upgrader]) socket.on("disconnect", (reason) => ends.push(reason));
    await sleep(4000 * slowness);
    assert.equal(await ask(poller, "ack", 1), 1);
    assert.equal(await ask(upgrader, "ack", 2), 2);
    assert.deepEqual(ends, []);
    assert.equal(await other.metric('signaling_tunnels{side="client"}'), 1);
    poller.disconnect();
    upgrader.disconnect();
  } finally {
    await short.stop();
  }
});

test("a node that stops hands on the polls of other nodes' sessions, and closes its tunnels", async () => {
  const [home] = cluster.nodes;
  const passing = await cluster.startNode(4);
  await cluster.agree();
  const poller = await RoamingPoller.at(home);
  await poller.enter("/kitchen", passing, passing);
  const other = await RoamingPoller.at(home);
  const wire = await other.probe(passing);
  wire.send("2probe");
  assert.equal(await wire.next(), "3probe");
  wire.send("5");
  const waiting = await pollThatWaits(poller, home, passing);
  await passing.stop();
  assert.deepEqual(await waiting.answer, { status: 200, text: "6" });
  assert.equal(await wire.expectClosed(), 1012);
  // The session goes on through another node.
  assert.deepEqual(await poller.post(cluster.nodes[1], '42/kitchen,7["ack",1]'), { status: 200, text: "ok" });
  assert.equal((await poller.poll(cluster.nodes[2])).text, "43/kitchen,7[1]");
  await cluster.agree({ count: 4 });
});

test("an owner that is killed: code 1, and official clients come back as new sessions", async () => {
  const doomed = await cluster.startNode(4);
  await cluster.agree();
  const poller = await RoamingPoller.at(doomed);
  const waiting = poller.poll(cluster.nodes[0]);
  let handshakes = 0;
  const agent = new AnyNodeAgent(() => (handshakes++ === 0 ? doomed : cluster.nodes[handshakes % 4]));
  const socket = await connect(doomed, "/kitchen", { agent, transports: ["polling"], reconnection: true, reconnectionDelay: 100 });
  const before = socket.id;
  await doomed.kill();
  assert.deepEqual(await within(30_000, "the waiting poll is answered", waiting), unknownSid);
  if (!socket.connected || socket.id === before) await next(socket, "connect", 30_000);
  assert.notEqual(socket.id, before);
  assert.equal(await ask(socket, "ack", 1), 1);
  socket.disconnect();
  await cluster.agree({ count: 4, timeout: 30_000 });
});

test("while Redis is away requests of other nodes' sessions get 503, and those of the own node go on", async () => {
  const cut = await Cluster.start({ nodes: 2, redis, links: true });
  try {
    const [home, other] = cut.nodes;
    const poller = await RoamingPoller.at(home);
    await poller.enter("/kitchen", home, home);
    await Promise.all(cut.links.map((link) => link.cut()));
    await eventually("the node knows", async () => (await request(other, "GET", "?EIO=4&transport=polling&sid=" + poller.sid)).status === 503);
    assert.deepEqual(await poller.post(home, '42/kitchen,1["ack",1]'), { status: 200, text: "ok" });
    assert.equal((await poller.poll(home)).text, "43/kitchen,1[1]");
    await Promise.all(cut.links.map((link) => link.pass()));
    await cut.agree({ timeout: 20_000 });
    assert.deepEqual(await poller.post(other, '42/kitchen,2["ack",2]'), { status: 200, text: "ok" });
    assert.equal((await poller.poll(other)).text, "43/kitchen,2[2]");
  } finally {
    await cut.stop();
  }
});

test("a session's node that hears nothing for a moment: whoever waits for it at another is told once it is back", async () => {
  const cut = await Cluster.start({ nodes: 2, redis, links: true, lease: 10_000 * slowness });
  try {
    const [home, other] = cut.nodes;
    const [before, meanwhile] = await Promise.all([0, 1].map(() => RoamingPoller.at(home)));
    for (const poller of [before, meanwhile]) await poller.enter("/kitchen", home, home);
    const carried = () => other.metric("signaling_forwarded_requests_waiting");
    const given = await pollThatWaits(before, home, other);
    await cut.links[0].cut();
    await eventually("its node has given it up, and can tell nobody", async () => await home.metric("signaling_served_requests_waiting") === 0);
    const lost = meanwhile.poll(other);
    await eventually("a request goes to nobody", async () => await carried() === 2);
    await cut.links[0].pass();
    for (const answer of [given.answer, lost]) assert.equal((await within(15_000, "an answer", answer)).status, 503);
    // The session that its node has heard nothing of goes on.
    assert.deepEqual(await meanwhile.post(home, '42/kitchen,1["ack",1]'), { status: 200, text: "ok" });
    assert.equal((await meanwhile.poll(home)).text, "43/kitchen,1[1]");
  } finally {
    await cut.stop();
  }
});
