// The proxy breaks links as its modes say.

import assert from "node:assert/strict";
import net from "node:net";
import { after, before, beforeEach, test } from "node:test";

import { FaultProxy } from "../support/fault_proxy.mjs";
import { eventually, sleep, within } from "../support/server.mjs";

let echo;
const echoing = new Set();
let proxy;
before(async () => {
  echo = net.createServer((socket) => {
    echoing.add(socket);
    socket.on("error", () => {});
    socket.pipe(socket);
  });
  await new Promise((resolve) => echo.listen(0, "127.0.0.1", resolve));
  proxy = await FaultProxy.start({ port: echo.address().port });
});
beforeEach(async () => {
  await proxy.pass();
  await proxy.delay(0);
  await proxy.throttle(0);
});
after(async () => {
  await proxy?.stop();
  echo.close();
  for (const socket of echoing) socket.destroy();
});

async function open() {
  const socket = net.connect(proxy.port, "127.0.0.1");
  socket.got = "";
  socket.on("data", (data) => {
    socket.got += data;
  });
  socket.on("error", (error) => {
    socket.failure = error.code;
  });
  socket.whenClosed = new Promise((resolve) => socket.once("close", resolve));
  await within(2000, "connecting", new Promise((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("error", reject);
  }));
  return socket;
}
const got = (socket, text) => eventually(`"${text}" comes back`, () => socket.got === text);

test("pass: bytes and the end go through", async () => {
  const socket = await open();
  socket.write("one");
  await got(socket, "one");
  socket.end();
  await within(2000, "end", socket.whenClosed);
  await eventually("nothing is left", async () => (await proxy.state()).open === 0);
});

test("cut: open connections and new ones are reset", async () => {
  const socket = await open();
  socket.write("one");
  await got(socket, "one");
  await proxy.cut();
  await within(2000, "reset", socket.whenClosed);
  assert.equal(socket.failure, "ECONNRESET");
  const next = await open().catch(() => undefined);
  if (next) await within(2000, "reset", next.whenClosed);
  await proxy.pass();
  const again = await open();
  again.write("two");
  await got(again, "two");
  again.destroy();
});

for (const direction of ["both", "up", "down"]) {
  test(`freeze ${direction}: what was sent arrives later, in order`, async () => {
    const socket = await open();
    socket.write("one ");
    await got(socket, "one ");
    await proxy.freeze(direction);
    socket.write("two ");
    const next = await open();
    next.write("hello");
    await sleep(150);
    assert.deepEqual([socket.got, next.got], ["one ", ""]);
    await proxy.pass();
    await got(socket, "one two ");
    await got(next, "hello");
    socket.destroy();
    next.destroy();
  });

  test(`swallow ${direction}: it is gone, and the connection stays silent`, async () => {
    const socket = await open();
    const quiet = await open();
    socket.write("one");
    await got(socket, "one");
    await proxy.swallow(direction);
    socket.write("two");
    await sleep(150);
    await proxy.pass();
    socket.write("three");
    quiet.write("unharmed");
    await got(quiet, "unharmed");
    assert.equal(socket.got, "one");
    assert.equal(socket.destroyed, false);
    socket.destroy();
    quiet.destroy();
  });
}

test("delay: every piece takes so long and order is kept", async () => {
  await proxy.delay(100);
  const socket = await open();
  const begin = Date.now();
  for (let i = 0; i < 5; i++) {
    socket.write(`${i}`);
    await sleep(5);
  }
  await got(socket, "01234");
  assert.ok(Date.now() - begin >= 190, `${Date.now() - begin} ms`);
  socket.destroy();
});

test("throttle: a connection gets so many bytes a second", async () => {
  const socket = await open();
  await proxy.throttle(1_000_000);
  const begin = Date.now();
  socket.write("x".repeat(500_000));
  await eventually("all is back", () => socket.got.length === 500_000);
  assert.ok(Date.now() - begin >= 400, `${Date.now() - begin} ms`);
  socket.destroy();
});
