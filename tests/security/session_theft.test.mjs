// Ids of sessions: they cannot be guessed, a near miss does nothing, one that was stolen does as little as the transport allows,
// and with engine.bind_address nothing at all from another address, whatever stands between client and server.

import assert from "node:assert/strict";
import http from "node:http";
import { after, before, describe, test } from "node:test";

import { Poller, Wire } from "../support/clients.mjs";
import { startKitchen } from "../support/kitchen.mjs";
import { ProxyFront, proxyV2 } from "../support/proxy_protocol.mjs";

const owner = "127.0.0.1";
const thief = "127.0.0.66";
const unknown = { code: 1, message: "Session ID unknown" };
const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** A request from an address of one's choice. @returns {Promise<{status: number, body: string}>} */
function request(base, sid, { method = "GET", body, from = owner, headers = {}, transport = "polling" } = {}) {
  return new Promise((resolve, reject) => {
    const url = `${base}/socket.io/?EIO=4&transport=${transport}&sid=${encodeURIComponent(sid)}`;
    const asked = http.request(url, { method, localAddress: from, headers, agent: false, timeout: 10_000 }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (piece) => (text += piece)).on("end", () => resolve({ status: response.statusCode, body: text }));
    });
    asked.on("error", reject).on("upgrade", (response, socket) => {
      socket.destroy();
      resolve({ status: response.statusCode, body: "" });
    });
    asked.end(body);
  });
}
const upgrade = (base, sid, options = {}) => request(base, sid, {
  ...options,
  transport: "websocket",
  headers: { Connection: "Upgrade", Upgrade: "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", ...options.headers },
});

function assertUnknown({ status, body }, what) {
  assert.equal(status, 400, what);
  assert.deepEqual(JSON.parse(body), unknown, what);
}

/** The owner's session goes on. */
async function assertAlive(poller) {
  await poller.post('42/kitchen,1["ack","mine"]');
  assert.equal(await poller.poll(), '43/kitchen,1["mine"]');
}

describe("guessing", () => {
  let server;
  before(async () => (server = await startKitchen({ "listen.workers": 2 })));
  after(() => server?.stop());

  test("ids are all different, and have nothing in common but node and loop", async () => {
    const sids = [];
    for (let i = 0; i < 300; i++) sids.push((await Poller.session(server)).sid);
    assert.equal(new Set(sids).size, sids.length);
    // The last 14 characters are 84 of the 88 random bits: every place shows many of the 64 characters, and no value rules.
    for (let place = 6; place < 20; place++) {
      const counts = {};
      for (const sid of sids) counts[sid[place]] = (counts[sid[place]] ?? 0) + 1;
      assert.ok(Object.keys(counts).length > 45 && Math.max(...Object.values(counts)) < 30, `place ${place}: ${JSON.stringify(counts)}`);
    }
  });

  test("an id that is wrong in one character, in case, or in length finds nothing and harms nobody", async () => {
    const poller = await Poller.socket(server, "/kitchen");
    const { sid } = poller;
    const near = Array.from(sid, (character, i) => sid.slice(0, i) + alphabet[(alphabet.indexOf(character) + 1) % 64] + sid.slice(i + 1));
    near.push(sid.toLowerCase(), sid.toUpperCase(), sid.slice(0, 19), `${sid}A`, `${sid} `, ` ${sid}`, `${sid}\0`, `${sid}\n`, `${sid}%00`, `${sid},${sid}`, `"${sid}"`, "*", "?", `${sid.slice(0, 5)}*`);
    for (const guess of near.filter((each) => each !== sid)) {
      assertUnknown(await request(server.url, guess), `GET ${JSON.stringify(guess)}`);
      assertUnknown(await request(server.url, guess, { method: "POST", body: "1" }), `POST ${JSON.stringify(guess)}`);
      assert.equal((await upgrade(server.url, guess)).status, 400);
    }
    await assertAlive(poller);
  });

  test("a thousand guesses with the right node and loop are all unknown", async () => {
    const poller = await Poller.socket(server, "/kitchen");
    const known = poller.sid.slice(0, 6);
    const guesses = Array.from({ length: 1000 }, () => known + Array.from({ length: 14 }, () => alphabet[Math.floor(Math.random() * 64)]).join(""));
    for (let i = 0; i < guesses.length; i += 50) {
      for (const answer of await Promise.all(guesses.slice(i, i + 50).map((guess) => request(server.url, guess)))) assertUnknown(answer);
    }
    await assertAlive(poller);
  });

  test("an id that is over opens nothing again", async () => {
    const poller = await Poller.socket(server, "/kitchen");
    await poller.post("1");
    assertUnknown(await request(server.url, poller.sid));
    assert.equal((await upgrade(server.url, poller.sid)).status, 400);
  });

  test("the id of a socket, which others may know, is none of a session", async () => {
    const poller = await Poller.socket(server, "/kitchen");
    assert.notEqual(poller.id, poller.sid);
    assertUnknown(await request(server.url, poller.id));
    await assertAlive(poller);
  });

  test("a session on WebSocket takes nothing from other connections, who knows its id or not", async () => {
    const wire = await Wire.socket(server, "/kitchen");
    const { sid } = wire.handshake;
    assert.equal((await request(server.url, sid)).status, 400);
    assert.equal((await request(server.url, sid, { method: "POST", body: "1" })).status, 400);
    await upgrade(server.url, sid);
    const second = await Wire.open(`${server.webSocketUrl}/socket.io/?EIO=4&transport=websocket&sid=${sid}`);
    second.send("2probe");
    await second.expectClosed();
    wire.send('42/kitchen,1["ack","mine"]');
    assert.equal(await wire.next(), '43/kitchen,1["mine"]');
    wire.close();
  });
});

test("no id stands in the log as a whole, at any level", async () => {
  const server = await startKitchen({ "log.level": "trace" });
  const poller = await Poller.socket(server, "/kitchen");
  const wire = await Wire.socket(server, "/kitchen");
  await assertAlive(poller);
  await request(server.url, poller.sid, { method: "DELETE" });
  await request(server.url, poller.sid, { method: "POST", body: "no packet" });
  wire.send("no packet");
  await wire.expectClosed();
  await server.stop();
  for (const sid of [poller.sid, wire.handshake.sid]) assert.ok(!server.output.includes(sid), server.output);
});

describe("engine.bind_address", () => {
  /** The ways of a request to the server; each takes where it comes from, or what the proxy says of that. */
  const ways = {
    directly: {
      set: {},
      via: async (server) => ({ base: () => server.url, options: (from) => ({ from }), end: async () => {} }),
    },
    "through a proxy that adds X-Forwarded-For": {
      set: { "proxy.trusted": '["127.0.0.1"]', "proxy.header": "x-forwarded-for" },
      via: async (server) => ({ base: () => server.url, options: (from) => ({ headers: { "X-Forwarded-For": from.replace("127.0.0", "192.0.2") } }), end: async () => {} }),
    },
    "through balancers that write PROXY protocol headers": {
      set: { "proxy.trusted": '["127.0.0.1"]', "proxy.protocol": true },
      via: async (server) => {
        const fronts = {};
        for (const address of [owner, thief]) fronts[address] = await ProxyFront.start(server.port, () => proxyV2(address.replace("127.0.0", "192.0.2")));
        return { base: (from) => fronts[from].url, options: () => ({}), end: () => Promise.all(Object.values(fronts).map((front) => front.stop())) };
      },
    },
  };

  for (const [name, { set, via }] of Object.entries(ways)) {
    test(`a stolen id is unknown from another address, ${name}`, async () => {
      const server = await startKitchen({ "engine.bind_address": true, "listen.workers": 2, ...set });
      const way = await via(server);
      try {
        const mine = { url: way.base(owner), webSocketUrl: way.base(owner).replace("http", "ws") };
        const { headers } = way.options(owner);
        const poller = await Poller.socket(mine, "/kitchen", { headers });
        const steal = (options) => request(way.base(thief), poller.sid, { ...way.options(thief), ...options });
        assertUnknown(await steal());
        assertUnknown(await steal({ method: "POST", body: "1" }));
        assertUnknown(await steal({ method: "POST", body: '42/kitchen,["emit",{"event":["stolen"]}]' }));
        assert.equal((await upgrade(way.base(thief), poller.sid, way.options(thief))).status, 400);
        await assertAlive(poller);
        // The owner's own upgrade, and what follows it.
        const wire = await Wire.open(`${mine.webSocketUrl}/socket.io/?EIO=4&transport=websocket&sid=${poller.sid}`, { headers });
        wire.send("2probe");
        assert.equal(await wire.next(), "3probe");
        wire.send("5");
        wire.send('42/kitchen,2["ack","upgraded"]');
        assert.equal(await wire.next(), '43/kitchen,2["upgraded"]');
        wire.close();
      } finally {
        await way.end();
        await server.stop();
      }
    });
  }

  test("is off by default: phones change their address between two requests", async () => {
    const server = await startKitchen();
    const poller = await Poller.socket(server, "/kitchen");
    assert.deepEqual(await request(server.url, poller.sid, { method: "POST", body: '42/kitchen,1["ack","on the move"]', from: thief }), { status: 200, body: "ok" });
    assert.equal((await request(server.url, poller.sid, { from: thief })).body, '43/kitchen,1["on the move"]');
    await server.stop();
  });
});
