// Violations of RFC 6455 and RFC 7692 on an open WebSocket, and the status of the close frame that answers each. Data alone:
// websocket.test.mjs sends it.

import { deflateRawSync } from "node:zlib";

import { bytes, closeFrame, frame, text } from "../support/websocket_frames.mjs";

/** `engine.max_payload_bytes` of the server under test. */
export const maxMessage = 100_000;
const all = (...frames) => Buffer.concat(frames);
const deflated = (payload) => deflateRawSync(payload, { finishFlush: 2 }).subarray(0, -4);  // Z_SYNC_FLUSH, without its tail
const bomb = deflated(Buffer.alloc(50 * maxMessage, 0x34));

/** `code`: a list is a choice. `deflate`: on a connection where permessage-deflate was agreed on. */
export const violations = [
  // Masks (5.1).
  { what: "a text without mask", send: frame(0x81, Buffer.from("4hi"), { masked: false }), code: 1002 },
  { what: "an empty text without mask", send: frame(0x81, undefined, { masked: false }), code: 1002 },
  { what: "a ping without mask", send: frame(0x89, undefined, { masked: false }), code: 1002 },
  { what: "a close without mask", send: frame(0x88, bytes(3, 232), { masked: false }), code: 1002 },
  { what: "a second fragment without mask", send: all(text("4a", 0x01), frame(0x80, Buffer.from("b"), { masked: false })), code: 1002 },
  // Reserved bits and opcodes (5.2).
  ...[0x40, 0x20, 0x10, 0x70].map((bit) => ({ what: `the reserved bits 0x${bit.toString(16)}`, send: frame(0x81 | bit, Buffer.from("4hi")), code: 1002 })),
  { what: "a reserved bit on a ping", send: frame(0x89 | 0x40), code: 1002 },
  { what: "a reserved bit on a close", send: frame(0x88 | 0x20, bytes(3, 232)), code: 1002 },
  { what: "a reserved bit on a continuation", send: all(text("4a", 0x01), text("b", 0x80 | 0x40)), code: 1002 },
  ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map((opcode) => ({ what: `the reserved opcode ${opcode}`, send: frame(0x80 | opcode), code: 1002 })),
  { what: "a reserved opcode between fragments", send: all(text("4a", 0x01), frame(0x83), text("b", 0x80)), code: 1002 },
  // Lengths (5.2).
  { what: "a length with its highest bit set", send: all(bytes(0x82, 0xff, 0x80), Buffer.alloc(7), Buffer.alloc(4)), code: [1002, 1009] },
  { what: "a short length in the form of 16 bits", send: all(bytes(0x81, 0xfe, 0, 3, 0, 0, 0, 0), Buffer.from("4hi")), code: 1002 },
  { what: "a short length in the form of 64 bits", send: all(bytes(0x81, 0xff, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0), Buffer.from("4hi")), code: 1002 },
  { what: "a message longer than allowed", send: frame(0x81, Buffer.alloc(10), { length: maxMessage + 1 }), code: 1009 },
  { what: "a message of 2^62 bytes", send: all(bytes(0x82, 0xff, 0x40), Buffer.alloc(7), Buffer.alloc(4)), code: [1002, 1009] },
  // Control frames (5.5).
  { what: "a ping in two fragments", send: frame(0x09, Buffer.from("a")), code: 1002 },
  { what: "a pong in two fragments", send: frame(0x0a, Buffer.from("a")), code: 1002 },
  { what: "a close in two fragments", send: frame(0x08, bytes(3, 232)), code: 1002 },
  { what: "a ping of 126 bytes", send: frame(0x89, Buffer.alloc(126)), code: 1002 },
  { what: "a pong of 126 bytes", send: frame(0x8a, Buffer.alloc(126)), code: 1002 },
  { what: "a close of 126 bytes", send: closeFrame(1000, "a".repeat(124)), code: 1002 },
  { what: "a ping that announces a gigabyte", send: frame(0x89, undefined, { length: 2 ** 30 }), code: 1002 },
  { what: "a flood of pings between two fragments", send: all(text("4a", 0x01), ...Array.from({ length: 2000 }, () => frame(0x89))), code: 1008 },
  // Fragments (5.4).
  { what: "a continuation of nothing", send: text("4hi", 0x80), code: 1002 },
  { what: "a continuation of nothing that goes on", send: text("4hi", 0x00), code: 1002 },
  { what: "a continuation behind a whole message", send: all(text("3"), text("3", 0x80)), code: 1002 },
  { what: "a text inside a text", send: all(text("4a", 0x01), text("4b")), code: 1002 },
  { what: "a binary message inside a text", send: all(text("4a", 0x01), frame(0x82, bytes(1))), code: 1002 },
  { what: "a text inside a binary message", send: all(frame(0x02, bytes(1)), text("4a")), code: 1002 },
  { what: "a second beginning inside a message, behind a ping", send: all(text("4a", 0x01), frame(0x89), text("4b", 0x01)), code: 1002 },
  { what: "fragments that add up to more than allowed", send: all(frame(0x01, Buffer.alloc(60_000, 0x34)), frame(0x80, Buffer.alloc(60_000, 0x34))), code: 1009 },
  { what: "more fragments than allowed, all empty", send: all(text("4", 0x01), ...Array.from({ length: 5000 }, () => frame(0x00))), code: 1009 },
  // Text (8.1).
  ...[["no UTF-8", [0x34, 0xff]], ["an overlong form", [0x34, 0xc0, 0xaf]], ["a lone continuation byte", [0x34, 0x80]], ["text that ends inside a character", [0x34, 0xe2, 0x82]],
    ["an encoded surrogate", [0x34, 0xed, 0xa0, 0x80]], ["a code point beyond Unicode", [0x34, 0xf4, 0x90, 0x80, 0x80]],
  ].map(([what, payload]) => ({ what, send: frame(0x81, bytes(...payload)), code: 1007 })),
  { what: "no UTF-8 in the first of two fragments", send: frame(0x01, bytes(0x34, 0xff)), code: 1007 },
  { what: "a character that two fragments leave unfinished", send: all(frame(0x01, bytes(0x34, 0xe2)), frame(0x80, bytes(0x82))), code: 1007 },
  // Closing (5.5.1, 7.4).
  { what: "a close with half a code", send: frame(0x88, bytes(3)), code: 1002 },
  ...[0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535].map((code) => ({ what: `a close with code ${code}`, send: closeFrame(code), code: 1002 })),
  { what: "a close whose reason is no UTF-8", send: frame(0x88, bytes(3, 232, 0xff)), code: 1007 },
  // permessage-deflate (RFC 7692).
  { what: "a compressed message where nothing was agreed on", send: frame(0xc1, deflated(Buffer.from("4hi"))), code: 1002 },
  { what: "the bit of compression on a continuation", send: all(frame(0x41, deflated(Buffer.from("4hi"))), frame(0xc0, bytes(0))), code: 1002, deflate: true },
  { what: "a compressed ping", send: frame(0xc9, deflated(Buffer.from("a"))), code: 1002, deflate: true },
  { what: "bytes that are not compressed", send: frame(0xc1, bytes(0xff, 0xff, 0xff, 0xff)), code: [1002, 1007], deflate: true },
  { what: "compressed text that is no UTF-8", send: frame(0xc1, deflated(bytes(0x34, 0xff))), code: 1007, deflate: true },
  { what: "a compression bomb", send: frame(0xc1, bomb), code: 1009, deflate: true },
  { what: "a compression bomb in fragments", send: all(frame(0x41, bomb.subarray(0, 100)), frame(0x80, bomb.subarray(100))), code: 1009, deflate: true },
];
