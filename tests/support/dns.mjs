// A name server for tests, as small as one can be: one name, whose addresses change while it runs.

import dgram from "node:dgram";

export class NameServer {
  /** @param {string} name  the one name it knows  @param {string[]} addresses  IPv4 */
  static async start(name, addresses) {
    const server = new NameServer();
    Object.assign(server, { name: name.toLowerCase(), addresses, socket: dgram.createSocket("udp4") });
    server.socket.on("message", (query, peer) => {
      const answer = server.answer(query);
      if (answer) server.socket.send(answer, peer.port, peer.address);
    });
    await new Promise((resolve) => server.socket.bind(0, "127.0.0.1", resolve));
    server.port = server.socket.address().port;
    return server;
  }

  /** RFC 1035, section 4: the question comes back with an A record for each address. */
  answer(query) {
    if (query.length < 17) return undefined;
    let end = 12;
    const labels = [];
    while (end < query.length && query[end] !== 0) {
      labels.push(query.toString("latin1", end + 1, end + 1 + query[end]));
      end += query[end] + 1;
    }
    end += 1;
    if (end + 4 > query.length) return undefined;
    const isKnown = labels.join(".").toLowerCase() === this.name;
    const records = isKnown && query.readUInt16BE(end) === 1 ? this.addresses : [];
    const head = Buffer.alloc(12);
    query.copy(head, 0, 0, 2);
    head.writeUInt16BE(0x8580 | (isKnown ? 0 : 3), 2);  // an answer, authoritative; 3: no such name
    head.writeUInt16BE(1, 4);
    head.writeUInt16BE(records.length, 6);
    const answers = records.map((address) => {
      const record = Buffer.alloc(16);
      record.writeUInt16BE(0xc00c, 0);  // the name of the question
      record.writeUInt16BE(1, 2);       // A
      record.writeUInt16BE(1, 4);       // IN
      record.writeUInt32BE(1, 6);       // seconds that it may be kept
      record.writeUInt16BE(4, 10);
      address.split(".").forEach((part, i) => record.writeUInt8(Number(part), 12 + i));
      return record;
    });
    return Buffer.concat([head, query.subarray(12, end + 4), ...answers]);
  }

  stop() {
    this.socket.close();
  }
}
