// The server as the extremes need it: one event loop, and beside webrtc_signaling an application that does on demand what the
// plugin API has (tests/conformance/kitchen_app.cpp).

import { startServer } from "../../support/server.mjs";

/** @param {Record<string, string | number | boolean>} set  keys beside the shipped config/memory.toml */
export const startOne = (set = {}) => startServer({ set: { "listen.workers": 1, ...set } });

export const startWithKitchen = (set = {}) =>
  startOne({ "plugins.directories": '["plugins", "tests/plugins"]', "plugins.applications": '["webrtc_signaling", "kitchen_app"]', ...set });

/** Runs `work` with a server and ends that in any case. */
export async function withServer(starting, work) {
  const server = await starting;
  let result;
  try {
    result = await work(server);
  } catch (error) {
    await server.kill().catch(() => {});
    throw error;
  }
  await server.stop();
  return result;
}
