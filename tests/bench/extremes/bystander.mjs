// A client that has nothing to do with what goes on and asks the server something small about each millisecond, on a thread of its
// own: how long it waits for the answers is how long the server was away.

import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";

import { within } from "../../support/server.mjs";
import { Client } from "./crowd.mjs";

export class Bystander {
  static async open(server) {
    const bystander = new Bystander(new Worker(new URL(import.meta.url), { workerData: { bystandsAt: server.webSocketUrl } }));
    await bystander.#answer();
    return bystander;
  }

  constructor(worker) {
    this.worker = worker;
    worker.unref();
  }

  #answer() {
    return within(20_000, "the bystander's answer", new Promise((resolve, reject) => {
      this.worker.once("error", reject);
      this.worker.once("message", (message) => {
        this.worker.off("error", reject);
        resolve(message);
      });
    }));
  }

  async begin() {
    this.worker.postMessage("begin");
    await this.#answer();
  }

  /** @returns {Promise<{asked: number, p50_ms: number, p99_ms: number, most_ms: number}>} waits for all that was asked since `begin` */
  end() {
    const answer = this.#answer();
    this.worker.postMessage("end");
    return answer;
  }

  close() {
    return this.worker.terminate();
  }
}

async function bystand(webSocketUrl) {
  const client = await Client.open({ webSocketUrl }, "127.0.0.9");
  await client.connect();
  let waits = [];
  let asked = [];
  let timer;
  const ask = () => {
    const begin = performance.now();
    // Counted from the asking itself: the server's delay, not that of this thread's timers, and asking goes on while it lasts.
    asked.push(client.ask("leave", '{"room":"none"}').then(() => waits.push(performance.now() - begin)));
  };
  parentPort.on("message", async (message) => {
    if (message === "begin") {
      waits = [];
      asked = [];
      timer = setInterval(ask, 1);
      parentPort.postMessage("begun");
      return;
    }
    clearInterval(timer);
    ask();
    await Promise.all(asked);
    waits.sort((a, b) => a - b);
    const quantile = (q) => waits[Math.min(waits.length - 1, Math.floor(q * waits.length))];
    parentPort.postMessage({ asked: waits.length, p50_ms: quantile(0.5), p99_ms: quantile(0.99), most_ms: waits.at(-1) });
  });
  parentPort.postMessage("ready");
}

if (!isMainThread && workerData?.bystandsAt) await bystand(workerData.bystandsAt);
