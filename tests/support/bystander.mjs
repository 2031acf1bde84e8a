// Whoever is attacked: clients that were there before go on, and those who come next are served.

import assert from "node:assert/strict";

import { Poller, Wire } from "./clients.mjs";

/** A client of the kitchen application that was there before. */
export class Bystander {
  static async start(server) {
    const bystander = new Bystander();
    Object.assign(bystander, { server, wire: await Wire.socket(server, "/kitchen") });
    return bystander;
  }

  /** Fails where the server does not serve as before, over both transports. */
  async check() {
    this.wire.send('42/kitchen,1["ack","here"]');
    assert.equal(await this.wire.next(), '43/kitchen,1["here"]');
    const wire = await Wire.socket(this.server, "/kitchen");
    wire.send('42/kitchen,1["ack","new"]');
    assert.equal(await wire.next(), '43/kitchen,1["new"]');
    wire.close();
    const poller = await Poller.socket(this.server, "/kitchen");
    await poller.post('42/kitchen,1["ack","poll"]');
    assert.deepEqual((await poller.poll()).split("\x1e").filter((packet) => packet !== "2"), ['43/kitchen,1["poll"]']);
    await poller.post("1");
  }

  close() {
    this.wire.close();
  }
}
