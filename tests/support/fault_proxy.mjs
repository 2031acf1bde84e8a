// A TCP proxy that breaks a link on command: between a node and Redis, in a process of its own, so that a busy test does not
// slow the link down. (A thread would do, but Node.js 20 does not always come to the end of one that still has sockets.)
//
// Modes
//   pass      everything goes through
//   cut       connections are reset, new ones too
//   freeze    nothing is read, new connections are accepted: as with lost packets, what was sent arrives after the link is well
//             again, where both ends still wait for it
//   swallow   everything is read and thrown away, new connections are accepted: half-open. A connection that lost bytes stays
//             silent after the link is well again, as behind a firewall that forgot it
// `freeze` and `swallow` may take one direction alone: "up" (to Redis) or "down" (from it).

import { fork } from "node:child_process";
import net from "node:net";
import { fileURLToPath } from "node:url";

import { within } from "./server.mjs";

export class FaultProxy {
  /** @param {{port?: number, path?: string}} target */
  static async start(target) {
    const proxy = new FaultProxy();
    proxy.process = fork(fileURLToPath(import.meta.url), [JSON.stringify(target)]);
    proxy.ended = new Promise((resolve) => proxy.process.once("exit", resolve));
    proxy.waiting = new Map();
    proxy.number = 0;
    await within(5000, "the proxy's port", new Promise((resolve, reject) => {
      proxy.process.once("error", reject);
      proxy.process.on("message", ({ port, answer, value }) => {
        if (port) {
          proxy.port = port;
          resolve();
        } else {
          proxy.waiting.get(answer)(value);
          proxy.waiting.delete(answer);
        }
      });
    }));
    return proxy;
  }

  tell(order) {
    const number = ++this.number;
    return within(5000, `proxy: ${order.mode ?? "state"}`, new Promise((resolve) => {
      this.waiting.set(number, resolve);
      this.process.send({ number, ...order });
    }));
  }

  pass() {
    return this.tell({ mode: "pass" });
  }
  cut() {
    return this.tell({ mode: "cut" });
  }
  freeze(direction = "both") {
    return this.tell({ mode: "freeze", direction });
  }
  swallow(direction = "both") {
    return this.tell({ mode: "swallow", direction });
  }
  /** Every piece is held for so long, in both directions, order kept; 0: as it comes. */
  delay(milliseconds) {
    return this.tell({ delay: milliseconds });
  }
  /** So many bytes a second for each connection and direction; 0: no bound. */
  throttle(bytesPerSecond) {
    return this.tell({ rate: bytesPerSecond });
  }
  /** @returns {Promise<{open: number, accepted: number, up: number, down: number}>} connections now and in all, bytes passed on */
  state() {
    return this.tell({});
  }

  async stop() {
    this.process.kill("SIGKILL");
    await within(5000, "the proxy's end", this.ended);
  }
}

/** One direction of one connection. */
class Pipe {
  constructor(from, to, direction, link) {
    Object.assign(this, { from, to, direction, link });
    this.queue = [];
    from.on("data", (data) => this.take(data));
    from.on("end", () => this.put({ isEnd: true }));
    to.on("drain", () => this.pump());
  }

  applies(mode) {
    return this.link.mode === mode && (this.link.direction === "both" || this.link.direction === this.direction);
  }

  take(data) {
    if (this.isDead || this.applies("swallow")) {
      this.isDead = true;
      return;
    }
    this.put({ data });
  }

  put(piece) {
    if (this.isDead) return;
    this.queue.push({ ...piece, due: Date.now() + this.link.delay });
    this.pump();
  }

  /** Writes what is due; reads on only while little is queued, so that the sender feels a slow link. */
  pump() {
    clearTimeout(this.timer);
    const isFrozen = this.applies("freeze");
    const now = Date.now();
    this.free = Math.max(this.free ?? 0, now);
    while (!isFrozen && this.queue.length > 0 && !this.to.destroyed && !this.to.writableNeedDrain) {
      const [piece] = this.queue;
      const due = Math.max(piece.due, this.link.rate > 0 ? this.free : 0);
      if (due > now) {
        this.timer = setTimeout(() => this.pump(), due - now);
        break;
      }
      this.queue.shift();
      if (piece.isEnd) {
        this.to.end();
        break;
      }
      if (this.link.rate > 0) this.free += (piece.data.length / this.link.rate) * 1000;
      this.link[this.direction] += piece.data.length;
      this.to.write(piece.data);
    }
    if (isFrozen || this.queue.length > 64) this.from.pause();
    else this.from.resume();
  }
}

function runProxy(target) {
  const link = { mode: "pass", direction: "both", delay: 0, rate: 0, up: 0, down: 0 };
  const pairs = new Set();
  let accepted = 0;
  const reset = (pair) => {
    pairs.delete(pair);
    for (const socket of pair.sockets) socket.resetAndDestroy?.() ?? socket.destroy();
    for (const pipe of pair.pipes) clearTimeout(pipe.timer);
  };
  const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    accepted++;
    client.on("error", () => {});
    if (link.mode === "cut") return client.resetAndDestroy();
    const upstream = net.connect({ ...target, host: target.path ? undefined : "127.0.0.1", allowHalfOpen: true, noDelay: true });
    const pair = { sockets: [client, upstream] };
    pair.pipes = [new Pipe(client, upstream, "up", link), new Pipe(upstream, client, "down", link)];
    pairs.add(pair);
    // The end of one side is the end of the other, unless the link is to look alive.
    const onClose = () => {
      const isHidden = pair.pipes.some((pipe) => pipe.isDead || pipe.applies("swallow") || pipe.applies("freeze"));
      if (!isHidden || pair.sockets.every((socket) => socket.destroyed)) reset(pair);
    };
    for (const socket of pair.sockets) {
      socket.on("error", () => {});
      socket.on("close", onClose);
    }
  });
  server.listen(0, "127.0.0.1", () => process.send({ port: server.address().port }));
  process.on("message", ({ number, mode, direction, delay, rate }) => {
    if (mode !== undefined) Object.assign(link, { mode, direction: direction ?? "both" });
    if (delay !== undefined) link.delay = delay;
    if (rate !== undefined) link.rate = rate;
    for (const pair of [...pairs]) {
      if (link.mode === "cut") reset(pair);
      else if (link.mode === "pass" && pair.sockets.some((socket) => socket.destroyed)) reset(pair);
      else for (const pipe of pair.pipes) pipe.pump();
    }
    process.send({ answer: number, value: { open: pairs.size, accepted, up: link.up, down: link.down } });
  });
}

if (process.send && process.argv[1] === fileURLToPath(import.meta.url)) {
  process.once("disconnect", () => process.exit());
  runProxy(JSON.parse(process.argv[2]));
}
