// Violations of the WebSocket protocol: each is answered by a close frame with the status that the RFC has for it, the connection
// ends, and nothing of the message is taken.

import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";

import { Bystander } from "../support/bystander.mjs";
import { exchange } from "../support/clients.mjs";
import { startKitchen } from "../support/kitchen.mjs";
import { oneOf, webSocketHandshake } from "../support/raw_http.mjs";
import { closeCode, serverFrames, text } from "../support/websocket_frames.mjs";
import { maxMessage, violations } from "./websocket_table.mjs";

let server;
let bystander;
before(async () => {
  server = await startKitchen({ "engine.max_payload_bytes": maxMessage, "engine.permessage_deflate.enabled": true });
  bystander = await Bystander.start(server);
});
after(async () => {
  bystander?.close();
  await server?.stop();
});
afterEach(() => bystander.check());

/** What the server sends on a WebSocket to these bytes, sent with its handshake, until it closes. */
async function answerTo(bytes, { deflate = false } = {}) {
  const headers = deflate ? ["Sec-WebSocket-Extensions: permessage-deflate"] : [];
  const got = await exchange(server, Buffer.concat([Buffer.from(webSocketHandshake("", ...headers)), bytes]));
  assert.match(got.text, /^HTTP\/1\.1 101 [\s\S]*Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=/i);
  assert.equal(/permessage-deflate/.test(got.text), deflate);
  assert.ok(got.closed, "the connection is closed");
  return got.bytes;
}

describe("violations", () => {
  for (const { what, send, code, deflate } of violations) {
    test(what, async () => {
      const got = closeCode(await answerTo(send, { deflate }));
      assert.ok(oneOf(code).includes(got), `closed with ${got} instead of ${code}`);
    });
  }
});

test("what follows a violation is not taken", async () => {
  const joins = [text("40/kitchen,"), text('42/kitchen,7["ack","after"]')];
  for (const wrong of [violations[0].send, violations.find(({ what }) => what === "a continuation of nothing").send]) {
    const stream = await answerTo(Buffer.concat([text("40/kitchen,"), text('42/kitchen,6["ack","before"]'), wrong, ...joins]));
    const heard = serverFrames(stream).filter(({ opcode }) => opcode === 1).map(({ payload }) => payload.toString());
    assert.ok(heard.includes('43/kitchen,6["before"]'), "what came before it is");
    assert.ok(!heard.some((message) => message.includes("after")), heard.join("\n"));
  }
});

test("an HTTP request on a WebSocket is a violation, and no request", async () => {
  const stream = await answerTo(Buffer.from("GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\n\r\n"));
  assert.equal(stream.toString("latin1").match(/HTTP\/1\.1 /g).length, 1);
  assert.equal(closeCode(stream), 1002);
});
