// The example middleware, installed, with real clients: who may come in, and how the list is read again while the server runs.

import assert from "node:assert/strict";
import { renameSync, rmSync, writeFileSync } from "node:fs";
import { after, before, test } from "node:test";

import { connect, connectOutcome } from "../support/clients.mjs";
import { eventually } from "../support/server.mjs";
import { checkInstalled, file, startInstalled } from "./installed_server.mjs";

const list = file("addresses");

/** As an editor does it: the whole file at once. */
function write(text) {
  writeFileSync(`${list}.new`, text);
  renameSync(`${list}.new`, list);
}

const configuration = (settings = 'check_interval = "10ms"') => ({
  plugins: 'middleware = ["address_list"]\napplications = ["lobby"]',
  tables: `[plugins.address_list]\nfile = "${list}"\n${settings}\n
[proxy]\ntrusted = ["127.0.0.1"]\nheader = "x-forwarded-for"`,
});

let server;
before(async () => {
  write("# those who may\n127.0.0.1\n192.0.2.0/24   # a network\n\n2001:db8::/33\n");
  server = await startInstalled(configuration());
});
after(async () => server.stop());

/** Status of the first request of a session from that address. */
async function status(address, on = server) {
  const answer = await fetch(`${on.url}/socket.io/?EIO=4&transport=polling`, { headers: { "x-forwarded-for": address } });
  await answer.text();
  return answer.status;
}

test("whoever is in the list comes in, all others are refused with 403", async () => {
  for (const address of ["192.0.2.0", "192.0.2.255", "2001:db8::1", "2001:db8:7fff::1"]) assert.equal(await status(address), 200, address);
  const refused = ["192.0.3.0", "192.0.1.255", "2001:db8:8000::1", "2001:db9::1", "::1"];
  for (const address of refused) assert.equal(await status(address), 403, address);
  assert.equal(await server.metric("signaling_plugin_address_list_refused_total"), refused.length);
});

test("the official client is let in and refused, over both transports", async () => {
  for (const transports of [["polling"], ["websocket"]]) {
    (await connect(server, "/lobby", { transports })).disconnect();
    const outcome = await connectOutcome(server, { transports, extraHeaders: { "x-forwarded-for": "203.0.113.9" } }, "/lobby");
    assert.notEqual(outcome, "in");
  }
});

test("a changed file is in force soon, for new sessions, and no session is lost by it", async () => {
  const inside = await connect(server, "/lobby");
  assert.equal(await status("203.0.113.9"), 403);
  write("203.0.113.9\n127.0.0.1\n");
  await eventually("the new address comes in", async () => (await status("203.0.113.9")) === 200);
  assert.equal(await status("192.0.2.7"), 403);
  assert.ok(inside.connected);
  inside.disconnect();
});

const readiness = async () => (await fetch(`${server.adminUrl}/readyz`)).json();

test("a bad file leaves the old list in force, and readiness tells", async () => {
  write("203.0.113.9\n127.0.0.1\nnobody\n");
  await eventually("the plugin says that it is not well", async () => /address_list/.test(JSON.stringify(await readiness())));
  await eventually("the log says what", () => server.output.includes("the addresses are those of before: line 3: not an address: nobody"));
  assert.equal(await status("203.0.113.9"), 200);
  assert.equal(await status("192.0.2.7"), 403);

  for (const text of ["", "# nobody\n", "192.0.2.0/33\n", "192.0.2/24\n", "2001:db8::/129\n", "192.0.2.0/\n"]) {
    const lines = server.output.length;
    write(text);
    await eventually(`"${text}" is refused`, () => server.output.slice(lines).includes("the addresses are those of before"));
  }
  rmSync(list);
  await eventually("that there is no file is told", () => /those of before: .*No such file/.test(server.output));
  assert.equal(await status("203.0.113.9"), 200);

  write("192.0.2.7\n127.0.0.1\n");
  await eventually("the plugin is well", async () => (await readiness()).status === "ready");
  assert.equal(await status("192.0.2.7"), 200);
  assert.equal(await status("203.0.113.9"), 403);
});

test("SIGHUP reads it at once; a bad file ends the reload and changes nothing", async () => {
  write("192.0.2.7\n");
  const rare = await startInstalled(configuration('check_interval = "1h"'));
  try {
    write("192.0.2.8\n");
    rare.child.kill("SIGHUP");
    await eventually("the new address comes in", async () => (await status("192.0.2.8", rare)) === 200);
    assert.equal(await status("192.0.2.7", rare), 403);
    write("192.0.2.9.9\n");
    rare.child.kill("SIGHUP");
    await eventually("it is told", () => rare.output.includes("line 1: not an address: 192.0.2.9.9"));
    assert.equal(await status("192.0.2.8", rare), 200);
  } finally {
    await rare.stop();
  }
});

test("--check finds a bad file", async () => {
  write("2001:db8::1::2\n");
  const { code, output } = await checkInstalled(configuration());
  assert.equal(code, 1);
  assert.match(output, /plugins\.address_list\.file: line 1: not an address: 2001:db8::1::2/);
});
