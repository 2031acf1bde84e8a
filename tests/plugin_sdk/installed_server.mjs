// Starts the installed server with plugins that were built with the installed SDK, from a configuration file as an operator writes it.

import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";

import { Server, within } from "../support/server.mjs";

const directory = mkdtempSync(path.join(os.tmpdir(), "signaling-sdk-"));
process.on("exit", () => rmSync(directory, { recursive: true, force: true }));

/** Path of a file of this test's own. */
export const file = (name) => path.join(directory, name);

const fromTest = (variable) => {
  const value = process.env[variable];
  assert.ok(value && existsSync(value), `${variable} is "${value}": ctest names what it has installed there`);
  return value;
};

let servers = 0;

function command({ plugins, tables = "" }) {
  const config = file(`server-${++servers}.toml`);
  // "plugins" are those that were installed with the server.
  const directories = JSON.stringify([fromTest("SIGNALING_SDK_PLUGINS"), "plugins"]);
  writeFileSync(config, `[listen]
address = "127.0.0.1"
port = 0
workers = 2

[admin]
port = 0

[plugins]
directories = ${directories}
${plugins}

${tables}
`);
  return { binary: fromTest("SIGNALING_SDK_SERVER"), args: ["--config", config], config };
}

/**
 * @param {object} configuration
 * @param {string} configuration.plugins   lines of the table [plugins]
 * @param {string} [configuration.tables]  further tables
 * @returns {Promise<Server & {configFile: string}>}
 */
export async function startInstalled(configuration) {
  const { binary, args, config } = command(configuration);
  const server = new Server(binary, args);
  server.configFile = config;
  await server.ready();
  return server;
}

/** Exit code and output of an installed server that cannot start with this configuration. */
export async function endOfInstalled(configuration, options = []) {
  const { binary, args } = command(configuration);
  const server = new Server(binary, [...args, ...options]);
  const { code } = await within(20_000, "the end of the server", server.ended);
  return { code, output: server.output };
}

/** The same with `--check`. */
export const checkInstalled = (configuration) => endOfInstalled(configuration, ["--check"]);

/** What `--list-plugins` says. */
export async function listPlugins() {
  const { code, output } = await endOfInstalled({ plugins: "" }, ["--list-plugins"]);
  assert.equal(code, 0, output);
  return output;
}
