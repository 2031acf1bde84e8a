// Plugins that were built with headers one minor version newer than the server's: refused, with a message that tells both.

import assert from "node:assert/strict";
import { test } from "node:test";

import { checkInstalled, endOfInstalled } from "./installed_server.mjs";

for (const [kind, line] of [["adapter", 'adapter = "aged_adapter"'], ["middleware", 'middleware = ["aged_middleware"]'], ["application", 'applications = ["aged_application"]']]) {
  test(`a newer ${kind} is refused`, async () => {
    const { code, output } = await endOfInstalled({ plugins: line });
    assert.equal(code, 14, output);
    const [, plugin, own] = /aged_\w+.*plugin API version: built for 1\.(\d+), this server has 1\.(\d+) \(the plugin must not be newer\)/s.exec(output) ?? assert.fail(output);
    assert.equal(Number(plugin), Number(own) + 1);
    assert.notEqual((await checkInstalled({ plugins: line })).code, 0);
  });
}
