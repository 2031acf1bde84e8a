// Clients that send events and wait for their echoes, of servers that differ in nothing but the plugins between the two.

import path from "node:path";

import { buildDirectory, repository, Server, within } from "../../support/server.mjs";
import { RawWebSocket, textFrame } from "../counted/raw_websocket.mjs";

const passing = (count) => Array.from({ length: count }, (_, index) => `pass_${index + 1}`);

/** name; title for people; program of the build; middlewares in front of the application. */
export const variants = [
  { name: "core", title: "echo written into the core", program: "tests/bench_core_echo", middleware: [] },
  { name: "application", title: "echo of an application", program: "bin/signaling-server", middleware: [] },
  { name: "middleware-1", title: "with 1 pass-through middleware", program: "bin/signaling-server", middleware: passing(1) },
  { name: "middleware-5", title: "with 5 pass-through middlewares", program: "bin/signaling-server", middleware: passing(5) },
];

/** @param {string[]} [tool]  command and arguments that run the server, such as valgrind's */
export async function startVariant({ program, middleware }, tool = []) {
  const settings = {
    "listen.address": "127.0.0.1", "listen.port": 0, "listen.workers": 1, "admin.port": 0, "engine.ping_interval": "600s",
    "plugins.directories": JSON.stringify(["plugins", path.join(buildDirectory, "tests/plugins")]),
    "plugins.middleware": JSON.stringify(middleware), "plugins.applications": '["echo_application"]', "plugins.echo_application.namespace": "/",
  };
  const command = [...tool, path.join(buildDirectory, program), "--config", path.join(repository, "config/memory.toml"),
    ...Object.entries(settings).flatMap(([key, value]) => ["--set", `${key}=${value}`])];
  const server = new Server(command[0], command.slice(1));
  await server.ready(60_000);
  return server;
}

const event = `42["echo","${"0123456789abcdef".repeat(4)}"]`;

export class Echoes {
  /** @param {{clients: number, batch: number}} load  events that a client has on their way, which it sends in one write */
  static async start(port, { clients, batch }) {
    const echoes = new Echoes(batch);
    for (let i = 0; i < clients; i++) echoes.clients.push(await echoes.#connect(port));
    return echoes;
  }

  constructor(batch) {
    this.batch = batch;
    this.frames = Buffer.concat(Array.from({ length: batch }, () => textFrame(event)));
    this.clients = [];
  }

  async #connect(port) {
    const client = { missing: 0 };
    let isIn;
    const entered = new Promise((resolve) => (isIn = resolve));
    client.socket = RawWebSocket.open(port, (text) => {
      if (text.startsWith("0{")) client.socket.send("40");
      else if (text.startsWith("40{")) isIn();
      else if (text === event && client.missing > 0) this.#onEcho(client);
      else this.fail?.(new Error(`unexpected from the server: ${text}`));
    });
    await within(30_000, "CONNECT", Promise.race([entered, client.socket.failed]));
    return client;
  }

  #send(client) {
    client.missing = this.batch;
    client.socket.write(this.frames);
  }

  #onEcho(client) {
    this.echoed++;
    if (--client.missing > 0) return;
    if (this.isOver()) {
      if (this.clients.every(({ missing }) => missing === 0)) this.finish();
    } else {
      this.#send(client);
    }
  }

  /** All clients send until `isOver(events so far)`; what is on its way then is waited for. @returns {Promise<number>} events */
  async run(isOver) {
    this.echoed = 0;
    this.isOver = () => isOver(this.echoed);
    const finished = new Promise((resolve, reject) => {
      this.finish = resolve;
      this.fail = reject;
    });
    for (const client of this.clients) this.#send(client);
    await within(120_000, "the last echo", Promise.race([finished, ...this.clients.map(({ socket }) => socket.failed)]));
    return this.echoed;
  }

  stop() {
    for (const { socket } of this.clients) socket.close();
  }
}
