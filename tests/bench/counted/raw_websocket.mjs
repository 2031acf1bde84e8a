// A bare WebSocket client of Engine.IO that writes any number of messages at once, so that they reach the server in one read;
// for what is counted, where the same must happen each time. What the server sends comes as whole messages.

import assert from "node:assert/strict";
import net from "node:net";

const mask = Buffer.from([0x12, 0x34, 0x56, 0x78]);

/** One masked text frame. */
export function textFrame(text) {
  const payload = Buffer.from(text);
  const size = payload.length;
  assert.ok(size < 65536);
  const head = size < 126 ? Buffer.from([0x81, 0x80 | size]) : Buffer.from([0x81, 0xfe, size >> 8, size & 0xff]);
  return Buffer.concat([head, mask, payload.map((byte, i) => byte ^ mask[i & 3])]);
}

export class RawWebSocket {
  /** @param {(text: string) => void} onText  each message but pings, which are answered */
  static open(port, onText) {
    const client = new RawWebSocket(net.connect({ port, host: "127.0.0.1", noDelay: true }), onText);
    client.socket.write(
      "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    return client;
  }

  constructor(socket, onText) {
    this.socket = socket;
    this.onText = onText;
    this.rest = Buffer.alloc(0);
    this.isOpen = false;
    this.failed = new Promise((_, reject) => {
      socket.on("error", reject);
      socket.on("close", () => reject(new Error("the server closed the connection")));
    });
    this.failed.catch(() => {});
    socket.on("data", (bytes) => this.#take(bytes));
  }

  /** @param {Buffer} frames  any number of them */
  write(frames) {
    this.socket.write(frames);
  }

  send(text) {
    this.write(textFrame(text));
  }

  close() {
    this.socket.destroy();
  }

  #take(bytes) {
    this.rest = this.rest.length === 0 ? bytes : Buffer.concat([this.rest, bytes]);
    if (!this.isOpen) {
      const end = this.rest.indexOf("\r\n\r\n");
      if (end < 0) return;
      if (!this.rest.subarray(0, 12).equals(Buffer.from("HTTP/1.1 101"))) {
        this.socket.destroy(new Error(`no WebSocket: ${this.rest.toString("latin1", 0, 100)}`));
        return;
      }
      this.isOpen = true;
      this.rest = this.rest.subarray(end + 4);
    }
    for (;;) {
      const { rest } = this;
      if (rest.length < 2) return;
      const isLong = rest[1] === 126;
      if (isLong && rest.length < 4) return;
      const head = isLong ? 4 : 2;
      const size = isLong ? rest.readUInt16BE(2) : rest[1];
      if (rest.length < head + size) return;
      if (rest[0] !== 0x81 || rest[1] > 126) {
        this.socket.destroy(new Error(`an unexpected frame: ${rest.toString("hex", 0, 20)}`));
        return;
      }
      const text = rest.toString("latin1", head, head + size);
      this.rest = rest.subarray(head + size);
      if (text === "2") this.send("3");
      else this.onText(text);
    }
  }
}
