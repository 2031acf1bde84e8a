// The signaling protocol, whether the members of a room are on one node or on different ones: one suite for every number of nodes
// and every way to Redis.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";

import { ask, officialClients, Wire } from "./clients.mjs";
import { close, events, join, peerAt, peersAt, settle, told } from "./peers.mjs";
import { eventually } from "./server.mjs";

const ok = { ok: true };
let rooms = 0;
const newRoom = () => `room ${rooms++} ünï`;
const byId = (peers) => [...peers].sort((a, b) => (a.id < b.id ? -1 : 1));

/** Keys of the configuration that the suite needs as they are here. */
export const suiteSettings = { "plugins.webrtc_signaling.max_peers": 20, "plugins.webrtc_signaling.max_rooms_per_socket": 1000 };
const maxPeers = suiteSettings["plugins.webrtc_signaling.max_peers"];

export function assertError(answer, code, mention) {
  assert.equal(answer.ok, false, JSON.stringify(answer));
  assert.deepEqual(Object.keys(answer).sort(), ["error", "ok"]);
  assert.equal(answer.error.code, code, JSON.stringify(answer));
  assert.equal(typeof answer.error.message, "string");
  assert.ok(answer.error.message.length > 0);
  if (mention) assert.match(answer.error.message, mention);
}

/**
 * Declares the tests.
 * @param {() => Pick<import("./cluster.mjs").Cluster, "nodes" | "random" | "randomNode">} cluster  running from the first test on
 */
export function signalingSuite(cluster) {
  /** A client at each of so many nodes, one after the other, beginning anywhere. */
  const spread = (count, options) => {
    const { nodes, random } = cluster();
    const first = random(nodes.length);
    return peersAt(Array.from({ length: count }, (_, i) => nodes[(first + i) % nodes.length]), options);
  };
  /**
   * A client at each node, and on from the first until there are `atLeast`. By default a node has several only where it is alone:
   * what comes from the own node and what comes from others have no order among them.
   */
  const everywhere = (options, atLeast = cluster().nodes.length === 1 ? 3 : 0) => {
    const { nodes } = cluster();
    return peersAt(Array.from({ length: Math.max(atLeast, nodes.length) }, (_, i) => nodes[i % nodes.length]), options);
  };

  test("join: the newcomer is told who is there in order of joining, the others of the newcomer", async () => {
    const room = newRoom();
    const sockets = await everywhere();
    const metadata = sockets.map((_, i) => [{ i }, undefined, `just text ${i}`][i % 3]);
    const all = sockets.map(({ id }, i) => ({ id, metadata: metadata[i] ?? null }));
    for (const [i, socket] of sockets.entries()) {
      const answer = await join(socket, room, metadata[i]);
      assert.deepEqual([answer.ok, answer.room, answer.id], [true, room, socket.id], JSON.stringify(answer));
      assert.ok(Array.isArray(answer.iceServers));
      assert.deepEqual(answer.peers, all.slice(0, i));
    }
    for (const [i, socket] of sockets.entries()) {
      // Nobody is told of itself.
      const later = all.slice(i + 1).map((peer) => ({ room, peer }));
      assert.deepEqual(await told(socket, "peer-joined", later.length), later);
    }
    close(sockets);
  });

  test("leave: the others are told why, and nothing of the room arrives any more", async () => {
    const room = newRoom();
    const [ada, grace] = await spread(2);
    await join(ada, room);
    await join(grace, room);
    assert.deepEqual(await ask(grace, "leave", { room }), ok);
    assert.deepEqual(await told(ada, "peer-left"), [{ room, id: grace.id, reason: "left" }]);
    assertError(await ask(grace, "leave", { room }), "not-in-room");
    assert.deepEqual(await ask(ada, "peers", { room }), { ok: true, peers: [] });
    assert.deepEqual(await ask(ada, "message", { room, data: 1 }), ok);
    await settle(ada, grace);
    assert.deepEqual([grace.told.message, grace.told["peer-left"]], [[], []]);
    // And back: the subscription follows at once.
    assert.deepEqual((await join(grace, room)).peers, [{ id: ada.id, metadata: null }]);
    await ask(ada, "message", { room, data: 2 });
    assert.deepEqual(await told(grace, "message"), [{ room, from: ada.id, data: 2 }]);
    close(ada, grace);
  });

  test("what is sent right after a join was acknowledged reaches the newcomer", async () => {
    const [ada, grace] = await spread(2);
    for (let round = 0; round < 30; round++) {
      const room = newRoom();
      await join(ada, room);
      await join(grace, room);
      ada.emit("message", { room, data: "now" });
      await eventually("the message of the room", () => grace.told.message.some(([message]) => message.room === room));
    }
    close(ada, grace);
  });

  test("a lost connection: the others of every room are told once", async () => {
    const [room, other] = [newRoom(), newRoom()];
    const [ada, grace] = await spread(2, { transports: ["websocket"] });
    for (const name of [room, other]) for (const socket of [ada, grace]) await join(socket, name);
    const { id } = grace;
    grace.io.engine.close();
    await told(ada, "peer-left", 2);
    // What that node would tell a second time comes before what it tells of this one.
    const witness = await peerAt(grace.node, { transports: ["websocket"] });
    await settle(ada, witness);
    const left = await told(ada, "peer-left", 2);
    assert.deepEqual(left.map((event) => JSON.stringify(event)).sort(),
      [room, other].map((name) => JSON.stringify({ room: name, id, reason: "disconnected" })).sort());
    assert.deepEqual(await ask(ada, "peers", { room }), { ok: true, peers: [] });
    close(ada, witness);
  });

  test("leaving the namespace counts as a lost connection", async () => {
    const room = newRoom();
    const [ada, grace] = await spread(2);
    await join(ada, room);
    await join(grace, room);
    const { id } = grace;
    grace.disconnect();
    assert.deepEqual(await told(ada, "peer-left"), [{ room, id, reason: "disconnected" }]);
    close(ada);
  });

  test("signal: to the target alone, unchanged, from every node to every node", async () => {
    const room = newRoom();
    const sockets = await everywhere();
    for (const socket of sockets) await join(socket, room);
    const data = { description: { type: "offer", sdp: "v=0\r\n" }, deep: [1.5, null, { "ü\u2028": "\u0000" }] };
    for (const from of sockets) {
      for (const to of sockets) assert.deepEqual(await ask(from, "signal", { room, to: to.id, data: [from.id, data] }), ok);
    }
    for (const socket of sockets) {
      const got = await told(socket, "signal", sockets.length);
      assert.deepEqual(got, sockets.map(({ id }) => ({ room, from: id, data: [id, data] })));
    }
    const [first] = sockets;
    assert.deepEqual(await ask(first, "signal", { room, to: first.id, data: null }), ok, "data: null is data");
    assert.deepEqual((await told(first, "signal", sockets.length + 1)).at(-1), { room, from: first.id, data: null });
    await settle(sockets);
    assert.deepEqual(sockets.map((socket) => socket.told.signal.length), sockets.map((socket) => sockets.length + (socket === first)));
    close(sockets);
  });

  test("message: to everyone else in the room, and nobody outside it", async () => {
    const room = newRoom();
    const [ada, grace, alan, outsider] = await spread(4);
    for (const socket of [ada, grace, alan]) await join(socket, room);
    await join(outsider, newRoom());
    const all = [{ text: "hello" }, null, 0, false, "", []];
    for (const data of all) assert.deepEqual(await ask(ada, "message", { room, data }), ok);
    for (const socket of [grace, alan]) assert.deepEqual(await told(socket, "message", 6), all.map((data) => ({ room, from: ada.id, data })));
    await settle(ada, grace, alan, outsider);
    assert.deepEqual([ada, grace, alan, outsider].map((socket) => socket.told.message.length), [0, 6, 6, 0]);
    close(ada, grace, alan, outsider);
  });

  test("update: new metadata for the others and for those who come later; joining again counts as one", async () => {
    const room = newRoom();
    const [ada, grace, alan] = await spread(3);
    await join(ada, room, { name: "Ada" });
    await join(grace, room);
    assert.deepEqual(await ask(ada, "update", { room, metadata: { name: "Ada L." } }), ok);
    assert.deepEqual(await told(grace, "peer-updated"), [{ room, peer: { id: ada.id, metadata: { name: "Ada L." } } }]);
    assert.deepEqual((await join(alan, room)).peers, [{ id: ada.id, metadata: { name: "Ada L." } }, { id: grace.id, metadata: null }]);
    assert.equal(ada.told["peer-updated"].length, 0);
    const again = await join(ada, room, "new");
    assert.deepEqual([again.ok, again.room, again.id], [true, room, ada.id]);
    assert.deepEqual(byId(again.peers), byId([{ id: grace.id, metadata: null }, { id: alan.id, metadata: null }]));
    assert.deepEqual((await told(grace, "peer-updated", 2))[1], { room, peer: { id: ada.id, metadata: "new" } });
    await settle(ada, grace, alan);
    assert.equal(grace.told["peer-joined"].length, 1, "nobody is announced twice");
    assert.deepEqual((await ask(grace, "peers", { room })).peers.find(({ id }) => id === ada.id), { id: ada.id, metadata: "new" });
    // Without metadata it is null again.
    await join(ada, room);
    assert.deepEqual((await told(grace, "peer-updated", 3))[2], { room, peer: { id: ada.id, metadata: null } });
    assertError(await ask(ada, "update", { room: newRoom(), metadata: 1 }), "not-in-room");
    close(ada, grace, alan);
  });

  test("peers: everyone but the caller, and metadata belongs to one room", async () => {
    const [room, other] = [newRoom(), newRoom()];
    const sockets = await everywhere();
    const all = (make) => sockets.map(({ id }, n) => ({ id, metadata: make(n) }));
    for (const [i, socket] of sockets.entries()) {
      assert.deepEqual((await join(socket, room, i)).peers, all((n) => n).slice(0, i));
      assert.deepEqual((await join(socket, other, `other ${i}`)).peers, all((n) => `other ${n}`).slice(0, i));
    }
    for (const [i, socket] of sockets.entries()) {
      const others = (make) => all(make).filter((_, n) => n !== i);
      assert.deepEqual(await ask(socket, "peers", { room }), { ok: true, peers: others((n) => n) });
      assert.deepEqual(await ask(socket, "peers", { room: other }), { ok: true, peers: others((n) => `other ${n}`) });
    }
    close(sockets);
  });

  test("requests are carried out whether or not they are to be acknowledged, in order", async () => {
    const room = newRoom();
    const [ada, grace] = await spread(2);
    await join(ada, room);
    grace.emit("join", { room, metadata: 1, id: "forged" });
    grace.emit("message", { room, data: 1, from: "forged" });
    grace.emit("signal", { room, to: ada.id, data: 2 });
    grace.emit("update", { room, metadata: 3 });
    grace.emit("leave", { room });
    await told(ada, "peer-left");
    assert.deepEqual(ada.told["peer-joined"], [[{ room, peer: { id: grace.id, metadata: 1 } }]]);
    assert.deepEqual(ada.told.message, [[{ room, from: grace.id, data: 1 }]]);
    assert.deepEqual(ada.told.signal, [[{ room, from: grace.id, data: 2 }]]);
    assert.deepEqual(ada.told["peer-updated"], [[{ room, peer: { id: grace.id, metadata: 3 } }]]);
    close(ada, grace);
  });

  test("unknown fields are ignored, and the sender cannot be forged", async () => {
    const room = newRoom();
    const [ada, grace] = await spread(2);
    assert.equal((await ask(ada, "join", { room, id: "forged", from: "forged", extra: [] })).id, ada.id);
    await join(grace, room);
    await ask(grace, "signal", { room, to: ada.id, data: 1, from: "forged" });
    assert.deepEqual(await told(ada, "signal"), [{ room, from: grace.id, data: 1 }]);
    close(ada, grace);
  });

  test("plain relay: with `to` as signal, without as message", async () => {
    const room = newRoom();
    const [ada, grace, alan] = await spread(3);
    for (const socket of [ada, grace, alan]) await join(socket, room);
    assert.deepEqual(await ask(ada, "offer", { room, to: grace.id, sdp: { type: "offer", sdp: "v=0" }, extra: 1 }), ok);
    assert.deepEqual(await told(grace, "offer"), [{ room, from: ada.id, sdp: { type: "offer", sdp: "v=0" }, extra: 1 }]);
    grace.emit("answer", { room, to: ada.id, sdp: "x" });
    assert.deepEqual(await told(ada, "answer"), [{ room, from: grace.id, sdp: "x" }]);
    await ask(ada, "ice-candidate", { room, candidate: "candidate:1", from: "forged" });
    for (const socket of [grace, alan]) assert.deepEqual(await told(socket, "ice-candidate"), [{ room, candidate: "candidate:1", from: ada.id }]);
    assertError(await ask(ada, "offer", { sdp: 1 }), "invalid", /room/);
    // Old clients name no room where they name a peer: it is the one room that both are in.
    assert.deepEqual(await ask(ada, "offer", { to: grace.id, sdp: 2 }), ok);
    assert.equal((await told(grace, "offer", 2))[1].sdp, 2);
    assertError(await ask(ada, "offer", { room, to: "nobody" }), "peer-unavailable");
    assertError(await ask(ada, "offer", { room: newRoom(), to: grace.id }), "not-in-room");
    await settle(ada, grace, alan);
    assert.deepEqual([alan.told.offer, alan.told.answer, ada.told["ice-candidate"]], [[], [], []]);
    close(ada, grace, alan);
  });

  test("binary anywhere in data, byte for byte", async () => {
    const room = newRoom();
    const [ada, grace, alan] = await spread(3);
    for (const socket of [ada, grace, alan]) await join(socket, room);
    const bytes = [randomBytes(1), randomBytes(70_000), randomBytes(0)];
    assert.deepEqual(await ask(ada, "signal", { data: [bytes[0], { deep: bytes[1] }, bytes[2]], room, to: grace.id }), ok);
    const [{ data }] = await told(grace, "signal");
    assert.ok(bytes[0].equals(data[0]) && bytes[1].equals(data[1].deep) && bytes[2].equals(data[2]));
    await ask(ada, "message", { room, data: bytes[1] });
    for (const socket of [grace, alan]) assert.ok(bytes[1].equals((await told(socket, "message"))[0].data));
    await ask(ada, "offer", { first: bytes[0], room, to: grace.id, second: [bytes[1]] });
    const [offer] = await told(grace, "offer");
    assert.ok(bytes[0].equals(offer.first) && bytes[1].equals(offer.second[0]));
    // Binary in a field that is not passed on does not disturb that which is.
    await ask(ada, "signal", { ignored: bytes[2], room, to: grace.id, data: { kept: bytes[0] } });
    assert.ok(bytes[0].equals((await told(grace, "signal", 2))[1].data.kept));
    close(ada, grace, alan);
  });

  test("the text of data and metadata is passed on unchanged", async () => {
    const room = newRoom();
    const { nodes } = cluster();
    const receiver = await Wire.socket(nodes[0]);
    receiver.send(`421["join",{"room":${JSON.stringify(room)}}]`);
    assert.match(await receiver.next(), /^431\[\{"ok":true/);
    const sender = await Wire.socket(nodes[nodes.length - 1]);
    sender.send(`421["join",{"room":${JSON.stringify(room)},"metadata":{"n": 1.00 }}]`);
    assert.match(await receiver.next(), /"metadata":\{"n": 1\.00 \}/);
    assert.match(await sender.next(), /^431\[\{"ok":true/);
    const data = String.raw`{ "n": 12345678901234567890.10, "e":1E400 ,"s":"\u0000\ud800\u2028/\/", "d":{"a":1,"a":2} }`;
    sender.send(`422["signal",{"data":${data},"to":"${receiver.id}","room":${JSON.stringify(room)}}]`);
    assert.ok((await receiver.next()).includes(`"data":${data}`));
    sender.send(`423["message",{"room":${JSON.stringify(room)},"data":${data}}]`);
    assert.ok((await receiver.next()).includes(`"data":${data}`));
    receiver.close();
    sender.close();
  });

  test("order from one sender to one target holds across signal, message and relayed events", async () => {
    const room = newRoom();
    const [ada, grace, alan] = await spread(3);
    for (const socket of [ada, grace, alan]) await join(socket, room);
    const got = [];
    for (const event of ["signal", "message", "offer"]) grace.on(event, ({ data }) => got.push(data));
    const count = 3000;
    // All at once, and in pieces.
    for (const piece of [count, 500]) {
      const before = got.length;
      for (let i = before; i < before + count; i++) {
        if (i % 3 === 0) ada.emit("signal", { room, to: grace.id, data: i });
        else if (i % 3 === 1) ada.emit("message", { room, data: i });
        else ada.emit("offer", { room, to: grace.id, data: i });
        if (i % piece === piece - 1) await new Promise((resolve) => setTimeout(resolve, 1));
      }
      await eventually("all arrived", () => got.length >= before + count, 15_000);
    }
    assert.deepEqual(got, Array.from({ length: 2 * count }, (_, i) => i));
    await eventually("the third has what was for the room", () => alan.told.message.length === 2 * count / 3);
    close(ada, grace, alan);
  });

  test("errors come in this order: invalid, not-in-room, peer-unavailable; who is not there, on whichever node, cannot be reached; a failed request has no effect", async () => {
    const room = newRoom();
    const [ada, grace, outsider] = await spread(3);
    await join(ada, room);
    await join(grace, room, "before");
    assertError(await ask(outsider, "signal", { room, to: "nobody" }), "invalid", /data/);
    assertError(await ask(outsider, "signal", { room, to: "nobody", data: 1 }), "not-in-room");
    assertError(await ask(ada, "signal", { room, to: "nobody", data: 1 }), "peer-unavailable");
    assertError(await ask(ada, "signal", { room, to: "AAAAAAAAAAAAAAAAAAAA", data: 1 }), "peer-unavailable");
    assertError(await ask(ada, "signal", { room, to: outsider.id, data: 1 }), "peer-unavailable");
    assertError(await ask(outsider, "message", { room, data: 1 }), "not-in-room");
    assertError(await ask(outsider, "update", { room, metadata: 1 }), "not-in-room");
    assertError(await ask(outsider, "peers", { room }), "not-in-room");
    assertError(await ask(grace, "join", { room, metadata: "x".repeat(10_000) }), "invalid");
    assert.deepEqual((await ask(ada, "peers", { room })).peers, [{ id: grace.id, metadata: "before" }]);
    await settle(ada, grace, outsider);
    const nothing = (socket) => assert.deepEqual(["signal", "message", "peer-updated"].map((event) => socket.told[event].length), [0, 0, 0]);
    nothing(grace);
    const { id } = grace;
    grace.disconnect();
    await told(ada, "peer-left");
    assertError(await ask(ada, "signal", { room, to: id, data: 1 }), "peer-unavailable");
    await settle(ada, outsider);
    for (const socket of [ada, outsider]) nothing(socket);
    close(ada, outsider);
  });

  test("a room named like a peer's id does not reach that peer", async () => {
    const [ada, grace, alan] = await spread(3);
    await join(ada, grace.id);
    await join(alan, grace.id);
    assert.deepEqual(await ask(ada, "message", { room: grace.id, data: "not for Grace" }), ok);
    await told(alan, "message");
    assertError(await ask(ada, "signal", { room: grace.id, to: grace.id, data: 1 }), "peer-unavailable");
    await settle(ada, grace, alan);
    assert.deepEqual(events.map((event) => grace.told[event].length), events.map(() => 0));
    assertError(await ask(grace, "message", { room: grace.id, data: 1 }), "not-in-room");
    close(ada, grace, alan);
  });

  test("`room-full`: the bound counts the members on all nodes, in a rush too, and joining again is free", async () => {
    const room = newRoom();
    const sockets = await everywhere({ transports: ["websocket"] }, maxPeers + 6);
    const answers = await Promise.all(sockets.map((socket) => join(socket, room)));
    assert.equal(answers.filter((answer) => answer.ok).length, maxPeers);
    for (const answer of answers) if (!answer.ok) assertError(answer, "room-full");
    const inside = sockets.filter((_, i) => answers[i].ok);
    const outside = sockets.filter((_, i) => !answers[i].ok);
    assert.equal((await join(inside[0], room, "again")).ok, true);
    await settle(inside);
    const ids = new Set(inside.map(({ id }) => id));
    assert.ok(inside.every((socket) => socket.told["peer-joined"].every(([{ peer: { id } }]) => ids.has(id))), "nobody who was refused is announced");
    await ask(inside[1], "leave", { room });
    assert.equal((await join(outside[0], room)).ok, true);
    assertError(await join(outside[1], room), "room-full");
    close(sockets);
  });

  test("those who join at once on several nodes get to know each other, and nobody is announced twice", async () => {
    const sockets = await everywhere({ transports: ["websocket"] }, 3);
    const pairs = sockets.flatMap((_, i) => sockets.map((__, j) => [i, j])).filter(([i, j]) => i !== j);
    const played = [];
    const known = ({ room, answers }, i, j) => {
      const byList = answers[i].peers.filter(({ id }) => id === sockets[j].id).length;
      const byEvent = sockets[i].told["peer-joined"].filter(([event]) => event.room === room && event.peer.id === sockets[j].id).length;
      return byList + byEvent;
    };
    for (let i = 0; i < 50; i++) {
      const room = newRoom();
      const round = { room, answers: await Promise.all(sockets.map((socket) => join(socket, room))) };
      played.push(round);
      await eventually("each knows each", () => pairs.every(([i, j]) => known(round, i, j) >= 1));
      for (const [i, j] of pairs) {
        const lists = [[i, j], [j, i]].filter(([a, b]) => round.answers[a].peers.some(({ id }) => id === sockets[b].id));
        assert.ok(lists.length >= 1, `of ${i} and ${j} one sees the other in its list`);
      }
    }
    await settle(sockets);
    for (const round of played) for (const [i, j] of pairs) assert.equal(known(round, i, j), 1, `${i} knows ${j} once`);
    close(sockets);
  });

  test("old and new clients over either transport meet", async () => {
    const room = newRoom();
    const sockets = [];
    for (const client of Object.values(officialClients)) {
      sockets.push(await peerAt(cluster().randomNode(), { client, transports: [sockets.length % 2 ? "polling" : "websocket"] }));
    }
    for (const socket of sockets) await join(socket, room);
    for (const from of sockets) {
      for (const to of sockets) if (from !== to) assert.deepEqual(await ask(from, "signal", { room, to: to.id, data: from.id }), ok);
    }
    for (const socket of sockets) {
      const got = (await told(socket, "signal", sockets.length - 1)).map(({ from, data }) => [from, data]);
      assert.deepEqual(got, sockets.filter((other) => other !== socket).map(({ id }) => [id, id]));
    }
    close(sockets);
  });

  test("a member that leaves while a signal to it is under way is reported as unavailable or has got it", async () => {
    const room = newRoom();
    for (let round = 0; round < 20; round++) {
      const [ada, grace] = await spread(2, { transports: ["websocket"] });
      await join(ada, room);
      await join(grace, room);
      const answer = ask(ada, "signal", { room, to: grace.id, data: 1 });
      grace.disconnect();
      const result = await answer;
      if (!result.ok) assertError(result, "peer-unavailable");
      await told(ada, "peer-left");
      close(ada);
    }
  });
}
