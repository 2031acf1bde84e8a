// The hook for events on their way out: what goes to each socket, and that those it lets pass share what they get.

import assert from "node:assert/strict";
import path from "node:path";
import { after, before, test } from "node:test";

import { connect, next } from "../support/clients.mjs";
import { buildDirectory, startServer } from "../support/server.mjs";

for (const parser of ["json", "msgpack"]) {
  let server;
  let options = {};
  before(async () => {
    server = await startServer({
      set: {
        "plugins.directories": JSON.stringify([path.join(buildDirectory, "tests/plugins"), "plugins"]),
        "plugins.middleware": JSON.stringify(["outgoing_middleware"]),
        "plugins.applications": JSON.stringify(["broadcast_application"]),
        "listen.workers": 2,
        "socketio.parser": parser,
      },
    });
    if (parser === "msgpack") options = { parser: (await import("socket.io-msgpack-parser")).default };
  });
  after(() => server.stop());

  /** What two sockets have got when an event that passes has come through behind it. */
  const outcome = async (...args) => {
    const sockets = await Promise.all([0, 1].map(() => connect(server, "/all", options)));
    const got = sockets.map((socket) => {
      const events = [];
      socket.onAny((...event) => events.push(event));
      return events;
    });
    const ends = sockets.map((socket) => next(socket, "end"));
    sockets[0].emit("say", ...args);
    sockets[0].emit("end");
    await Promise.all(ends);
    const ids = sockets.map((socket) => socket.id);
    for (const socket of sockets) socket.disconnect();
    return { got: got.map((events) => events.filter(([name]) => name !== "end")), ids };
  };
  const faults = (kind) => server.metric(`signaling_plugin_faults_total{plugin="outgoing_middleware",kind="${kind}"}`);

  test(`${parser}: what passes arrives as it was, binary too`, async () => {
    const event = ["say", "pass", { deep: [Buffer.from([1, 2, 255])] }];
    const { got } = await outcome(...event.slice(1));
    assert.deepEqual(got, [[event], [event]]);
  });

  test(`${parser}: an event can be dropped`, async () => {
    assert.deepEqual((await outcome("drop", 1)).got, [[], []]);
  });

  test(`${parser}: an event can be replaced for each socket`, async () => {
    const bytes = Buffer.from([0, 1, 2]);
    const { got, ids } = await outcome("replace", bytes);
    assert.deepEqual(got, ids.map((id) => [["replaced", id, "replace", bytes]]));
  });

  test(`${parser}: a hook that fails lets nothing out and is named`, async () => {
    assert.deepEqual((await outcome("nothing")).got, [[], []]);
    assert.equal(await faults("no_verdict"), 2);
    assert.deepEqual((await outcome("garbage")).got, [[], []]);
    assert.equal(await faults("bad_payload"), 2);
    assert.deepEqual((await outcome("throw")).got, [[], []]);
    assert.equal(await server.metric('signaling_plugin_errors_total{plugin="outgoing_middleware",hook="event_out"}'), 2);
  });

  test(`${parser}: what a hook emits is not shown to it`, async () => {
    const { got } = await outcome("emit");
    assert.deepEqual(got, [[["extra"], ["say", "emit"]], [["extra"], ["say", "emit"]]]);
  });

  test(`${parser}: a hook may end the socket that it is asked about`, async () => {
    const socket = await connect(server, "/all", options);
    const gone = next(socket, "disconnect");
    socket.emit("say", "leave");
    assert.deepEqual((await gone)[0], "io server disconnect");
  });

  test(`${parser}: a question that passes is answered, one that was dropped times out`, async () => {
    const socket = await connect(server, "/all", options);
    socket.on("question", (...args) => args.at(-1)("yes"));
    for (const [says, came] of [["pass", "came"], ["replace", "timeout"], ["drop", "timeout"]]) {
      const answer = next(socket, "answer");
      socket.emit("ask", says);
      assert.deepEqual(await answer, [came], says);
    }
    socket.disconnect();
  });
}
