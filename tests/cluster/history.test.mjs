// The checker finds what it is there to find, and nothing in a history without fault.

import assert from "node:assert/strict";
import { test } from "node:test";

import { checkHistory } from "./history.mjs";

/** Three members of one room, a and b on node 1, c on node 2; from 100 on everybody knows everybody. */
function begin() {
  const events = [];
  for (const [client, node] of [["a", "n1"], ["b", "n1"], ["c", "n2"]]) events.push({ type: "connect", at: 0, client, node });
  const ids = [];
  for (const [i, client] of ["a", "b", "c"].entries()) {
    events.push({ type: "join", asked: 10 * i, at: 10 * i + 5, client, room: "r", ok: true, peers: [...ids] });
    for (const id of ids) events.push({ type: "told", at: 10 * i + 6, client: id, room: "r", event: "joined", id: client });
    ids.push(client);
  }
  return events;
}
const send = (at, client, number, to) => ({ type: "send", at, client, room: "r", number, to });
const receive = (at, client, from, number) => ({ type: "receive", at, client, from, room: "r", number });
const list = (at, client, peers) => ({ type: "peers", asked: at, at: at + 5, client, room: "r", ok: true, peers });
const told = (at, client, event, id, reason) => ({ type: "told", at, client, room: "r", event, id, reason });
const end = (at, client) => ({ type: "end", at, client });
const later = { type: "connect", at: 100_000, client: "z", node: "n1" };
const kinds = (events, options) => [...new Set(checkHistory([...events, later], options).map(({ kind }) => kind))];

/** Two messages of a and a signal, received by all they are for. */
const talk = [send(100, "a", 1), send(110, "a", 2), send(120, "a", 3, "c"), receive(105, "b", "a", 1), receive(106, "c", "a", 1), receive(115, "b", "a", 2),
  receive(116, "c", "a", 2), receive(126, "c", "a", 3)];
const without = (event) => talk.filter((other) => JSON.stringify(other) !== JSON.stringify(event));

test("a history without fault passes", () => {
  assert.deepEqual(checkHistory([...begin(), ...talk, list(200, "a", ["b", "c"]), later]), []);
});

test("doubled", () => {
  assert.deepEqual(kinds([...begin(), ...talk, receive(130, "b", "a", 2)]), ["doubled"]);
  assert.deepEqual(kinds([...begin(), ...talk, receive(130, "b", "a", 1)]), ["doubled"], "an old one too");
});

test("reordered", () => {
  const swapped = talk.filter((event) => event.client !== "c");
  assert.deepEqual(kinds([...begin(), ...swapped, receive(116, "c", "a", 2), receive(117, "c", "a", 1), receive(126, "c", "a", 3)]), ["reordered"]);
  assert.deepEqual(kinds([...begin(), ...swapped, receive(116, "c", "a", 1), receive(117, "c", "a", 3), receive(126, "c", "a", 2)]), ["reordered"],
    "between message and signal too");
});

test("lost", () => {
  assert.deepEqual(kinds([...begin(), ...without(receive(106, "c", "a", 1))]), ["lost"]);
  assert.deepEqual(kinds([...begin(), ...without(receive(126, "c", "a", 3))]), ["lost"]);
  assert.deepEqual(kinds([...begin(), ...without(receive(126, "c", "a", 3)), { type: "answer", at: 130, client: "a", number: 3, ok: false, code: "unavailable" }]), ["refused"]);
});

test("what falls into a fault's window may be lost, between the nodes that it affects", () => {
  const history = [...begin(), ...without(receive(106, "c", "a", 1))];
  assert.deepEqual(kinds(history, { faults: [{ begin: 90, end: 300 }] }), []);
  assert.deepEqual(kinds(history, { faults: [{ begin: 90, end: 300, affects: (a, b) => [a, b].includes("n3") }] }), ["lost"]);
  assert.deepEqual(kinds(history, { faults: [{ begin: 5000, end: 6000 }] }), ["lost"]);
  assert.deepEqual(kinds([...begin(), ...without(receive(105, "b", "a", 1))], { faults: [{ begin: 90, end: 300 }] }), ["lost"], "never on one node");
});

test("who came late or was about to leave need not have received", () => {
  const history = [...begin(), ...talk.filter((event) => event.client !== "c")];
  const leave = { type: "leave", asked: 400, at: 410, client: "c", room: "r", ok: true };
  assert.deepEqual(kinds([...history, leave, told(411, "a", "left", "c"), told(411, "b", "left", "c")]), []);
  const newcomer = [{ type: "connect", at: 150, client: "d", node: "n2" }, { type: "join", asked: 151, at: 155, client: "d", room: "r", ok: true, peers: ["a", "b", "c"] },
    ...["a", "b", "c"].map((client) => told(156, client, "joined", "d"))];
  assert.deepEqual(kinds([...begin(), ...talk, ...newcomer]), []);
});

test("what was never sent, or to somebody else", () => {
  assert.deepEqual(kinds([...begin(), ...talk, receive(130, "b", "a", 9)]), ["unsent"]);
  assert.deepEqual(kinds([...begin(), ...talk, receive(130, "b", "a", 3)]), ["astray"]);
  assert.deepEqual(kinds([...begin(), ...talk, receive(130, "a", "a", 1)]), ["astray"]);
  assert.deepEqual(kinds([...begin(), ...talk, { type: "connect", at: 1, client: "d", node: "n2" }, receive(130, "d", "a", 1)]), ["astray"]);
});

test("a ghost: a list names somebody who has gone", () => {
  const left = [told(1001, "a", "left", "c", "disconnected"), told(1001, "b", "left", "c", "disconnected")];
  const gone = [...begin(), ...talk, end(1000, "c"), ...left];
  assert.deepEqual(kinds([...gone, list(1500, "a", ["b", "c"])]), [], "the loss may not have been noticed yet");
  assert.deepEqual(kinds([...gone, list(3000, "a", ["b", "c"])]), ["ghost"]);
  assert.deepEqual(kinds([...gone, list(3000, "a", ["b", "c"])], { faults: [{ begin: 900, end: 3500 }] }), []);
  assert.deepEqual(kinds([...gone, list(9000, "a", ["b", "c"])], { faults: [{ begin: 900, end: 3500 }] }), ["ghost"]);
  assert.deepEqual(kinds([...begin(), ...talk, list(200, "a", ["b", "c", "x"])]), ["ghost"]);
  const leave = { type: "leave", asked: 400, at: 410, client: "c", room: "r", ok: true };
  assert.deepEqual(kinds([...begin(), leave, told(411, "a", "left", "c"), told(411, "b", "left", "c"), list(420, "a", ["b", "c"])]), ["ghost"],
    "after an acknowledged leave at once");
});

test("who leaves and comes back is there again", () => {
  const leave = { type: "leave", asked: 400, at: 410, client: "c", room: "r", ok: true };
  const back = { type: "join", asked: 500, at: 505, client: "c", room: "r", ok: true, peers: ["a", "b"] };
  const tell = (at, event) => ["a", "b"].map((client) => told(at, client, event, "c"));
  const history = [...begin(), ...talk, leave, ...tell(411, "left"), list(420, "a", ["b"]), back, ...tell(506, "joined"), list(520, "a", ["b", "c"])];
  assert.deepEqual(kinds(history), []);
  assert.deepEqual(kinds([...history, list(600, "a", ["b"])]), ["missing"]);
});

test("a list lacks a member, names one twice, or the caller", () => {
  assert.deepEqual(kinds([...begin(), list(200, "a", ["b"])]), ["missing"]);
  assert.deepEqual(kinds([...begin(), list(200, "a", ["b"])], { faults: [{ begin: 100, end: 300 }] }), []);
  const gone = [end(2000, "c"), told(2001, "a", "left", "c", "disconnected"), told(2001, "b", "left", "c", "disconnected")];
  assert.deepEqual(kinds([...begin(), list(1100, "a", ["b"]), ...gone], { grace: 1000 }), [], "on its way out");
  assert.deepEqual(kinds([...begin(), list(900, "a", ["b"]), ...gone], { grace: 1000 }), ["missing"]);
  assert.deepEqual(kinds([...begin(), list(200, "a", ["b", "c", "c"])]), ["listed twice"]);
  assert.deepEqual(kinds([...begin(), list(200, "a", ["a", "b", "c"])]), ["listed itself"]);
});

test("announced twice, left twice, and a picture that is wrong in the end", () => {
  assert.deepEqual(kinds([...begin(), told(300, "a", "joined", "c")]), ["announced twice"]);
  const gone = [...begin(), end(1000, "c"), told(1001, "a", "left", "c", "disconnected"), told(1001, "b", "left", "c", "disconnected")];
  assert.deepEqual(kinds(gone), []);
  assert.deepEqual(kinds([...gone, told(1002, "a", "left", "c", "disconnected")]), ["left twice"]);
  assert.deepEqual(kinds(gone.slice(0, -1)), ["picture"]);
  assert.deepEqual(kinds([...begin(), told(300, "a", "left", "c", "node-lost")]), ["picture"]);
});

test("a lost node is told of once, to each survivor, within the lease", () => {
  const lost = [...begin(), { type: "node-lost", at: 1000, node: "n2" }, end(1000, "c")];
  const both = (at) => ["a", "b"].map((client) => told(at, client, "left", "c", "node-lost"));
  assert.deepEqual(kinds([...lost, ...both(4000)]), []);
  assert.deepEqual(kinds([...lost, ...both(4000)], { lostWithin: 2000 }), ["node-lost"]);
  assert.deepEqual(kinds([...lost, both(4000)[0]]), ["picture", "node-lost"]);
  assert.deepEqual(kinds([...lost, ...both(4000), ...both(4100)]), ["left twice", "node-lost"]);
  assert.deepEqual(kinds([...lost, ...["a", "b"].map((client) => told(4000, client, "left", "c", "disconnected"))]), ["node-lost"]);
});
