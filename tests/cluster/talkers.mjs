// Clients that talk all the time and record what they do and see, for history.mjs.

import { connect } from "../support/clients.mjs";
import { sleep, slowness } from "../support/server.mjs";

/** Milliseconds with fractions since the process began. */
export const now = () => performance.now();

export class Talkers {
  /**
   * Rooms of four: two on one node, so that local delivery can be watched, and two on others.
   * @param {import("../support/cluster.mjs").Cluster} cluster
   * @param {object} [options]
   * @param {number} [options.clients]  in all
   * @param {number} [options.every]    milliseconds between two sends of one client
   */
  static async start(cluster, { clients = 200, every = 400, random = cluster.random } = {}) {
    const talkers = new Talkers();
    Object.assign(talkers, { cluster, every: every * slowness, random, events: [], members: [], failures: [], isTalking: true });
    const { nodes } = cluster;
    const seats = Array.from({ length: clients }, (_, i) => {
      const room = Math.floor(i / 4);
      return { room: `talk ${room}`, node: nodes[(room + [0, 0, 1, 2][i % 4]) % nodes.length] };
    });
    // In batches, as a crowd on one processor would only wait for itself.
    for (let i = 0; i < seats.length; i += 25) {
      await Promise.all(seats.slice(i, i + 25).map(async ({ room, node }) => talkers.join(await talkers.enter(node), room)));
    }
    talkers.loops = talkers.members.map((member) => talkers.talk(member));
    return talkers;
  }

  record(event) {
    this.events.push(event);
  }

  /** Connects one more client at a node and records all it is told. */
  async enter(node) {
    const socket = await connect(node, "/", { transports: ["websocket"] });
    const member = this.admit(socket, `node-${node.index}`, (reason) => {
      if (!node.isEnding && !member.isLeaving) this.failures.push(`${member.id} at node-${node.index} lost its connection: ${reason}`);
    });
    member.node = node;
    return member;
  }

  /**
   * Records all that a connected socket is told from now on. With the end of its connection the member is over: a socket that
   * connects again comes back as another one.
   * @param {string} node   name of the socket's node
   * @param {(reason: string) => void} onEnd
   */
  admit(socket, node, onEnd) {
    const member = { socket, id: socket.id, number: 0, rooms: [], peers: new Set() };
    const client = member.id;
    this.record({ type: "connect", at: now(), client, node });
    const receive = ({ room, from, data }) => {
      this.record({ type: "receive", at: now(), client, from, room, number: data.number, sent: data.at });
    };
    const listeners = {
      message: receive,
      signal: receive,
      "peer-joined": ({ room, peer: { id } }) => {
        member.peers.add(id);
        this.record({ type: "told", at: now(), client, room, event: "joined", id });
      },
      "peer-left": ({ room, id, reason }) => {
        member.peers.delete(id);
        this.record({ type: "told", at: now(), client, room, event: "left", id, reason });
      },
    };
    for (const [event, listener] of Object.entries(listeners)) socket.on(event, listener);
    socket.once("disconnect", (reason) => {
      for (const [event, listener] of Object.entries(listeners)) socket.off(event, listener);
      member.isOver = true;
      this.record({ type: "end", at: now(), client });
      onEnd(reason);
    });
    this.members.push(member);
    return member;
  }

  /** A request with its answer recorded; undefined where none came in time. */
  request(member, type, room, { timeout = 15_000, metadata } = {}) {
    const asked = now();
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        if (!member.isOver) this.failures.push(`${type} of ${member.id} was not answered within ${timeout} ms`);
        resolve(undefined);
      }, timeout * slowness);
      // Recorded in the acknowledgement itself: what comes right behind it is recorded before a promise goes on.
      member.socket.emit(type, { room, metadata }, (answer) => {
        clearTimeout(timer);
        const peers = answer.peers?.map(({ id }) => id);
        if (type === "join" && answer.ok) {
          member.rooms.push(room);
          for (const id of peers) member.peers.add(id);
        }
        if (type === "leave" && answer.ok) member.rooms = member.rooms.filter((other) => other !== room);
        this.record({ type, asked, at: now(), client: member.id, room, ok: answer.ok, code: answer.error?.code, peers });
        resolve(answer);
      });
    });
  }

  async join(member, room) {
    const answer = await this.request(member, "join", room);
    if (!answer?.ok) throw new Error(`join of ${room}: ${JSON.stringify(answer)}`);
    return answer;
  }

  send(member) {
    const room = member.rooms[this.random(member.rooms.length)];
    const number = ++member.number;
    const peers = [...member.peers];
    const to = this.random(3) === 0 && peers.length > 0 ? peers[this.random(peers.length)] : undefined;
    const at = now();
    this.record({ type: "send", at, client: member.id, room, number, to });
    member.socket.emit(to ? "signal" : "message", { room, to, data: { number, at } }, (answer) => {
      this.record({ type: "answer", at: now(), sent: at, client: member.id, number, ok: answer.ok, code: answer.error?.code });
    });
  }

  async talk(member) {
    await sleep(this.random(this.every));
    while (this.isTalking && !member.isOver) {
      if (member.rooms.length > 0) this.send(member);
      await sleep(this.every / 2 + this.random(this.every));
    }
  }

  /** One member leaves by losing its connection, and another takes its place elsewhere. */
  async replace(member, node) {
    member.isLeaving = true;
    const [room] = member.rooms;
    member.socket.disconnect();
    const next = await this.enter(node);
    const answer = await this.request(next, "join", room);
    this.loops.push(this.talk(next));
    return answer;
  }

  get living() {
    return this.members.filter((member) => !member.isOver);
  }

  /** Everybody asks for the list of its room; the answers are recorded, and returned. */
  askAll(members = this.living) {
    return Promise.all(members.flatMap((member) => member.rooms.map((room) => this.request(member, "peers", room))));
  }

  async quiet({ settle = 500 } = {}) {
    this.isTalking = false;
    await Promise.all(this.loops);
    await sleep(settle * slowness);
  }

  /** How long it took to receive what was sent between two members of one node within a time, in milliseconds, sorted. */
  localDelays(begin, end) {
    const nodes = new Map(this.members.map((member) => [member.id, member.node]));
    return this.events.filter((event) => event.type === "receive" && event.sent >= begin && event.sent <= end && nodes.get(event.from) === nodes.get(event.client))
      .map((event) => event.at - event.sent).sort((a, b) => a - b);
  }

  end() {
    this.isTalking = false;
    for (const member of this.members) {
      member.isLeaving = true;
      member.socket.disconnect();
    }
  }
}
