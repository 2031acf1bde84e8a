// A server whose application calls the whole plugin API on demand: see tests/conformance/kitchen_app.cpp.

import path from "node:path";

import { connect } from "./clients.mjs";
import { repository, startServer } from "./server.mjs";

export const conformanceConfig = path.join(repository, "tests/conformance/conformance.toml");

/** With the ordinary heartbeat, unless told otherwise: the suites' 300 ms would end sessions on a machine under load. */
export function startKitchen(set = {}) {
  return startServer({
    config: conformanceConfig,
    set: { "engine.ping_interval": "25s", "engine.ping_timeout": "20s", "socketio.connect_timeout": "45s", ...set },
  });
}

/** `count` clients in /kitchen. */
export function seat(server, count, options = {}) {
  return Promise.all(Array.from({ length: count }, () => connect(server, "/kitchen", options)));
}

export function leaveAll(...sockets) {
  for (const socket of sockets.flat()) socket?.disconnect();
}
