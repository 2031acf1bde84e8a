// Clients to drive a server with: the official ones by version, and bare ones that see every byte.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import net from "node:net";

import WebSocket from "ws";

import { slowness, within } from "./server.mjs";

const require = createRequire(import.meta.url);

/** The official client by version. */
export const officialClients = {
  4.8: require("socket.io-client"),
  "4.0": require("socket.io-client-4-0"),
  3.1: require("socket.io-client-3"),
};
export const { io } = officialClients["4.8"];

export const transportChoices = {
  polling: ["polling"],
  websocket: ["websocket"],
  upgrade: ["polling", "websocket"],
};

/**
 * A connected socket of the official client, on a connection of its own.
 * @param {import("./server.mjs").Server} server
 */
export async function connect(server, namespace = "/", { client = officialClients["4.8"], ...options } = {}) {
  const socket = client.io(server.url + namespace, { forceNew: true, reconnection: false, ...options });
  await within(8000, `connecting to ${namespace}`, new Promise((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("connect_error", reject);
  }));
  return socket;
}

/** What becomes of a CONNECT on a connection of its own: "in", or the code (else the message) of the refusal. */
export async function connectOutcome(server, options = {}, namespace = "/") {
  const socket = io(server.url + namespace, { forceNew: true, reconnection: false, ...options });
  try {
    return await within(10_000, "an answer to CONNECT", new Promise((resolve) => {
      socket.once("connect", () => resolve("in"));
      socket.once("connect_error", (error) => resolve(error.data?.code ?? error.message));
    }));
  } finally {
    socket.disconnect();
  }
}

/** The arguments of the next `event`. Call it before what makes the event come. */
export function next(socket, event, timeout = 5000) {
  return within(timeout, `event ${event}`, new Promise((resolve) => socket.once(event, (...args) => resolve(args))));
}

/** Emits and gives the first argument of the acknowledgement; for every version of the client. */
export function ask(socket, event, ...args) {
  return within(8000, `acknowledgement of ${event}`, new Promise((resolve) => socket.emit(event, ...args, resolve)));
}

/** Gathers what comes under `event`: `all` has the arguments of each. */
export function collect(socket, event) {
  const all = [];
  socket.on(event, (...args) => all.push(args));
  return all;
}

/** Two clients that were told everything that was sent before to each of them: an event and its answer follow it. */
export async function settle(...sockets) {
  await Promise.all(sockets.map((socket) => ask(socket, "ack", 0)));
}

/** Resolves when the client's engine has reached WebSocket. */
export function upgraded(socket) {
  const { engine } = socket.io;
  if (engine.transport.name === "websocket") return Promise.resolve();
  return within(8000, "upgrade", new Promise((resolve) => engine.once("upgrade", resolve)));
}

/** A bare WebSocket: what comes is read one message at a time, in order; pings of the protocol are answered unless not wanted. */
export class Wire {
  static async open(url, { answerPings = true, ...options } = {}) {
    const wire = new Wire(new WebSocket(url, { perMessageDeflate: false, ...options }), answerPings);
    await within(5000, `opening ${url}`, wire.opened);
    return wire;
  }

  /** An Engine.IO session over WebSocket alone; `wire.handshake` is its open packet. */
  static async session(server, { query = "", ...options } = {}) {
    const wire = await Wire.open(`${server.webSocketUrl}/socket.io/?EIO=4&transport=websocket${query}`, options);
    const open = await wire.next();
    assert.equal(open[0], "0");
    wire.handshake = JSON.parse(open.slice(1));
    return wire;
  }

  /** The same, connected to a namespace; `wire.id` is the socket's id there. */
  static async socket(server, namespace = "/", options = {}) {
    const wire = await Wire.session(server, options);
    const prefix = namespace === "/" ? "" : `${namespace},`;
    wire.send(`40${prefix}`);
    const answer = await wire.next();
    assert.ok(answer.startsWith(`40${prefix}{`), answer);
    wire.id = JSON.parse(answer.slice(2 + prefix.length)).sid;
    return wire;
  }

  constructor(socket, answerPings) {
    this.socket = socket;
    this.received = [];
    this.waiting = [];
    this.opened = new Promise((resolve, reject) => {
      socket.once("open", resolve);
      socket.once("error", reject);
    });
    this.closed = new Promise((resolve) => {
      socket.once("close", (code) => {
        this.closeCode = code;
        for (const { reject } of this.waiting.splice(0)) reject(new Error(`closed with ${code} while waiting for a message`));
        resolve(code);
      });
    });
    this.opened.catch(() => {});
    socket.on("error", () => {});
    socket.on("message", (data, isBinary) => {
      const message = isBinary ? data : data.toString();
      if (answerPings && message === "2") {
        socket.send("3");
        return;
      }
      const waiter = this.waiting.shift();
      if (waiter) waiter.resolve(message);
      else this.received.push(message);
    });
  }

  send(message) {
    this.socket.send(message);
  }

  /** The next message: text as a string, binary as a Buffer. */
  next(timeout = 5000) {
    if (this.received.length > 0) return Promise.resolve(this.received.shift());
    if (this.closeCode !== undefined) return Promise.reject(new Error(`closed with ${this.closeCode}`));
    return within(timeout, "a message", new Promise((resolve, reject) => this.waiting.push({ resolve, reject })));
  }

  /** Closed by the server within the time. */
  async expectClosed(timeout = 5000) {
    return within(timeout, "being closed by the server", this.closed);
  }

  close() {
    this.socket.close();
  }

  terminate() {
    this.socket.terminate();
  }
}

/** An Engine.IO session over polling, by hand. */
export class Poller {
  static async session(server, { query = "", headers = {} } = {}) {
    const poller = new Poller(server, headers);
    const response = await poller.request("GET", `?EIO=4&transport=polling${query}`);
    const text = await response.text();
    assert.equal(response.status, 200, text);
    assert.equal(text[0], "0");
    poller.handshake = JSON.parse(text.slice(1));
    poller.sid = poller.handshake.sid;
    return poller;
  }

  static async socket(server, namespace = "/", options = {}) {
    const poller = await Poller.session(server, options);
    const prefix = namespace === "/" ? "" : `${namespace},`;
    await poller.post(`40${prefix}`);
    const [answer, ...rest] = (await poller.poll()).split("\x1e");
    assert.ok(answer.startsWith(`40${prefix}{`), answer);
    poller.id = JSON.parse(answer.slice(2 + prefix.length)).sid;
    poller.first = rest;
    return poller;
  }

  constructor(server, headers) {
    this.base = `${server.url}/socket.io/`;
    this.headers = headers;
  }

  request(method, query, body) {
    return fetch(this.base + query, { method, body, headers: this.headers, signal: AbortSignal.timeout(10_000 * slowness) });
  }

  get query() {
    return `?EIO=4&transport=polling&sid=${this.sid}`;
  }

  /** Body of the next poll. */
  async poll() {
    const response = await this.request("GET", this.query);
    const text = await response.text();
    assert.equal(response.status, 200, text);
    return text;
  }

  async post(body) {
    const response = await this.request("POST", this.query, body);
    const text = await response.text();
    assert.equal(response.status, 200, text);
    assert.equal(text, "ok");
  }
}

/**
 * Sends bytes over a plain TCP connection and gives everything that came back until the server closed, or until `until`
 * matches.
 * @returns {Promise<{bytes: Buffer, text: string, closed: boolean}>}
 */
export function exchange(server, bytes, { until, timeout = 5000, halfClose = false, pieces } = {}) {
  return new Promise((resolve, reject) => {
    const socket = net.connect(server.port, "127.0.0.1");
    const received = [];
    const finish = (closed) => {
      clearTimeout(timer);
      socket.destroy();
      const all = Buffer.concat(received);
      resolve({ bytes: all, text: all.toString("latin1"), closed });
    };
    const timer = setTimeout(() => finish(false), timeout * slowness);
    socket.on("connect", async () => {
      for (const piece of pieces ?? [bytes]) {
        if (socket.destroyed) return;
        socket.write(piece);
        if (pieces) await new Promise((done) => setTimeout(done, 5));
      }
      if (halfClose) socket.end();
    });
    socket.on("data", (data) => {
      received.push(data);
      if (until?.test(Buffer.concat(received).toString("latin1"))) finish(false);
    });
    socket.on("close", () => finish(true));
    socket.on("error", (error) => {
      if (error.code === "ECONNRESET" || error.code === "EPIPE") return;  // `close` follows
      clearTimeout(timer);
      reject(error);
    });
  });
}
