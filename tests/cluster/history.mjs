// Checks a recorded history of a cluster: a pure function from what clients did and saw to what was wrong with it.
//
// Events, in the order in which the recorder saw them; `at` in milliseconds, one clock for all:
//   {type: "connect", at, client, node}                         client: its Socket.IO id
//   {type: "end", at, client}                                   its connection is over
//   {type: "join", asked, at, client, room, ok, code, peers}    asked: when it was sent, at: when it was answered; peers: ids
//   {type: "leave", asked, at, client, room, ok}
//   {type: "peers", asked, at, client, room, ok, code, peers}
//   {type: "send", at, client, room, number, to}                number: grows with each send of a client; to: absent for all
//   {type: "answer", at, client, number, ok, code}              acknowledgement of a send
//   {type: "receive", at, client, from, room, number}
//   {type: "told", at, client, room, event, id, reason}         event: "joined" or "left"
//   {type: "node-lost", at, node}                               that node was killed, or stopped for longer than its lease
//
// A client joins a room again only after it left it. Faults are windows of time {begin, end, affects}: between nodes for which
// `affects(a, b)` is true (default: any two different ones) messages may be lost and lists may be old from begin to end.

/** What may be lost in `fault` between a sender's node and a receiver's. */
const touches = (fault, a, b) => (fault.affects ? fault.affects(a, b) : a !== b);

/**
 * @param {object[]} events
 * @param {object} [options]
 * @param {{begin: number, end: number, affects?: (a: string, b: string) => boolean}[]} [options.faults]
 * @param {number} [options.transit]     how long a message may take, and a receiver has to stay to be counted on
 * @param {number} [options.grace]       how long a list may name somebody whose connection was lost, or lack it before it knows itself
 * @param {number} [options.lostWithin]  how long after a node's end its members' departure has to be told
 * @returns {{kind: string, text: string}[]} empty: nothing is wrong
 */
export function checkHistory(events, { faults = [], transit = 2000, grace = 1000, lostWithin = 10_000 } = {}) {
  const faulty = [];
  const fault = (kind, text) => faulty.push({ kind, text });
  const clients = readClients(events);
  const nodeOf = (client) => clients.get(client)?.node;
  const isExcused = (begin, end, a, b) => faults.some((window) => window.begin <= end && window.end >= begin && touches(window, a, b));

  checkReceipts(events, clients, fault);
  checkLosses(events, clients, { transit, nodeOf, isExcused, fault });
  checkLists(events, clients, { faults, grace, fault });
  checkPictures(events, clients, fault);
  checkLostNodes(events, clients, { lostWithin, fault });
  return faulty;
}

/** Each client's node and stays in rooms: from and to are certain (acknowledged), asked and gone are the outer bounds. */
function readClients(events) {
  const clients = new Map();
  for (const event of events) {
    const client = clients.get(event.client);
    if (event.type === "connect") {
      clients.set(event.client, { node: event.node, end: Infinity, rooms: new Map() });
    } else if (event.type === "join" && event.ok) {
      const stay = { asked: event.asked, from: event.at, to: Infinity, gone: Infinity };
      client.rooms.set(event.room, [...(client.rooms.get(event.room) ?? []), stay]);
    } else if (event.type === "leave" && event.ok) {
      Object.assign(client.rooms.get(event.room).at(-1), { to: event.asked, gone: event.at });
    } else if (event.type === "end") {
      client.end = event.at;
      for (const stay of [...client.rooms.values()].flat()) {
        if (stay.gone === Infinity) Object.assign(stay, { to: event.at, gone: event.at, isLost: true });
      }
    }
  }
  return clients;
}

const staysOf = (client, room) => client?.rooms.get(room) ?? [];

/** Nothing twice, nothing that was not sent, nothing for others, order of each sender kept. */
function checkReceipts(events, clients, fault) {
  const sent = new Map();
  for (const event of events) if (event.type === "send") sent.set(`${event.client} ${event.number}`, event);
  const last = new Map();
  const seen = new Set();
  for (const event of events) {
    if (event.type !== "receive") continue;
    const what = `${event.client} received ${event.number} of ${event.from} at ${event.at}`;
    const send = sent.get(`${event.from} ${event.number}`);
    if (!send || send.room !== event.room) {
      fault("unsent", `${what}, which was never sent there`);
      continue;
    }
    if (send.to ? send.to !== event.client : send.client === event.client) fault("astray", `${what}, which was not for it`);
    if (!staysOf(clients.get(event.client), event.room).some((stay) => stay.asked <= event.at)) fault("astray", `${what} without being in ${event.room}`);
    const key = `${event.client} ${event.from} ${event.number}`;
    const pair = `${event.client} ${event.from}`;
    if (seen.has(key)) fault("doubled", `${what} again`);
    else if (last.get(pair) > event.number) fault("reordered", `${what} after ${last.get(pair)}`);
    seen.add(key);
    last.set(pair, Math.max(last.get(pair) ?? -Infinity, event.number));
  }
}

/** What was sent to somebody who was there before and after arrived, outside of faults. */
function checkLosses(events, clients, { transit, nodeOf, isExcused, fault }) {
  const received = new Set();
  const refused = new Map();
  const members = new Map();
  for (const event of events) {
    if (event.type === "receive") received.add(`${event.client} ${event.from} ${event.number}`);
    if (event.type === "answer" && !event.ok) refused.set(`${event.client} ${event.number}`, event.code);
  }
  for (const [id, client] of clients) {
    for (const [room, stays] of client.rooms) {
      if (!members.has(room)) members.set(room, []);
      members.get(room).push(...stays.map((stay) => ({ id, stay })));
    }
  }
  const until = events.reduce((latest, event) => Math.max(latest, event.at), -Infinity);
  for (const send of events) {
    if (send.type !== "send" || send.at + transit > until) continue;
    if (!staysOf(clients.get(send.client), send.room).some((stay) => stay.from <= send.at && stay.to >= send.at)) continue;
    const refusal = refused.get(`${send.client} ${send.number}`);
    for (const { id, stay } of members.get(send.room)) {
      if (id === send.client || (send.to && send.to !== id)) continue;
      if (stay.from > send.at || stay.to < send.at + transit) continue;
      const [from, to] = [nodeOf(send.client), nodeOf(id)];
      if (received.has(`${id} ${send.client} ${send.number}`) || isExcused(send.at, send.at + transit, from, to)) continue;
      // The sender may have gone down with its connection before the server read it.
      if (clients.get(send.client).end < send.at + transit) continue;
      fault(refusal ? "refused" : "lost", `${refusal ?? ""} ${send.number} of ${send.client} (${from}) to ${id} (${to}) in ${send.room}, sent at ${send.at}`);
    }
  }
}

/** Lists name everybody who is certainly there, and nobody who has gone. */
function checkLists(events, clients, { faults, grace, fault }) {
  const members = new Map();
  for (const [id, { rooms }] of clients) for (const room of rooms.keys()) members.set(room, [...(members.get(room) ?? []), id]);
  for (const event of events) {
    if ((event.type !== "peers" && event.type !== "join") || !event.ok) continue;
    const what = `the list of ${event.room} for ${event.client}, asked at ${event.asked}, answered at ${event.at},`;
    const listed = new Set(event.peers);
    if (listed.size !== event.peers.length) fault("listed twice", `${what} names somebody twice`);
    if (listed.has(event.client)) fault("listed itself", `${what} names the caller`);
    // During a fault a list may be as old as the fault.
    const windows = faults.filter((window) => window.begin <= event.at && window.end >= event.asked - grace);
    const oldest = Math.min(event.asked, ...windows.map(({ begin }) => begin));
    for (const id of listed) {
      const stays = staysOf(clients.get(id), event.room).filter((stay) => stay.asked <= event.at);
      if (stays.length === 0) fault("ghost", `${what} names ${id}, which never joined`);
      else if (stays.every((stay) => stay.gone + (stay.isLost || windows.length > 0 ? grace : 0) < oldest)) {
        fault("ghost", `${what} names ${id}, gone since ${stays.at(-1).gone}`);
      }
    }
    if (windows.length > 0) continue;
    for (const id of members.get(event.room) ?? []) {
      // Its node knows before a client does that its connection is over: a poll has to come for that word.
      const certain = ({ to, isLost }) => (isLost ? to - grace : to);
      const stay = staysOf(clients.get(id), event.room).find((each) => each.from <= event.asked && certain(each) >= event.at);
      if (id !== event.client && stay && !listed.has(id)) fault("missing", `${what} lacks ${id}, there since ${stay.from}`);
    }
  }
}

/** What a member was told of others fits together, and is right in the end. */
function checkPictures(events, clients, fault) {
  const pictures = new Map();
  for (const event of events) {
    const key = `${event.client} ${event.room}`;
    if (event.type === "join" && event.ok) pictures.set(key, new Set(event.peers));
    if (event.type === "leave" && event.ok) pictures.delete(key);
    if (event.type !== "told" || !pictures.has(key)) continue;
    const picture = pictures.get(key);
    const what = `${event.client} was told at ${event.at} that ${event.id} ${event.event} ${event.room}`;
    if (event.event === "joined") {
      if (picture.has(event.id)) fault("announced twice", what);
      picture.add(event.id);
    } else if (!picture.delete(event.id)) {
      fault("left twice", `${what} (${event.reason})`);
    }
  }
  for (const [id, client] of clients) {
    if (client.end !== Infinity) continue;
    for (const room of client.rooms.keys()) {
      const picture = pictures.get(`${id} ${room}`);
      const isIn = (other) => staysOf(other, room).at(-1)?.gone === Infinity;
      if (!isIn(client) || !picture) continue;
      const there = [...clients].filter(([other, one]) => other !== id && isIn(one)).map(([other]) => other);
      for (const other of there) if (!picture.has(other)) fault("picture", `in the end ${id} does not know of ${other} in ${room}`);
      for (const other of picture) if (!there.includes(other)) fault("picture", `in the end ${id} still takes ${other} for a member of ${room}`);
    }
  }
}

/** Each survivor is told of each member that a lost node took along, once, in time. */
function checkLostNodes(events, clients, { lostWithin, fault }) {
  for (const loss of events.filter(({ type }) => type === "node-lost")) {
    const told = new Map();
    for (const event of events) {
      if (event.type !== "told" || event.event !== "left" || event.reason !== "node-lost") continue;
      const key = `${event.client} ${event.room} ${event.id}`;
      told.set(key, [...(told.get(key) ?? []), event.at]);
    }
    const isThere = (stays, begin, end) => stays?.some((stay) => stay.from <= begin && stay.to >= end);
    for (const [lost, { node, rooms }] of clients) {
      if (node !== loss.node) continue;
      for (const [room, stays] of rooms) {
        if (!isThere(stays, loss.at, loss.at)) continue;
        for (const [id, survivor] of clients) {
          if (survivor.node === loss.node || !isThere(survivor.rooms.get(room), loss.at, loss.at + lostWithin)) continue;
          const times = told.get(`${id} ${room} ${lost}`) ?? [];
          const what = `${id} (${survivor.node}) was told that ${lost} of ${room} went down with ${loss.node}`;
          if (times.length !== 1) fault("node-lost", `${what} ${times.length} times`);
          else if (times[0] < loss.at || times[0] > loss.at + lostWithin) fault("node-lost", `${what} after ${times[0] - loss.at} ms`);
        }
      }
    }
  }
}
