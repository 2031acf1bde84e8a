// People who talk through the balancer: official clients as they come, some over WebSocket, some polling, some upgrading, which
// connect again by themselves when they lose their node, and join their room again. What they do and see is recorded for
// ../cluster/history.mjs, where somebody who came back is somebody else, as it is to the server.

import assert from "node:assert/strict";
import https from "node:https";

import { checkHistory } from "../cluster/history.mjs";
import { Talkers, now } from "../cluster/talkers.mjs";
import { io, transportChoices } from "../support/clients.mjs";
import { eventually, sleep, slowness } from "../support/server.mjs";

/**
 * Connections of one person that are kept for the next request, as a browser keeps them. That a request goes over a used one is
 * hidden from the client's XMLHttpRequest (xmlhttprequest-ssl 2.1): where the node has closed that connection meanwhile, it would
 * make the request again and never end it, and the client would wait for an answer until its own time-out.
 */
class KeptConnections extends https.Agent {
  reuseSocket(socket, request) {
    super.reuseSocket(socket, request);
    request.prependOnceListener("error", () => {
      request.reusedSocket = false;
    });
  }
}

export class Crowd extends Talkers {
  /**
   * Rooms of four.
   * @param {import("../support/deployment.mjs").Deployment} deployment
   * @param {object} [options]
   * @param {number} [options.clients]  in all
   * @param {number} [options.every]    milliseconds between two sends of one client
   */
  static async start(deployment, { clients = 200, every = 1000 } = {}) {
    const crowd = new Crowd();
    Object.assign(crowd, {
      deployment, every: every * slowness, random: (bound) => Math.floor(Math.random() * bound), events: [], members: [], failures: [],
      loops: [], isTalking: true, people: [], trips: [], refusals: 0,
    });
    const choices = Object.keys(transportChoices);
    // In batches, as a crowd on one processor would only wait for itself.
    for (let i = 0; i < clients; i += 25) {
      for (let k = i; k < Math.min(clients, i + 25); k++) crowd.open({ room: `talk ${Math.floor(k / 4)}`, kind: choices[k % choices.length] });
      await crowd.complete();
    }
    return crowd;
  }

  open({ room, kind }) {
    const agent = new KeptConnections({ keepAlive: true, ca: this.deployment.ca });
    const socket = io(this.deployment.url, { ...this.deployment.client, agent, forceNew: true, transports: transportChoices[kind] });
    const person = { socket, room, kind, member: undefined, isIn: false, story: [] };
    this.people.push(person);
    socket.on("connect", () => this.arrive(person));
    // What became of its connection, for messages of failures.
    const note = (text) => person.story.push(`${Math.round(now())} ${text}`);
    const why = ({ description, context } = {}) =>
      `${description?.message ?? description ?? ""} ${context?.status ?? ""} ${context?.responseText ?? ""}`;
    socket.io.on("open", () => {
      const { engine } = socket.io;
      note(`session ${engine.id}`);
      for (const step of ["upgrading", "upgrade"]) engine.on(step, () => note(step));
      engine.on("upgradeError", (error) => note(error.message));
    });
    socket.io.on("close", (reason, details) => note(`closed: ${reason} ${why(details)}`));
    socket.io.on("reconnect_attempt", () => note("connects again"));
    socket.on("connect_error", (error) => note(`${error.message} ${why(error)}`));
  }

  async arrive(person) {
    const member = this.admit(person.socket, person.socket.id.slice(0, 4), (reason) => {
      person.isIn = false;
      if (this.isOver || (person.trip && !person.trip.back)) return;
      person.trip = { kind: person.kind, tag: member.id.slice(0, 4), reason, lost: now() };
      this.trips.push(person.trip);
    });
    member.person = person;
    person.member = member;
    // A node may be refused by Redis for a moment; people try again.
    while (!member.isOver) {
      const answer = await this.request(member, "join", person.room);
      if (answer?.ok) break;
      this.refusals++;
      await sleep(250);
    }
    if (member.isOver) return;
    person.isIn = true;
    if (person.trip) Object.assign(person.trip, { back: now(), newTag: member.id.slice(0, 4) });
    this.loops.push(this.talk(member));
  }

  get missing() {
    return this.people.filter(({ isIn }) => !isIn);
  }

  /** Everybody is connected and in the room. */
  async complete(timeout = 15_000) {
    try {
      await eventually("everybody is in", () => this.missing.length === 0, timeout);
    } catch (error) {
      error.message += `: ${this.missing.length} are not, ${this.refusals} joins were refused${stories(this.missing)}`;
      throw error;
    }
  }

  /**
   * Rooms are whole again: everybody has been told of those who are there, and of nobody else. Whose connection ended without a
   * word to its own node is a member until the heartbeat says otherwise.
   */
  async healed(timeout) {
    const wrongOf = ({ room, member }) => {
      const others = new Set(this.people.filter((other) => other.isIn && other.room === room && other.member !== member).map((other) => other.member.id));
      return { gone: [...member.peers].filter((id) => !others.has(id)), untold: [...others].filter((id) => !member.peers.has(id)) };
    };
    const isWrong = (person) => Object.values(wrongOf(person)).some((ids) => ids.length > 0);
    try {
      await eventually("everybody knows of those who are there", () => this.missing.length === 0 && !this.people.some(isWrong), timeout);
    } catch (error) {
      const wrong = this.people.filter(isWrong);
      const told = wrong.slice(0, 5).map((person) => `${person.kind} ${person.member.id}: ${JSON.stringify(wrongOf(person))}`);
      error.message += `: ${this.missing.length} are not in, ${wrong.length} have another picture: ${told.join("; ")}${stories(wrong)}`;
      throw error;
    }
  }

  /** People whose session is at that node. */
  at(node) {
    return this.people.filter(({ isIn, member }) => isIn && this.deployment.nodeOf(member.id) === node);
  }

  /** Trips of those who lost their connection within a time. */
  tripsWithin(begin, end = Infinity) {
    return this.trips.filter(({ lost }) => lost >= begin && lost <= end);
  }

  /** A last round of lists, then silence, then the verdict over all that was recorded. */
  async finish(options = {}) {
    await sleep(1500 * slowness);
    const answers = await this.askAll();
    const unanswered = answers.filter((answer) => !answer?.ok);
    const waiting = this.people.filter(({ member }) => this.failures.some((text) => text.includes(member.id)));
    assert.equal(unanswered.length, 0, `of ${answers.length} lists these were not answered: ${JSON.stringify(unanswered.slice(0, 5))}; ` +
      `${this.failures.slice(0, 5)}${stories(waiting)}`);
    await this.quiet();
    await sleep(2000);
    this.record({ type: "over", at: now() });
    const faulty = checkHistory(this.events, { grace: 1500 * slowness, ...options });
    const counts = {};
    for (const { kind } of faulty) counts[kind] = (counts[kind] ?? 0) + 1;
    const receipts = this.events.filter(({ type }) => type === "receive").length;
    console.log(`${this.people.length} people, ${this.trips.length} lost their node, ${receipts} receipts, ${JSON.stringify(counts)}`);
    assert.deepEqual(faulty.slice(0, 10).map(({ kind, text }) => `${kind}: ${text}`), [], JSON.stringify(counts));
    assert.deepEqual(this.failures.slice(0, 10), []);
    this.end();
  }

  end() {
    this.isOver = true;
    this.isTalking = false;
    for (const { socket } of this.people) socket.disconnect();
  }
}

/** For messages of failures: what became of the connections of the first few, and when it is now. */
function stories(people) {
  const lines = people.slice(0, 10).map(({ kind, socket, story }) =>
    `${kind}: ${socket.connected ? "connected" : "not connected"}; ${story.slice(-8).join(", ")}`);
  return `, at ${Math.round(now())}\n${lines.join("\n")}`;
}

/** Figures about how long people were away, in milliseconds: {people, median, worst}. */
export function away(trips) {
  const times = trips.map(({ lost, back }) => (back ?? Infinity) - lost).sort((a, b) => a - b);
  const round = (value) => Math.round(value ?? 0);
  return { people: times.length, median: round(times[Math.floor(times.length / 2)]), worst: round(times.at(-1)) };
}
