// Requests whose end one reader finds here and another there, with a second request hidden where they differ. Data alone:
// smuggling.test.mjs sends it. A proxy in front and the server behind it must never disagree; the server refuses what could be
// read in two ways, and closes.

import { crlf, get, handshake, webSocketKey } from "../support/raw_http.mjs";

/** Would open a session, and so be seen in an answer, were it taken for a request. */
export const hidden = get(handshake);
const target = "/no/such/path";
const withBody = (headers, body, version = "1.1") => crlf(`POST ${target} HTTP/${version}`, "Host: x", ...headers) + body;
const chunked = (body, ...headers) => withBody(["Transfer-Encoding: chunked", ...headers], body);
const length = `Content-Length: ${hidden.length}`;
const lastChunk = "0\r\n\r\n";

/**
 * `answers`: statuses of all answers, 400 alone where there is none; a list inside is a choice. `open`: the connection goes on
 * (left out: it is closed). The hidden request is never among those that were answered.
 */
export const smuggled = [
  // Which length holds (RFC 9112 section 6.3).
  { what: "a length and chunks: the length hides", send: withBody(["Content-Length: 5", "Transfer-Encoding: chunked"], lastChunk + hidden) },
  { what: "chunks and a length: the chunks hide", send: withBody(["Transfer-Encoding: chunked", length], lastChunk + hidden) },
  { what: "two lengths, the first is shorter", send: withBody(["Content-Length: 0", length], hidden) },
  { what: "two lengths, the second is shorter", send: withBody([length, "Content-Length: 0"], hidden) },
  { what: "two lengths in one field", send: withBody([`Content-Length: 0, ${hidden.length}`], hidden) },
  { what: "the same length twice in one field", send: withBody([`${length}, ${hidden.length}`], hidden) },
  ...["-1", "+3", "0x3", "3;a", "1e1", "3 3", "3_0", "abc", "\u0663", "99999999999999999999999", "18446744073709551617", "4294967299abc"].map((value) => (
    { what: `a length that is "${value}"`, send: withBody([`Content-Length: ${value}`], `abc${hidden}`) })),
  { what: "a length that is empty", send: withBody(["Content-Length:"], hidden) },
  { what: "a length with NUL behind it", send: withBody(["Content-Length: 3\0"], `abc${hidden}`) },
  { what: "a length in HTTP/1.0 with chunks", send: withBody(["Content-Length: 5", "Transfer-Encoding: chunked"], lastChunk + hidden, "1.0") },
  { what: "chunks in HTTP/1.0", send: withBody(["Transfer-Encoding: chunked"], lastChunk + hidden, "1.0") },
  // Which transfer coding it is.
  ...["xchunked", "chunked, identity", "identity", "chunked, chunked", "chunked;q=1", '"chunked"', "chunked\0", "\x0bchunked", "chunked\x0b", "chunke d", "cow", "gzip",
    "chunked gzip"].map((value) => ({ what: `the transfer coding ${JSON.stringify(value)}`, send: withBody([`Transfer-Encoding: ${value}`], lastChunk + hidden) })),
  { what: "no transfer coding at all", send: withBody(["Transfer-Encoding:"], lastChunk + hidden) },
  { what: "two fields of transfer codings, the last is not chunked", send: withBody(["Transfer-Encoding: chunked", "Transfer-Encoding: identity"], lastChunk + hidden) },
  { what: "two fields of transfer codings, both chunked", send: withBody(["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"], lastChunk + hidden) },
  { what: "a field that only looks like it", send: withBody([length, "Transfer_Encoding: chunked"], hidden), answers: [404], open: true },
  { what: "a field that only looks like a length", send: withBody(["Content_Length: 0", length], hidden), answers: [404], open: true },
  // Names and folds (section 5.1, 5.2).
  { what: "a blank before the colon of the length", send: withBody([`Content-Length : ${hidden.length}`], hidden) },
  { what: "a tab before the colon of the coding", send: withBody(["Transfer-Encoding\t: chunked"], lastChunk + hidden) },
  { what: "a folded length", send: withBody([`Content-Length:\r\n ${hidden.length}`], hidden) },
  { what: "a folded coding", send: withBody(["Transfer-Encoding:\r\n\tchunked"], lastChunk + hidden) },
  { what: "a field folded away", send: withBody(["X: a", ` ${length}`], hidden) },
  { what: "a blank before the first field", send: crlf(`POST ${target} HTTP/1.1`, ` ${length}`, "Host: x") + hidden },
  { what: "NUL in the name of the length", send: withBody([`Content-Length\0: ${hidden.length}`], hidden) },
  { what: "a control character in a name", send: withBody(["X\x01Y: z"], hidden) },
  { what: "a letter beyond ASCII in a name", send: withBody(["Content-Length\xe9: 3"], hidden) },
  { what: "a field without a name", send: withBody([`: ${hidden.length}`], hidden) },
  // Ends of lines (section 2.2).
  { what: "line feeds alone", send: `GET ${target} HTTP/1.1\nHost: x\n\n${hidden}` },
  { what: "a line feed alone between two fields", send: `GET ${target} HTTP/1.1\r\nHost: x\n${length}\r\n\r\n${hidden}` },
  { what: "a line feed alone at the end of the header", send: `GET ${target} HTTP/1.1\r\nHost: x\r\n\n${hidden}` },
  { what: "a carriage return alone that hides a field", send: withBody([`X: a\r${length}`], hidden) },
  { what: "a carriage return alone as the end", send: `GET ${target} HTTP/1.1\rHost: x\r\r${hidden}` },
  // The request line (section 3).
  ...[["two blanks", `GET  ${target} HTTP/1.1`], ["a tab", `GET\t${target} HTTP/1.1`], ["a blank at the end", `GET ${target} HTTP/1.1 `],
    ["a version with more digits", `GET ${target} HTTP/1.10`], ["another version", `GET ${target} HTTP/2.0`], ["the version in lower case", `GET ${target} http/1.1`],
    ["no target", "GET HTTP/1.1"], ["an answer in place of a request", "HTTP/1.1 200 OK"], ["a blank in the target", `GET ${target} x HTTP/1.1`],
    ["a method with a blank before it", ` GET ${target} HTTP/1.1`],
  ].map(([what, line]) => ({ what: `a request line with ${what}`, send: crlf(line, "Host: x") + hidden })),
  { what: "two Hosts", send: crlf(`GET ${target} HTTP/1.1`, "Host: x", "Host: y") + hidden },
  { what: "no Host", send: crlf(`GET ${target} HTTP/1.1`) + hidden },
  // Chunks (section 7.1).
  ...["-1", "+3", "0x3", "g", "", " 3", "3 3", "3\0", "10000000000000003", "3_0"].map((size) => (
    { what: `a chunk whose size is "${size}"`, send: chunked(`${size}\r\nabc\r\n${lastChunk}${hidden}`) })),
  { what: "a chunk of 2^64 bytes but one", send: chunked(`ffffffffffffffff\r\nabc\r\n${lastChunk}${hidden}`), answers: [[400, 413]] },
  { what: "a chunk longer than it says", send: chunked(`3\r\nabcdef\r\n${lastChunk}${hidden}`) },
  { what: "a chunk with something else in place of its end", send: chunked(`3\r\nabcXX${lastChunk}${hidden}`) },
  { what: "a chunk ended by a line feed alone", send: chunked(`3\r\nabc\n${lastChunk}${hidden}`) },
  { what: "a size ended by a line feed alone", send: chunked(`3\nabc\r\n${lastChunk}${hidden}`) },
  { what: "an extension with a line feed in it", send: chunked(`3;a\nabc\r\n${lastChunk}${hidden}`) },
  { what: "an extension with a carriage return in it", send: chunked(`3;a\rb\r\nabc\r\n${lastChunk}${hidden}`) },
  { what: "an extension too long", send: chunked(`3;${"a".repeat(20_000)}\r\nabc\r\n${lastChunk}${hidden}`) },
  { what: "many chunks that are nearly all extension", send: chunked(`${`1;${"a".repeat(4000)}\r\nx\r\n`.repeat(20)}${lastChunk}${hidden}`) },
  { what: "trailers without end", send: chunked(`0\r\n${"A: b\r\n".repeat(10_000)}\r\n${hidden}`), answers: [[400, 431]] },
  { what: "a trailer that is no field", send: chunked(`0\r\nnothing\r\n\r\n${hidden}`) },
  { what: "a trailer with a line feed alone", send: chunked(`0\r\nA: b\n\r\n${hidden}`) },
  { what: "trailers that tell of another length", send: chunked(`3\r\nabc\r\n0\r\n${length}\r\nTransfer-Encoding: gzip\r\nHost: y\r\n\r\n${hidden}`) },
  { what: "extensions and trailers in order", send: chunked('3;a="b";c\r\nabc\r\n0;d\r\nA: b\r\n\r\n'), answers: [404], open: true },
  // Where a body is not expected.
  { what: "a request in the body of a GET", send: crlf(`GET ${target} HTTP/1.1`, "Host: x", length) + hidden, answers: [404], open: true },
  { what: "a request in the chunk of a GET", send: crlf(`GET ${target} HTTP/1.1`, "Host: x", "Transfer-Encoding: chunked") + `${hidden.length.toString(16)}\r\n${hidden}\r\n${lastChunk}`,
    answers: [404], open: true },
  { what: "a request in the body of a HEAD", send: crlf(`HEAD ${target} HTTP/1.1`, "Host: x", length) + hidden, answers: [404], open: true, head: true },
  { what: "an expectation that nobody can meet", send: withBody([length, "Expect: the-impossible"], hidden), answers: [417] },
  // Upgrades: a proxy that has seen one may pass on whatever follows.
  { what: "a WebSocket handshake of an old version", send: get(`${handshake.replace("polling", "websocket")}`, "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 777",
    `Sec-WebSocket-Key: ${webSocketKey}`) + hidden, answers: [426] },
  { what: "a WebSocket handshake without a key", send: get(`${handshake.replace("polling", "websocket")}`, "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13") + hidden,
    answers: [400] },
  { what: "a WebSocket handshake with a body", send: get(`${handshake.replace("polling", "websocket")}`, "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
    `Sec-WebSocket-Key: ${webSocketKey}`, length) + hidden },
  { what: "an upgrade to HTTP/2", send: get(target, "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA"), answers: [404], open: true },
];
