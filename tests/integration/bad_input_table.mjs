// What must not be sent, and the answer that each gets. Data alone: bad_input.test.mjs sends it. Framing of requests and of
// WebSocket messages is in ../security.

import { crlf, get, handshake, post, webSocketKey } from "../support/raw_http.mjs";

/**
 * Requests on a connection of their own. `status`: of the last answer (several allowed ones as a list); `body`: what it says;
 * `closes`: the server ends the connection afterwards (left out: either will do).
 * `send` may be a function of the limits of the server under test.
 */
export const httpRequests = [
  // The request line.
  { what: "no HTTP at all", send: "hello\r\n\r\n", status: 400, closes: true },
  { what: "a TLS hello on the plain port", send: Buffer.from("16030100c8010000c40303", "hex"), pad: 200, status: 400, closes: true },
  { what: "a newer HTTP", send: crlf("GET / HTTP/2.0", "Host: x"), status: [400, 505], closes: true },
  { what: "the preface of HTTP/2", send: "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", status: [400, 505], closes: true },
  { what: "no version", send: crlf("GET /", "Host: x"), status: 400, closes: true },
  { what: "a blank in the target", send: crlf("GET /a b HTTP/1.1", "Host: x"), status: 400, closes: true },
  { what: "a control character in the target", send: get("/a\x01b"), status: 400, closes: true },
  { what: "NUL in the target", send: get("/a\0b"), status: 400, closes: true },
  { what: "a method that is no token", send: crlf("G(T / HTTP/1.1", "Host: x"), status: 400, closes: true },
  { what: "a target too long", send: get(`/${"a".repeat(20_000)}`), status: 431, closes: true },
  // Header fields.
  { what: "a field without colon", send: get("/", "nothing"), status: 400, closes: true },
  { what: "NUL in a value", send: get("/", "Name: a\0b"), status: 400, closes: true },
  { what: "one field too long", send: get("/", `Name: ${"a".repeat(20_000)}`), status: 431, closes: true },
  { what: "many fields", send: get("/", ...Array.from({ length: 3000 }, (_, i) => `N${i}: v`)), status: 431, closes: true },
  // Length of the body.
  { what: "a body longer than allowed, by its length", send: crlf(`POST ${handshake} HTTP/1.1`, "Host: x", "Content-Length: 100001"), status: 413 },
  { what: "a body longer than allowed, in chunks", send: crlf(`POST ${handshake} HTTP/1.1`, "Host: x", "Transfer-Encoding: chunked") + `186a1\r\n${"a".repeat(100_001)}\r\n0\r\n\r\n`, status: 413 },
  // Things that never end.
  { what: "a head that stops in the middle", send: "GET / HTTP/1.1\r\nHos", status: 408, closes: true, slow: true },
  { what: "a body that stops in the middle", send: crlf(`POST ${handshake}&sid=none HTTP/1.1`, "Host: x", "Content-Length: 10") + "abc", status: [408, 400], closes: true, slow: true },
  // After a good request.
  { what: "garbage behind a request", send: get(handshake) + "garbage\r\n\r\n", status: 400, closes: true },
  { what: "two good requests and half a third", send: get(handshake) + get(handshake) + "GET", status: 408, closes: true, slow: true },
  // Nothing there.
  { what: "an unknown path", send: get("/no/such/path"), status: 404 },
  { what: "a path that climbs", send: get("/../../../../etc/passwd"), status: [400, 404] },
  { what: "a path that climbs, encoded", send: get("/%2e%2e/%2e%2e/%2e%2e/etc/passwd"), status: [400, 404] },
  { what: "a client file that is none of the eight", send: get("/socket.io/package.json"), status: [400, 404] },
  // WebSocket handshakes.
  ...[
    ["no key", ["Sec-WebSocket-Version: 13"]],
    ["a key too short", ["Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZQ=="]],
    ["a key that is no base64", ["Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: ************************"]],
    ["no version", [`Sec-WebSocket-Key: ${webSocketKey}`]],
    ["an old version", ["Sec-WebSocket-Version: 8", `Sec-WebSocket-Key: ${webSocketKey}`]],
  ].map(([what, headers]) => ({
    what: `a WebSocket handshake with ${what}`,
    send: get("/socket.io/?EIO=4&transport=websocket", "Connection: Upgrade", "Upgrade: websocket", ...headers),
    status: [400, 426],
  })),
  { what: "a WebSocket handshake by POST",
    send: crlf("POST /socket.io/?EIO=4&transport=websocket HTTP/1.1", "Host: x", "Connection: Upgrade", "Upgrade: websocket",
      "Sec-WebSocket-Version: 13", `Sec-WebSocket-Key: ${webSocketKey}`, "Content-Length: 0"), status: [400, 405] },
  { what: "a WebSocket handshake for another path",
    send: get("/elsewhere", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", `Sec-WebSocket-Key: ${webSocketKey}`),
    status: [400, 404] },
];

/** Requests of Engine.IO that are HTTP but not right. `{sid}` stands for a session of the same server. */
export const engineRequests = [
  { what: "no transport", send: get("/socket.io/?EIO=4"), status: 400, body: { code: 0, message: "Transport unknown" } },
  { what: "an unknown transport", send: get("/socket.io/?EIO=4&transport=abc"), status: 400, body: { code: 0, message: "Transport unknown" } },
  { what: "an inherited name as transport", send: get("/socket.io/?EIO=4&transport=constructor"), status: 400, body: { code: 0, message: "Transport unknown" } },
  { what: "an unknown session", send: get("/socket.io/?EIO=4&transport=polling&sid=abc"), status: 400, body: { code: 1, message: "Session ID unknown" } },
  { what: "a session id of twenty characters that is none", send: get("/socket.io/?EIO=4&transport=polling&sid=AAAAAAAAAAAAAAAAAAAA"), status: 400, body: { code: 1, message: "Session ID unknown" } },
  { what: "a session id with strange bytes", send: get("/socket.io/?EIO=4&transport=polling&sid=%00%ff%0d%0a"), status: 400, body: { code: 1, message: "Session ID unknown" } },
  { what: "a very long session id", send: get(`/socket.io/?EIO=4&transport=polling&sid=${"A".repeat(5000)}`), status: 400, body: { code: 1, message: "Session ID unknown" } },
  { what: "a handshake by POST", send: post(handshake, ""), status: 400, body: { code: 2, message: "Bad handshake method" } },
  { what: "a handshake by PUT", send: crlf(`PUT ${handshake} HTTP/1.1`, "Host: x", "Content-Length: 0"), status: 400, body: { code: 2, message: "Bad handshake method" } },
  { what: "WebSocket without upgrade", send: get("/socket.io/?EIO=4&transport=websocket"), status: 400, body: { code: 3, message: "Bad request" } },
  { what: "WebSocket without upgrade for a polling session", send: get("/socket.io/?EIO=4&transport=websocket&sid={sid}"), status: 400, body: { code: 3, message: "Bad request" } },
  { what: "another version than the session's", send: get("/socket.io/?EIO=3&transport=polling&sid={sid}"), status: 400, body: { code: 3, message: "Bad request" } },
  { what: "no version", send: get("/socket.io/?transport=polling"), status: 400, body: { code: 5, message: "Unsupported protocol version" } },
  { what: "an old version", send: get("/socket.io/?EIO=3&transport=polling"), status: 400, body: { code: 5, message: "Unsupported protocol version" } },
  { what: "a version that is none", send: get("/socket.io/?EIO=abc&transport=polling"), status: 400, body: { code: 5, message: "Unsupported protocol version" } },
  { what: "DELETE on a session", send: crlf("DELETE /socket.io/?EIO=4&transport=polling&sid={sid} HTTP/1.1", "Host: x"), status: [405, 500] },
  { what: "a binary body", send: post("/socket.io/?EIO=4&transport=polling&sid={sid}", "4hello", "Content-Type: application/octet-stream"), status: 400, ends: true },
];

/** Bodies posted to a polling session: the POST is refused with 400, and the session is over. */
export const pollingBodies = [
  ["nothing", ""],
  ["an unknown packet type", "abc"],
  ["a digit that is no packet type", "7"],
  ["a separator alone", "\x1e"],
  ["an empty packet between two", "42[\"a\"]\x1e\x1e42[\"a\"]"],
  ["a separator at the end", "42[\"a\"]\x1e"],
  ["good packets before a bad one", "42/kitchen,[\"a\"]\x1eabc"],
  ["base64 that is none", "b****"],
  ["base64 of the wrong length", "bA"],
  ["bytes that are no UTF-8", Buffer.from([0x34, 0x32, 0x5b, 0x22, 0xff, 0x22, 0x5d])],
  ["the length prefixes of version 3", "9:4message"],
];

/** Engine.IO packets on an open WebSocket session: the connection is closed. */
export const enginePackets = [
  ["nothing", ""],
  ["an unknown type", "abc"],
  ["a digit that is no type", "7"],
  ["a digit that is no type", "9hello"],
  ["a ping, which is the server's to send", "2"],
  ["a ping with data", "2probe"],
  ["bytes where the parser is JSON and none are expected", Buffer.from([1, 2, 3])],
];

/** Text of a Socket.IO packet (behind the `4`) sent by a client that is in /kitchen, or `[packet, …attachments]`: closed. */
export const socketPackets = [
  ["nothing", ""],
  ["an unknown type", "7"],
  ["a letter as type", "abc"],
  ["an event without arguments", "2/kitchen,"],
  ["an event without a name", "2/kitchen,[]"],
  ["an event that is an object", "2/kitchen,{}"],
  ["an event that is text", '2/kitchen,"a"'],
  ["an event whose name is an object", "2/kitchen,[{}]"],
  ["an event whose name is an array", '2/kitchen,[["a"]]'],
  ["an event whose name is null", "2/kitchen,[null]"],
  ["an event whose name is true", "2/kitchen,[true]"],
  ...["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"].map((name) => [`the reserved name ${name}`, `2/kitchen,["${name}"]`]),
  ["a reserved name in disguise", String.raw`2/kitchen,["\u0063onnect"]`],
  ["a very long name", `2/kitchen,["${"n".repeat(300)}"]`],
  ["letters as acknowledgement id", '2/kitchen,abc["a"]'],
  ["a negative acknowledgement id", '2/kitchen,-1["a"]'],
  ["an acknowledgement that is an object", "3/kitchen,1{}"],
  ["an acknowledgement without arguments", "3/kitchen,1"],
  ["a namespace that was not joined", '2/dynamic-x,["a"]'],
  ["the main namespace, which was not joined", '2["a"]'],
  ["joining twice", "0/kitchen,"],
  ["auth that is text", '0/dynamic-y,"auth"'],
  ["auth that is an array", "0/dynamic-y,[1]"],
  ["auth that is null", "0/dynamic-y,null"],
  ["auth that is no JSON", "0/dynamic-y,{"],
  ["good-bye with data", "1/kitchen,{}"],
  ["good-bye to a namespace that was not joined", "1/dynamic-z,"],
  ["no attachments where some are announced", '50-/kitchen,["a"]'],
  ["more than ten attachments", '511-/kitchen,["a"]'],
  ["very many attachments", '5999999999999999999999-/kitchen,["a"]'],
  ["a number of attachments that is none", '5x-/kitchen,["a"]'],
  ["attachments without their dash", '51/kitchen,["a"]'],
  ["no number of attachments", '5-/kitchen,["a"]'],
  ["text while an attachment is awaited", ['51-/kitchen,["a",{"_placeholder":true,"num":0}]', '42/kitchen,["a"]']],
  ["a placeholder beyond the attachments", ['51-/kitchen,["a",{"_placeholder":true,"num":1}]', Buffer.from([1])]],
  ["a placeholder with a negative number", ['51-/kitchen,["a",{"_placeholder":true,"num":-1}]', Buffer.from([1])]],
  ["a placeholder whose number is text", ['51-/kitchen,["a",{"_placeholder":true,"num":"0"}]', Buffer.from([1])]],
  ["a placeholder without number", ['51-/kitchen,["a",{"_placeholder":true}]', Buffer.from([1])]],
];

/** JSON that is none, as the second element of an event: closed. */
export const json = [
  ["nothing", ""],
  ["an open array", "["],
  ["an open object", '{"a":1'],
  ["an open string", '"a'],
  ["a comma at the end of an array", "[1,]"],
  ["a comma at the end of an object", '{"a":1,}'],
  ["two commas", "[1,,2]"],
  ["no comma", "[1 2]"],
  ["a key without quotes", "{a:1}"],
  ["a key without value", '{"a"}'],
  ["a number as key", "{1:1}"],
  ["no colon", '{"a" 1}'],
  ["single quotes", "'a'"],
  ["a leading zero", "01"],
  ["a plus sign", "+1"],
  ["a point in front", ".5"],
  ["a point at the end", "1."],
  ["an exponent without digits", "1e"],
  ["a minus alone", "-"],
  ["hexadecimal", "0x10"],
  ["NaN", "NaN"],
  ["Infinity", "-Infinity"],
  ["undefined", "undefined"],
  ["half a word", "tru"],
  ["a word in capitals", "True"],
  ["an unknown escape", String.raw`"\x41"`],
  ["half an escape", String.raw`"\u12"`],
  ["an escape with wrong digits", String.raw`"\u12g4"`],
  ["a control character in a string", '"a\tb"'],
  ["a line end in a string", '"a\nb"'],
  ["NUL in a string", '"a\0b"'],
  ["NUL outside", "1\0"],
  ["a comment", "1/* one */"],
  ["a byte order mark", "\ufeff1"],
  ["an exotic blank", "\u00a01"],
  ["too deep an array", "[".repeat(70) + "]".repeat(70)],
  ["a very deep array", "[".repeat(20_000) + "]".repeat(20_000)],
  ["a very deep object", '{"a":'.repeat(15_000) + "1" + "}".repeat(15_000)],
  ["too many closing brackets", "1]]"],
  ["the wrong closing bracket", "[1}"],
];
