// The fixed script of everything that is counted: the same clients, rooms and messages each time, and never more than one batch
// on its way, so that a server with one event loop does the same steps each time, however busy the machine is.

import assert from "node:assert/strict";

import { within } from "../../support/server.mjs";
import { RawWebSocket, textFrame } from "./raw_websocket.mjs";

/** JSON text of what a message carries: as long as in the measured rows, and a description as browsers offer it. */
const short = JSON.stringify("0123456789abcdef".repeat(4));
const description = JSON.stringify({
  type: "offer",
  sdp: "v=0\r\no=- 4611731400430051336 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n" + Array.from({ length: 40 }, (_, i) => `a=rtpmap:${96 + i} VP8/90000\r\na=rtcp-fb:${96 + i} nack pli\r\n`).join(""),
});

/**
 * name        of the case, in files and tables
 * title       for people
 * event       "signal" to the other of a pair, or "message" to a room of ten
 * data        JSON text
 * batch       messages that one client sends in one write; the next batch is sent when all of this one has arrived
 * wantsAck    each is acknowledged
 * deliveries  of one message
 */
export const cases = [
  { name: "relay", title: "relay, one in flight", event: "signal", data: short, batch: 1, wantsAck: false, deliveries: 1 },
  { name: "relay-ack", title: "relay, acknowledged, one in flight", event: "signal", data: short, batch: 1, wantsAck: true, deliveries: 1 },
  { name: "relay-16", title: "relay, 16 in one write", event: "signal", data: short, batch: 16, wantsAck: false, deliveries: 1 },
  { name: "relay-sdp", title: "relay of a 2 KB description, one in flight", event: "signal", data: description, batch: 1, wantsAck: false, deliveries: 1 },
  { name: "fanout", title: "fan-out to 9, one in flight", event: "message", data: short, batch: 1, wantsAck: false, deliveries: 9 },
  { name: "fanout-ack", title: "fan-out to 9, acknowledged, one in flight", event: "message", data: short, batch: 1, wantsAck: true, deliveries: 9 },
  { name: "fanout-16", title: "fan-out to 9, 16 in one write", event: "message", data: short, batch: 16, wantsAck: false, deliveries: 9 },
];

/** Settings of a server for the script: one loop, and nothing that happens by the clock. */
export const serverSettings = { "listen.workers": 1, "engine.ping_interval": "600s" };

export class FixedScript {
  /** Connects `pairs` pairs and `rooms` rooms of ten, and one client that marks. All join, one after the other. */
  static async start(port, { pairs = 20, rooms = 4 } = {}) {
    const script = new FixedScript();
    try {
      for (let pair = 0; pair < pairs; pair++) {
        const members = [await script.#join(port, `pair-${pair}`), await script.#join(port, `pair-${pair}`)];
        for (const [index, member] of members.entries()) member.peer = members[1 - index];
        script.signalers.push(...members);
      }
      for (let room = 0; room < rooms; room++) {
        for (let member = 0; member < 10; member++) script.talkers.push(await script.#join(port, `room-${room}`));
      }
      script.marker = await script.#join(port, "marker");
      return script;
    } catch (error) {
      script.stop();
      throw error;
    }
  }

  constructor() {
    this.signalers = [];
    this.talkers = [];
    this.clients = [];
    this.outstanding = 0;
  }

  /**
   * Sends the messages of a case, in batches, each by the next client.
   * @param {number} messages  a multiple of the batch
   */
  async run({ name, event, data, batch, wantsAck, deliveries }, messages) {
    assert.equal(messages % batch, 0);
    const senders = event === "signal" ? this.signalers : this.talkers;
    const writes = senders.map((sender) => this.#frames(sender, { event, data, batch, wantsAck }));
    const work = async () => {
      for (let sent = 0, turn = 0; sent < messages; sent += batch, turn++) {
        const sender = turn % senders.length;
        const arrived = this.#expect([`42["${event}",{"room"`, '431[{"ok":true'], batch * (deliveries + (wantsAck ? 1 : 0)));
        senders[sender].socket.write(writes[sender]);
        await arrived;
      }
    };
    await within(60_000, `${messages} messages of ${name}`, this.#unlessFailed(work()));
  }

  /** Something that the server does at no other time: it lists the peers of a room. */
  async mark() {
    const arrived = this.#expect(['430[{"ok":true'], 1);
    this.marker.socket.send('420["peers",{"room":"marker"}]');
    await within(10_000, "the answer to the mark", this.#unlessFailed(arrived));
  }

  stop() {
    for (const client of this.clients) client.socket.close();
  }

  #frames({ room, peer }, { event, data, batch, wantsAck }) {
    const to = event === "signal" ? `,"to":"${peer.id}"` : "";
    return Buffer.concat(Array.from({ length: batch }, () => textFrame(`42${wantsAck ? "1" : ""}["${event}",{"room":"${room}"${to},"data":${data}}]`)));
  }

  /** Resolves with the last text once so many have come; anything that begins otherwise is an error. */
  #expect(beginnings, number) {
    assert.equal(this.outstanding, 0);
    this.outstanding = number;
    this.beginnings = beginnings;
    return new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  #onText(received) {
    if (this.outstanding === 0 || !this.beginnings.some((beginning) => received.startsWith(beginning))) {
      this.unexpected = new Error(`unexpected from the server: ${received}`);
      this.reject?.(this.unexpected);
      return;
    }
    if (--this.outstanding === 0) this.resolve(received);
  }

  async #unlessFailed(work) {
    const result = await Promise.race([work, ...this.clients.map(({ socket }) => socket.failed)]);
    if (this.unexpected) throw this.unexpected;
    return result;
  }

  async #join(port, room) {
    const client = { room };
    const first = this.#expect(["0{"], 1);
    client.socket = RawWebSocket.open(port, (received) => this.#onText(received));
    this.clients.push(client);
    const step = async (what, request, beginnings, number) => {
      const arrived = this.#expect(beginnings, number);
      client.socket.send(request);
      return within(10_000, what, this.#unlessFailed(arrived));
    };
    await within(10_000, "a handshake", this.#unlessFailed(first));
    client.id = JSON.parse((await step("CONNECT", "40", ["40{"], 1)).slice(2)).sid;
    const others = this.clients.filter((other) => other.room === room).length - 1;
    await step(`join of ${room}`, `420["join",{"room":"${room}"}]`, ['430[{"ok":true', '42["peer-joined",'], 1 + others);
    return client;
  }
}
