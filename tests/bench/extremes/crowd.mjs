// Many Socket.IO clients over bare WebSockets in this process, for what servers are put through here. Packets are written and
// looked at as text, so that ten thousand of them cost little; they read only while they are let.

import { within } from "../../support/server.mjs";

const packet = /^4(\d)(?:(\/[^,]*),)?(\d+)?/;

/** One session; `ask` and `emit` are for the namespace named, "" being "/". */
export class Client {
  /** @param {string} address  of 127.0.0.0/8, to come from */
  static async open(server, address) {
    // Not at the top: run.mjs, which knows of all that needs it, is what installs it.
    const { default: WebSocket } = await import("ws");
    const client = new Client(new WebSocket(`${server.webSocketUrl}/socket.io/?EIO=4&transport=websocket`, { perMessageDeflate: false, localAddress: address }));
    await client.#answerTo("open");
    return client;
  }

  constructor(socket) {
    this.socket = socket;
    /** @type {(text: string, isBinary: boolean) => void}  of each event */
    this.onEvent = () => {};
    this.lastId = 0;
    this.waiting = new Map();
    this.closed = new Promise((resolve) => socket.once("close", (code) => resolve(code)));
    socket.on("error", () => {});  // a close follows, which is told to whoever waits
    socket.once("close", (code) => {
      this.closeCode = code;
      for (const { reject } of this.waiting.values()) reject(new Error(`closed with ${code} by the server`));
      this.waiting.clear();
    });
    socket.on("message", (data, isBinary) => this.#take(isBinary ? "" : data.toString("latin1"), isBinary));
  }

  #take(text, isBinary) {
    if (isBinary) return this.onEvent(text, true);
    if (text === "2") return this.socket.send("3");
    if (text[0] === "0") return this.#resolve("open", text);
    const [head, type, namespace = "", id] = packet.exec(text) ?? [];
    if (type === "2" || type === "5") return this.onEvent(text, false);
    if (type === "3") return this.#resolve(`${namespace}:${id}`, text.slice(head.length));
    if (type === "0" || type === "4") return this.#resolve(`${namespace}:connect`, text);
  }

  #resolve(key, value) {
    const waiter = this.waiting.get(key);
    this.waiting.delete(key);
    waiter?.resolve(value);
  }

  #answerTo(key) {
    if (this.closeCode !== undefined) return Promise.reject(new Error(`closed with ${this.closeCode}`));
    return new Promise((resolve, reject) => this.waiting.set(key, { resolve, reject }));
  }

  async connect(namespace = "") {
    const answer = this.#answerTo(`${namespace}:connect`);
    this.socket.send(namespace === "" ? "40" : `40${namespace},`);
    const text = await answer;
    if (text[1] !== "0") throw new Error(`CONNECT was answered ${text.slice(0, 200)}`);
    return text;
  }

  disconnect(namespace) {
    this.socket.send(`41${namespace},`);
  }

  emit(event, argument, namespace = "") {
    this.socket.send(`42${namespace && `${namespace},`}["${event}",${argument}]`);
  }

  /** Emits with an acknowledgement. @param {string} argument  JSON @returns {Promise<string>} the answer's JSON */
  ask(event, argument, namespace = "") {
    const id = ++this.lastId;
    const answer = this.#answerTo(`${namespace}:${id}`);
    this.socket.send(`42${namespace && `${namespace},`}${id}["${event}",${argument}]`);
    return answer;
  }

  /** A request of webrtc_signaling, which has to succeed. */
  async request(event, room, more = "") {
    const answer = await this.ask(event, `{"room":"${room}"${more}}`);
    if (!answer.startsWith('[{"ok":true')) throw new Error(`${event} was answered ${answer.slice(0, 200)}`);
    return answer;
  }
}

/** Does `work(i)` for i below `count`, at most `window` of them at the same time. */
export async function windowed(count, window, work) {
  let next = 0;
  const lane = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: Math.min(window, count) }, lane));
}

export class Crowd {
  /** @param {string[]} namespaces  that each joins */
  static async open(server, count, namespaces = [""]) {
    const clients = new Array(count);
    try {
      await within(60_000 + count * 10, `opening ${count} connections`, windowed(count, 100, async (i) => {
        clients[i] = await Client.open(server, `127.0.${1 + (i >> 8)}.${1 + (i & 0xff) % 254}`);
        for (const namespace of namespaces) await clients[i].connect(namespace);
      }));
    } catch (error) {
      for (const client of clients) client?.socket.terminate();
      throw error;
    }
    return new Crowd(clients);
  }

  constructor(clients) {
    this.clients = clients;
  }

  /** Nothing is read of what comes: this process then leaves its processor to others. */
  pause() {
    for (const { socket } of this.clients) socket.pause();
  }

  resume() {
    for (const { socket } of this.clients) socket.resume();
  }

  /** All connections end without a word. */
  async drop() {
    for (const { socket } of this.clients) socket.terminate();
    await within(60_000, "closing the crowd", Promise.all(this.clients.map(({ closed }) => closed)));
  }
}
