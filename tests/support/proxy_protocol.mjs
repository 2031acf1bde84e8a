// PROXY protocol headers as a balancer writes them, and a balancer that does nothing else.

import net from "node:net";

const signature = Buffer.from("\r\n\r\n\0\r\nQUIT\n", "latin1");

function addressBytes(address) {
  if (net.isIPv4(address)) return Buffer.from(address.split(".").map(Number));
  const [head, tail] = address.split("::").map((half) => (half ? half.split(":") : []));
  const groups = tail ? [...head, ...Array(8 - head.length - tail.length).fill("0"), ...tail] : head;
  return Buffer.from(groups.map((group) => group.padStart(4, "0")).join(""), "hex");
}

function twoBytes(number) {
  return Buffer.from([number >> 8, number & 255]);
}

/** Version 1, from this client. */
export function proxyV1(address) {
  const family = net.isIPv4(address) ? "TCP4" : "TCP6";
  return Buffer.from(`PROXY ${family} ${address} ${net.isIPv4(address) ? "198.51.100.1" : "2001:db8::ff"} 51234 443\r\n`);
}

/** Version 2. @param {{secure?: boolean}} [options]  secure: with the TLV that tells of the client's TLS */
export function proxyV2(address, { secure = false } = {}) {
  const source = addressBytes(address);
  const tlvs = secure ? Buffer.from([0x20, 0, 5, 1, 0, 0, 0, 0]) : Buffer.alloc(0);
  const body = Buffer.concat([source, Buffer.alloc(source.length, 7), twoBytes(51234), twoBytes(443), tlvs]);
  return Buffer.concat([signature, Buffer.from([0x21, source.length === 4 ? 0x11 : 0x21]), twoBytes(body.length), body]);
}

/** Version 2, command LOCAL: the balancer's own connection. */
export const proxyV2Local = Buffer.concat([signature, Buffer.from([0x20, 0, 0, 0])]);

/** Writes `header()` before what each of its connections brings, and passes everything on to `port`. */
export class ProxyFront {
  /** @param {number} [cut]  sends the first so many bytes of header and what the client sent first, and the rest behind them */
  static async start(port, header, cut) {
    const front = new ProxyFront();
    front.sockets = new Set();
    front.server = net.createServer((client) => {
      const node = net.connect({ port, host: "127.0.0.1", noDelay: true });
      if (cut === undefined) {
        node.write(header());
      } else {
        client.once("data", (first) => {
          const bytes = Buffer.concat([header(), first]);
          node.write(bytes.subarray(0, cut));
          node.write(bytes.subarray(cut));
        });
      }
      for (const [from, to] of [[client, node], [node, client]]) {
        front.sockets.add(from);
        from.on("error", () => to.destroy());
        from.on("close", () => {
          front.sockets.delete(from);
          to.destroy();
        });
        from.pipe(to);
      }
    });
    await new Promise((resolve) => front.server.listen(0, "127.0.0.1", resolve));
    front.port = front.server.address().port;
    front.url = `http://127.0.0.1:${front.port}`;
    return front;
  }

  async stop() {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
