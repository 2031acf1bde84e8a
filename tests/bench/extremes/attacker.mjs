// The other half of the clients, in a process of its own: floods of events, readers that do not read, and malformed input, each at a
// rate that is bounded, so that what is measured is the server and not how fast this process can be.
//
//   node attacker.mjs '{"port":3000,"malformed":10000,"connecting":2000,"flood":10000,"flooders":50,"readers":10}'
//
// malformed   pieces of malformed input a second in all: requests that are wrong for Engine.IO on connections that stay, and
// connecting  so many of them on a connection each, which the server ends: no HTTP, and wrong frames and packets on WebSockets
// flood       events a second of `flooders` clients, to rooms of their own
// readers     members of a room that gets 1.6 MB a second, who read nothing, and come again when they were given up
//
// Says `ready` when all are there, and at `SIGTERM` an object with what it did.

import net from "node:net";

import { get, webSocketHandshake } from "../../support/raw_http.mjs";
import { frame, text } from "../../support/websocket_frames.mjs";
import { Client } from "./crowd.mjs";

const settings = JSON.parse(process.argv[2]);
const server = { webSocketUrl: `ws://127.0.0.1:${settings.port}` };
const address = (i) => `127.0.${64 + (i >> 8)}.${1 + (i & 0xff) % 254}`;
const did = { malformed: 0, connections: 0, events: 0, given_up: 0 };
let isOver = false;

/**
 * Calls `act(count)` with what is due, each millisecond: attackers do not keep step. What was missed while this process waited for the
 * processor is not made up for, as it would come at once.
 */
function paced(rate, act) {
  if (!(rate > 0)) return;
  let last = performance.now();
  let due = 0;
  setInterval(() => {
    const now = performance.now();
    due += (Math.min(now - last, 20) * rate) / 1000;
    last = now;
    const count = Math.floor(due);
    due -= count;
    if (count > 0) act(count);
  }, 1);
}

// Wrong, but HTTP: the connection stays.
const wrongRequests = [
  get("/socket.io/?EIO=4&transport=polling&sid=AAAAAAAAAAAAAAAAAAAA"), get("/socket.io/?EIO=3&transport=polling"), get("/socket.io/?EIO=4&transport=constructor"),
  get("/socket.io/?EIO=4&transport=websocket"), get("/socket.io/?EIO=4&transport=polling&sid=%00%ff"),
];

class WrongRequests {
  constructor(i) {
    this.i = i;
    this.connect();
  }

  connect() {
    if (isOver) return;
    this.socket = net.connect({ port: settings.port, host: "127.0.0.1", localAddress: address(this.i) });
    this.socket.on("data", () => {}).on("error", () => {}).on("close", () => setTimeout(() => this.connect(), 50));
  }

  send(count) {
    // Who does not answer any more is not asked: the rate is bounded, this process's memory too.
    if (this.socket.writableLength > 100_000) return;
    this.socket.write(Array.from({ length: count }, (_, i) => wrongRequests[i % wrongRequests.length]).join(""));
    did.malformed += count;
  }
}

// On a connection each.
const handshake = Buffer.from(webSocketHandshake());
const wrongConnections = [
  Buffer.from("hello\r\n\r\n"), Buffer.from("GET / HTTP/1.1\nHost: x\n\n"), Buffer.from("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"),
  Buffer.concat([handshake, frame(0x81, Buffer.from("4"), { masked: false })]), Buffer.concat([handshake, text("40"), text('42["a",{"b":[}]')]),
  Buffer.concat([handshake, frame(0x83)]), Buffer.concat([handshake, text("9")]), Buffer.concat([handshake, text("40"), text('511-["a"]')]),
];
let connecting = 0;

function connectWrongly(count) {
  for (let i = 0; i < count && connecting < 500; i++) {
    connecting++;
    const number = did.connections++;
    const socket = net.connect({ port: settings.port, host: "127.0.0.1", localAddress: address(1000 + (number % 2000)) });
    socket.on("data", () => {}).on("error", () => {}).on("close", () => connecting--);
    socket.setTimeout(2000, () => socket.destroy());
    socket.end(wrongConnections[number % wrongConnections.length]);
    did.malformed++;
  }
}

async function readNothing(i) {
  while (!isOver) {
    try {
      const client = await Client.open(server, address(500 + i));
      await client.connect();
      await client.request("join", "attack-readers");
      client.socket.pause();
      // Nothing tells a process that does not read; the server ends the connection, and this side hears of it only by writing.
      const timer = setInterval(() => client.socket.ping(), 500);
      await Promise.race([client.closed, new Promise((resolve) => client.socket._socket.once("error", resolve)), new Promise((resolve) => client.socket._socket.once("close", resolve))]);
      clearInterval(timer);
      client.socket.terminate();
      if (!isOver) did.given_up++;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}

async function flooder(i) {
  const client = await Client.open(server, address(i));
  await client.connect();
  await client.request("join", `attack-${i}`);
  return client;
}

async function main() {
  const flooders = await Promise.all(Array.from({ length: settings.flooders }, (_, i) => flooder(i)));
  const sender = await Client.open(server, address(499));
  await sender.connect();
  await sender.request("join", "attack-readers");
  for (let i = 0; i < settings.readers; i++) void readNothing(i);
  const requests = Array.from({ length: 20 }, (_, i) => new WrongRequests(200 + i));

  let turn = 0;
  paced(settings.malformed - settings.connecting, (count) => {
    const each = Math.ceil(count / 4);
    for (let left = count; left > 0; left -= each) requests[turn++ % requests.length].send(Math.min(each, left));
  });
  paced(settings.connecting, connectWrongly);
  paced(settings.flood, (count) => {
    for (let i = 0; i < count; i++) {
      const flood = turn++ % flooders.length;
      const client = flooders[flood];
      if (client.socket.readyState !== 1 || client.socket.bufferedAmount > 100_000) continue;
      client.emit("message", `{"room":"attack-${flood}","data":"${turn}"}`);
      did.events++;
    }
  });
  const large = `{"room":"attack-readers","data":"${"x".repeat(16_000)}"}`;
  paced(settings.readers > 0 ? 100 : 0, (count) => {
    for (let i = 0; i < count && sender.socket.bufferedAmount < 1_000_000; i++) sender.emit("message", large);
  });
  console.log("ready");
}

process.on("SIGTERM", () => {
  isOver = true;
  const { user, system } = process.cpuUsage();
  process.stdout.write(`${JSON.stringify({ ...did, processor_seconds: (user + system) / 1e6 })}\n`, () => process.exit(0));
});
await main();
