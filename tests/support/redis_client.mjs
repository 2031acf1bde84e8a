// As much of a Redis client as the tests need: one connection, commands in order, RESP2.

import net from "node:net";
import tls from "node:tls";

import { within } from "./server.mjs";

export class RedisError extends Error {}

/**
 * One reply from `bytes` at `offset`, or undefined where it is not complete. An error reply is a value of type RedisError.
 * @param encoding  of bulk strings
 */
export function parseReply(bytes, offset = 0, encoding = "utf8") {
  const end = bytes.indexOf("\r\n", offset);
  if (end < 0) return undefined;
  const line = bytes.toString("utf8", offset + 1, end);
  const after = end + 2;
  switch (bytes[offset]) {
    case 0x2b: return { value: line, next: after };  // +
    case 0x2d: return { value: new RedisError(line), next: after };  // -
    case 0x3a: return { value: Number(line), next: after };  // :
    case 0x24: {  // $
      const length = Number(line);
      if (length < 0) return { value: null, next: after };
      if (bytes.length < after + length + 2) return undefined;
      return { value: bytes.toString(encoding, after, after + length), next: after + length + 2 };
    }
    case 0x2a: {  // *
      const count = Number(line);
      if (count < 0) return { value: null, next: after };
      const value = [];
      let next = after;
      for (let i = 0; i < count; i++) {
        const element = parseReply(bytes, next, encoding);
        if (!element) return undefined;
        value.push(element.value);
        next = element.next;
      }
      return { value, next };
    }
    default: throw new Error(`no reply of RESP2: ${bytes.toString("latin1", offset, offset + 40)}`);
  }
}

/** The lines `name:value` of INFO and CLUSTER INFO as an object of texts. */
export function parseInfo(text) {
  return Object.fromEntries(text.split("\r\n").filter((line) => line.includes(":")).map((line) => line.split(/:(.*)/s, 2)));
}

export class RedisClient {
  /**
   * @param {{port?: number, path?: string, ca?: Buffer, password?: string, encoding?: BufferEncoding}} where  with `encoding`
   *     "latin1" each byte is a character: names that may be anything come back as they went
   */
  static async open(where) {
    const client = new RedisClient();
    const { port, path, ca, password, encoding = "utf8" } = where;
    client.encoding = encoding;
    await within(3000, `connecting to Redis at ${path ?? port}`, new Promise((resolve, reject) => {
      client.socket = ca
        ? tls.connect({ host: "127.0.0.1", port, ca, checkServerIdentity: () => undefined }, resolve)
        : net.connect(path ? { path } : { host: "127.0.0.1", port }, resolve);
      client.socket.once("error", reject);
    }));
    client.listen();
    if (password) await client.command("AUTH", password);
    return client;
  }

  constructor() {
    this.waiting = [];
    this.bytes = Buffer.alloc(0);
  }

  listen() {
    const fail = (error) => {
      this.isClosed = true;
      for (const { reject } of this.waiting.splice(0)) reject(error);
    };
    this.socket.on("data", (data) => {
      this.bytes = Buffer.concat([this.bytes, data]);
      let offset = 0;
      for (let reply; (reply = parseReply(this.bytes, offset, this.encoding)); offset = reply.next) {
        if (this.onCommand && this.waiting.length === 0) {
          this.onCommand(reply.value);
          continue;
        }
        const { resolve, reject } = this.waiting.shift();
        if (reply.value instanceof RedisError) reject(reply.value);
        else resolve(reply.value);
      }
      this.bytes = this.bytes.subarray(offset);
    });
    this.socket.on("error", fail);
    this.socket.on("close", () => fail(new Error("Redis closed the connection")));
  }

  /** Resolves with the reply; rejects with RedisError for an error reply. Calls may overlap: they are pipelined. */
  command(...args) {
    if (this.isClosed) return Promise.reject(new Error("the connection to Redis is closed"));
    const parts = args.map(String).map((text) => `$${Buffer.byteLength(text, this.encoding)}\r\n${text}\r\n`);
    return within(10_000, `Redis: ${args.slice(0, 3).join(" ")}`, new Promise((resolve, reject) => {
      this.waiting.push({ resolve, reject });
      this.socket.write(`*${args.length}\r\n${parts.join("")}`, this.encoding);
    }));
  }

  /** From now on `onCommand(line)` is called with every command that the server gets; no other use of this connection. */
  async monitor(onCommand) {
    this.onCommand = onCommand;
    await this.command("MONITOR");
  }

  /** Section of INFO as an object of texts. */
  async info(section) {
    return parseInfo(await this.command("INFO", section));
  }

  close() {
    this.socket.destroy();
  }
}
