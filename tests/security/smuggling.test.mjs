// Request smuggling: whatever could be read in two ways is refused, the connection ends, and the request hidden in it is served
// to nobody.

import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";

import { Bystander } from "../support/bystander.mjs";
import { exchange } from "../support/clients.mjs";
import { startKitchen } from "../support/kitchen.mjs";
import { allAnswers, oneOf } from "../support/raw_http.mjs";
import { smuggled } from "./smuggling_table.mjs";

let server;
let bystander;
before(async () => {
  server = await startKitchen();
  bystander = await Bystander.start(server);
});
after(async () => {
  bystander?.close();
  await server?.stop();
});
afterEach(() => bystander.check());

for (const [way, cut] of [["in one piece", undefined], ["in pieces", 7]]) {
  describe(way, () => {
    for (const { what, send, answers = [400], open = false, head = false } of smuggled) {
      test(what, async () => {
        const bytes = Buffer.from(send, "latin1");
        const pieces = cut && [bytes.subarray(0, cut), bytes.subarray(cut, bytes.length - 30), bytes.subarray(bytes.length - 30)];
        const got = await exchange(server, bytes, { pieces, timeout: open ? 150 : 5000 });
        assert.doesNotMatch(got.text, /"sid"/, "the hidden request was served");
        // An answer to HEAD tells a length and has no body.
        const all = head ? [{ status: Number(got.text.slice(9, 12)) }] : allAnswers(got.text);
        assert.equal(all.length, answers.length, got.text.slice(0, 500));
        for (const [i, { status }] of all.entries()) assert.ok(oneOf(answers[i]).includes(status), `${status} instead of ${answers[i]}`);
        assert.equal(got.closed, !open, open ? "the connection goes on" : "the connection is closed");
      });
    }
  });
}
