// Requests written by hand, and answers read without a library that would repair them.

import assert from "node:assert/strict";

/** The lines with their ends, and the empty line behind them. */
export const crlf = (...lines) => `${lines.join("\r\n")}\r\n\r\n`;
export const get = (target, ...headers) => crlf(`GET ${target} HTTP/1.1`, "Host: x", ...headers);
export const post = (target, body, ...headers) => crlf(`POST ${target} HTTP/1.1`, "Host: x", `Content-Length: ${Buffer.byteLength(body)}`, ...headers) + body;

/** Opens a polling session. */
export const handshake = "/socket.io/?EIO=4&transport=polling";

export const webSocketKey = "dGhlIHNhbXBsZSBub25jZQ==";
/** A WebSocket handshake; `query` goes behind the usual one. */
export const webSocketHandshake = (query = "", ...headers) => get(`/socket.io/?EIO=4&transport=websocket${query}`, "Connection: Upgrade",
  "Upgrade: websocket", "Sec-WebSocket-Version: 13", `Sec-WebSocket-Key: ${webSocketKey}`, ...headers);

/** One value or a list of allowed ones, as a list. */
export const oneOf = (value) => [value].flat();

/** Status and body of the last answer in a stream of them. */
export function lastAnswer(text) {
  const at = text.lastIndexOf("HTTP/1.");
  assert.ok(at >= 0, `no HTTP answer: ${JSON.stringify(text.slice(0, 200))}`);
  const answer = text.slice(at);
  return { status: Number(answer.slice(9, 12)), body: answer.slice(answer.indexOf("\r\n\r\n") + 4), text: answer };
}

/** All answers of a stream, each ended by its Content-Length; informational ones are left out. */
export function allAnswers(text) {
  const answers = [];
  for (let at = 0; at < text.length;) {
    const end = text.indexOf("\r\n\r\n", at);
    assert.ok(end > 0 && text.startsWith("HTTP/1.", at), `no answer at ${at}: ${JSON.stringify(text.slice(at, at + 200))}`);
    const head = text.slice(at, end);
    const status = Number(head.slice(9, 12));
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0);
    at = end + 4 + length;
    if (status >= 200) answers.push({ status, head, body: text.slice(end + 4, at) });
  }
  return answers;
}
