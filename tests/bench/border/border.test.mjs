// The variants of border.mjs do what they are measured for.

import assert from "node:assert/strict";
import { after, test } from "node:test";

import { Echoes, startVariant, variants } from "./echoes.mjs";

const started = [];
after(async () => {
  for (const server of started) await server.stop();
});

for (const variant of variants) {
  test(variant.title, async () => {
    const server = await startVariant(variant);
    started.push(server);
    const echoes = await Echoes.start(server.port, { clients: 3, batch: 4 });
    const events = await echoes.run((echoed) => echoed >= 100);
    echoes.stop();
    const calls = (plugin) => server.metric(`signaling_plugin_hook_seconds_count{plugin="${plugin}",hook="event"}`);
    assert.equal(await calls("echo_application"), variant.name === "core" ? 0 : events);
    for (const plugin of variant.middleware) assert.equal(await calls(plugin), events);
  });
}
