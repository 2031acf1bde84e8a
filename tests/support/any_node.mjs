// Clients whose every request reaches a node of its own: what a balancer that is not sticky does.

import assert from "node:assert/strict";
import http from "node:http";
import net from "node:net";

import { Wire } from "./clients.mjs";
import { slowness } from "./server.mjs";

/**
 * An agent for the official client's `agent` option: each connection goes to a node chosen for it, and carries one request or
 * one WebSocket.
 */
export class AnyNodeAgent extends http.Agent {
  /** @param {() => {port: number}} choose  gives the node of the next request */
  constructor(choose) {
    super({ keepAlive: false, maxSockets: Infinity });
    this.choose = choose;
    this.requests = 0;
  }

  createConnection(options, callback) {
    this.requests++;
    return net.connect({ ...options, host: "127.0.0.1", port: this.choose().port }, callback);
  }
}

/** An Engine.IO session over polling by hand, each request at the node that the caller names. */
export class RoamingPoller {
  static async at(node, query = "") {
    const poller = new RoamingPoller();
    const { status, text } = await request(node, "GET", `?EIO=4&transport=polling${query}`);
    assert.equal(status, 200, text);
    poller.handshake = JSON.parse(text.slice(1));
    poller.sid = poller.handshake.sid;
    return poller;
  }

  get query() {
    return `?EIO=4&transport=polling&sid=${this.sid}`;
  }

  /** Connected to a namespace; the answer's poll goes to the last of the nodes. */
  async enter(namespace, post, poll) {
    assert.deepEqual(await this.post(post, `40${namespace},`), { status: 200, text: "ok" });
    const { status, text } = await this.poll(poll);
    assert.equal(status, 200, text);
    this.id = JSON.parse(text.split("\x1e")[0].slice(3 + namespace.length)).sid;
  }

  poll(node, options) {
    return request(node, "GET", this.query, options);
  }

  post(node, body, options) {
    return request(node, "POST", this.query, { ...options, body });
  }

  probe(node, options) {
    return Wire.open(`${node.webSocketUrl}/socket.io/?EIO=4&transport=websocket&sid=${this.sid}`, { answerPings: false, ...options });
  }
}

/** `{status, text, headers}` of one request; `signal` ends it early. */
export async function request(node, method, query, { body, headers, signal } = {}) {
  const limit = AbortSignal.timeout(60_000 * slowness);
  const response = await fetch(`${node.url}/socket.io/${query}`, { method, body, headers, signal: signal ?? limit });
  const answer = { status: response.status, text: await response.text() };
  Object.defineProperty(answer, "headers", { value: response.headers });
  return answer;
}
