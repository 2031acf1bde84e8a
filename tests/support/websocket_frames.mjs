// WebSocket frames written by hand, right and wrong, and what a server says in its own.

/**
 * A frame as a client sends it.
 * @param {number} first  FIN, reserved bits and opcode: 0x81 is a whole text
 * @param {{masked?: boolean, length?: number}} [options]  length: that is announced, in place of the payload's
 */
export function frame(first, payload = Buffer.alloc(0), { masked = true, length } = {}) {
  const size = length ?? payload.length;
  let head;
  if (size < 126) head = Buffer.from([first, size]);
  else if (size < 65_536) {
    head = Buffer.alloc(4);
    head.writeUInt16BE(size, 2);
    head[0] = first;
    head[1] = 126;
  } else {
    head = Buffer.alloc(10);
    head.writeBigUInt64BE(BigInt(size), 2);
    head[0] = first;
    head[1] = 127;
  }
  if (!masked) return Buffer.concat([head, payload]);
  head[1] |= 0x80;
  const mask = Buffer.from([0x12, 0x34, 0x56, 0x78]);
  return Buffer.concat([head, mask, payload.map((byte, i) => byte ^ mask[i % 4])]);
}

export const text = (payload, first = 0x81) => frame(first, Buffer.from(payload));
export const bytes = (...values) => Buffer.from(values);
export const closeFrame = (code, reason = "") => frame(0x88, Buffer.concat([bytes(code >> 8, code & 255), Buffer.from(reason)]));

/** The frames of a server that follow its 101: opcode and payload of each. */
export function serverFrames(stream) {
  const frames = [];
  let at = stream.indexOf("\r\n\r\n") + 4;
  while (at + 2 <= stream.length) {
    let length = stream[at + 1];
    let head = 2;
    if (length === 126) {
      length = stream.readUInt16BE(at + 2);
      head = 4;
    } else if (length === 127) {
      length = Number(stream.readBigUInt64BE(at + 2));
      head = 10;
    }
    frames.push({ opcode: stream[at] & 0x0f, payload: stream.subarray(at + head, at + head + length) });
    at += head + length;
  }
  return frames;
}

/** Code of the close frame in such a stream; 1005 where it has none, null where there is no close frame. */
export function closeCode(stream) {
  const close = serverFrames(stream).find(({ opcode }) => opcode === 8);
  if (!close) return null;
  return close.payload.length >= 2 ? close.payload.readUInt16BE(0) : 1005;
}
