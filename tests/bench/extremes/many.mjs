// Whether an operation costs the same however much there is beside it: rooms, rooms of one socket, namespaces. Processor time is
// that of the server's threads for a counted number of operations, which follow each other one for each pair of clients.

import { eventually, sleep, within } from "../../support/server.mjs";
import { memoryKbOf, threadMicrosecondsOf } from "../processes.mjs";
import { median } from "../statistics.mjs";
import { Crowd, windowed } from "./crowd.mjs";
import { samplesOf } from "./loop_times.mjs";
import { startOne, startWithKitchen, withServer } from "./servers.mjs";
import { digits } from "./table.mjs";

const inFlight = 16;

/** Server's microseconds for each of `count` operations. */
async function costOf(server, count, work) {
  const before = threadMicrosecondsOf([server.pid]);
  await within(120_000, `${count} operations`, work());
  return (threadMicrosecondsOf([server.pid]) - before) / count;
}

/** The median of several times. */
async function typicalCost(server, times, count, work) {
  const costs = [];
  for (let i = 0; i < times; i++) costs.push(await costOf(server, count, work));
  return median(costs);
}

const thousands = (value) => value.toLocaleString("en");
const below = (count) => Math.floor(Math.random() * count);
/** Of the last row to the first, for the columns named. */
const growth = (rows, columns) => columns.map((column) => `${column} ×${digits(rows.at(-1)[column] / rows[0][column])}`).join(", ");

/** Two clients that are in the same rooms. */
class Pair {
  constructor(first, second) {
    this.first = first;
    this.second = second;
    this.rooms = [];
    this.waiting = undefined;
    second.onEvent = (text) => {
      if (text.startsWith('42["message"')) this.waiting?.();
    };
  }

  async join(room) {
    await this.first.request("join", room);
    await this.second.request("join", room);
    this.rooms.push(room);
  }

  /** One message to a room, until the other has it. */
  message(room) {
    const there = new Promise((resolve) => {
      this.waiting = resolve;
    });
    this.first.emit("message", `{"room":"${room}","data":"${"x".repeat(64)}"}`);
    return there;
  }

  async rejoin(room) {
    await this.second.request("leave", room);
    await this.second.request("join", room);
  }
}

const pairsOf = (crowd) => Array.from({ length: crowd.clients.length / 2 }, (_, i) => new Pair(crowd.clients[2 * i], crowd.clients[2 * i + 1]));

/** `count` operations, each of a pair that has none under way, in one of its rooms. */
async function onRandomRooms(pairs, count, work) {
  const able = pairs.filter(({ rooms }) => rooms.length > 0);
  const lanes = Math.min(inFlight, able.length);
  await windowed(count, lanes, async () => {
    const at = below(able.length);
    const pair = able[at];
    // Taken out while it works.
    able[at] = able.at(-1);
    able.pop();
    try {
      await work(pair, pair.rooms[below(pair.rooms.length)]);
    } finally {
      able.push(pair);
    }
  });
}

/** So that the first level does not pay for what is only made once: pools, code paths, the heap. */
async function warmUp(pairs) {
  const few = pairs.slice(0, 200);
  await windowed(few.length, inFlight, (i) => few[i].join(`warm-${i}`));
  for (let i = 0; i < 5; i++) await onRandomRooms(few, 2000, (pair, room) => pair.message(room));
  await onRandomRooms(few, 2000, (pair, room) => pair.rejoin(room));
  await windowed(few.length, inFlight, async (i) => {
    await few[i].first.request("leave", `warm-${i}`);
    await few[i].second.request("leave", `warm-${i}`);
    few[i].rooms = [];
  });
}

export const manyRooms = {
  name: "many-rooms",
  group: "many",
  async run({ quick, makeRoom }) {
    const levels = quick ? [100, 1000] : [1000, 10_000, 100_000];
    const perSocket = 32;  // as many as webrtc_signaling lets by default
    const sockets = 2 * Math.ceil(levels.at(-1) / perSocket);
    await makeRoom(sockets);
    const rows = await withServer(startOne(), async (server) => {
      const crowd = await Crowd.open(server, sockets);
      try {
        const pairs = pairsOf(crowd);
        await warmUp(pairs);
        const measured = [];
        let rooms = 0;
        for (const level of levels) {
          const kilobytes = memoryKbOf([server.pid]);
          const more = level - rooms;
          const first = rooms;
          const join = await costOf(server, 2 * more, () => windowed(more, inFlight, (i) => pairs[(first + i) % pairs.length].join(`room-${first + i}`)));
          const bytes = ((memoryKbOf([server.pid]) - kilobytes) * 1024) / more;
          rooms = level;
          const operations = quick ? 2000 : 10_000;
          measured.push({
            level, join, bytes,
            message: await typicalCost(server, 3, operations, () => onRandomRooms(pairs, operations, (pair, room) => pair.message(room))),
            rejoin: await typicalCost(server, 3, operations / 2, () => onRandomRooms(pairs, operations / 2, (pair, room) => pair.rejoin(room))),
          });
        }
        return measured;
      } finally {
        await crowd.drop();
      }
    });
    return {
      table: "many",
      title: "Many of everything",
      text: "Processor time of the server for one operation and memory (Pss) of one item, beside so many others. Message: 64 B to a random room of two, heard by the other;" +
        " all follow each other with 16 under way.",
      head: ["what there is", "join, µs", "message, µs", "leave and join, µs", "bytes of each"],
      rows: rows.map(({ level, join, message, rejoin, bytes }) => [`${thousands(level)} rooms of two`, digits(join), digits(message), digits(rejoin), digits(bytes)]),
      notes: [`Rooms: ${thousands(sockets)} sockets, in up to ${perSocket} rooms each; all limits as by default. Growth from the fewest to the most: ${growth(rows, ["join", "message", "rejoin"])}.`],
      measured: rows,
    };
  },
};

export const manyRoomsOfASocket = {
  name: "many-rooms-of-a-socket",
  group: "many",
  async run({ quick, makeRoom }) {
    const levels = quick ? [10, 100] : [10, 100, 1000];
    const memberships = quick ? 2000 : 20_000;  // in all, at each level
    await makeRoom(memberships / levels[0]);
    const rows = [];
    for (const level of levels) {
      // With its own id each socket is in one room more.
      const set = { "plugins.webrtc_signaling.max_rooms_per_socket": level, "socketio.max_rooms_per_socket": level + 1 };
      rows.push(await withServer(startOne(set), async (server) => {
        const crowd = await Crowd.open(server, memberships / level);
        try {
          const pairs = pairsOf(crowd);
          await warmUp(pairs.slice(0, 10));
          const speakers = pairs.slice(0, 10);  // as many at every level
          const join = await costOf(server, memberships, () => windowed(pairs.length, 10, async (i) => {
            for (let room = 0; room < level; room++) await pairs[i].join(`room-${i}-${room}`);
          }));
          const operations = quick ? 2000 : 10_000;
          const message = await typicalCost(server, 3, operations, () => onRandomRooms(speakers, operations, (pair, room) => pair.message(room)));
          const rejoin = await typicalCost(server, 3, operations / 2, () => onRandomRooms(speakers, operations / 2, (pair, room) => pair.rejoin(room)));
          const disconnect = await costOf(server, memberships, async () => {
            await crowd.drop();
            await eventually("all have left", async () => (await samplesOf(server)).get("signaling_sockets") === 0, 30_000);
          });
          return { level, join, message, rejoin, disconnect };
        } finally {
          await crowd.drop();
        }
      }));
    }
    return {
      table: "many-of-a-socket",
      title: "Many rooms of one socket",
      text: `Processor time of the server for one operation; ${thousands(memberships)} memberships in all at every level, two in each room. Leaving by disconnecting is told for each room of the socket.`,
      head: ["rooms of each socket", "join, µs", "message, µs", "leave and join, µs", "left by disconnecting, µs"],
      rows: rows.map(({ level, join, message, rejoin, disconnect }) => [thousands(level), ...[join, message, rejoin, disconnect].map(digits)]),
      notes: [`\`plugins.webrtc_signaling.max_rooms_per_socket\` (default 32) and \`socketio.max_rooms_per_socket\` (default 1,000, a socket's own room counts) are raised to the level. Growth from the fewest to the most: ${growth(rows, ["join", "message", "rejoin", "disconnect"])}.`],
      measured: rows,
    };
  },
};

export const manyNamespaces = {
  name: "many-namespaces",
  group: "many",
  async run({ quick, makeRoom }) {
    const levels = quick ? [100, 1000] : [100, 1000, 10_000];
    const perClient = 10;  // of the 16 that socketio.max_namespaces_per_client lets by default
    const clients = levels.at(-1) / perClient;
    await makeRoom(clients);
    const rows = await withServer(startWithKitchen(), async (server) => {
      const crowd = await Crowd.open(server, clients);
      try {
        const own = (i) => [crowd.clients[i % clients], `/dynamic-${i}`];
        const connect = async (i) => {
          const [client, namespace] = own(i);
          await client.connect(namespace);
        };
        const leave = async (i) => {
          const [client, namespace] = own(i);
          client.disconnect(namespace);
          // Nothing answers a DISCONNECT; what follows it on the same connection does.
          await client.ask("leave", '{"room":"none"}');
        };
        const ask = async (i) => {
          const [client, namespace] = own(i);
          await client.ask("ack", "0", namespace);
        };
        const few = Math.min(200, levels[0]);
        for (let round = 0; round < 5; round++) {
          await windowed(few, inFlight, connect);
          await windowed(few * 5, inFlight, (i) => ask(i % few));
          await windowed(few, inFlight, leave);
        }
        await sleep(200);
        const measured = [];
        let namespaces = 0;
        for (const level of levels) {
          const kilobytes = memoryKbOf([server.pid]);
          const more = level - namespaces;
          const first = namespaces;
          const cost = await costOf(server, more, () => windowed(more, inFlight, (i) => connect(first + i)));
          const bytes = ((memoryKbOf([server.pid]) - kilobytes) * 1024) / more;
          namespaces = level;
          const operations = quick ? 2000 : 10_000;
          const event = await typicalCost(server, 3, operations, () => windowed(operations, inFlight, () => ask(below(level))));
          // Each namespace at most once, one after the other, so that none is asked for twice at the same time.
          const again = Math.min(level, operations);
          const reconnect = await typicalCost(server, 3, again, () => windowed(again, inFlight, async (i) => {
            await leave(i);
            await connect(i);
          }));
          measured.push({ level, connect: cost, event, reconnect, bytes });
        }
        const counted = (await samplesOf(server)).get("signaling_namespaces");
        if (counted < levels.at(-1)) throw new Error(`the server counts ${counted} namespaces`);
        return measured;
      } finally {
        await crowd.drop();
      }
    });
    return {
      table: "many-namespaces",
      title: "Many namespaces from a pattern",
      text: "Namespaces that `/dynamic-*` of an application makes, one socket in each. Processor time of the server for one operation and memory (Pss) of one namespace with its socket.",
      head: ["namespaces", "CONNECT, µs", "event with acknowledgement, µs", "DISCONNECT, event and CONNECT, µs", "bytes of each"],
      rows: rows.map(({ level, connect, event, reconnect, bytes }) => [thousands(level), ...[connect, event, reconnect, bytes].map(digits)]),
      notes: [`${thousands(clients)} clients, in up to ${perClient} namespaces each; all limits as by default. Growth from the fewest to the most: ${growth(rows, ["connect", "event", "reconnect"])}.`],
      measured: rows,
    };
  },
};
