// What the server does with HTTP beside the protocol itself: compression, cross-origin answers, cookie, client files, page,
// health and metrics, and options that switch transports off.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import http from "node:http";
import path from "node:path";
import { test } from "node:test";
import zlib from "node:zlib";

import { ask, connect, Poller, upgraded, Wire } from "../support/clients.mjs";
import { startKitchen } from "../support/kitchen.mjs";
import { buildDirectory, repository, startServer } from "../support/server.mjs";

/** A request that shows the answer as it came: headers, and the body before any decoding. */
function request(url, { method = "GET", headers = {}, body } = {}) {
  return new Promise((resolve, reject) => {
    const sent = http.request(url, { method, headers, agent: false }, (response) => {
      const parts = [];
      response.on("data", (part) => parts.push(part));
      response.on("end", () => resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(parts) }));
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

async function withServer(set, use, start = startKitchen) {
  const server = await start(set);
  try {
    await use(server);
  } finally {
    await server.stop();
  }
}

/** Body of the poll that answers an echo of `size` characters. */
async function pollFor(server, size, encoding) {
  const poller = await Poller.socket(server, "/kitchen");
  await poller.post(`42/kitchen,["echo","${"x".repeat(size)}"]`);
  return request(poller.base + poller.query, { headers: encoding ? { "Accept-Encoding": encoding } : {} });
}

test("polls are compressed as the client likes it, from the threshold on", async () => {
  await withServer({}, async (server) => {
    const expected = (size) => `42/kitchen,["echo-back","${"x".repeat(size)}"]`;
    const gzip = await pollFor(server, 2000, "gzip, deflate, br");
    assert.equal(gzip.headers["content-encoding"], "gzip");
    assert.equal(zlib.gunzipSync(gzip.body).toString(), expected(2000));
    const deflate = await pollFor(server, 2000, "gzip;q=0.5, deflate");
    assert.equal(deflate.headers["content-encoding"], "deflate");
    assert.equal(zlib.inflateSync(deflate.body).toString(), expected(2000));
    for (const [size, encoding] of [[500, "gzip"], [2000, undefined], [2000, "identity"], [2000, "gzip;q=0"]]) {
      const plain = await pollFor(server, size, encoding);
      assert.equal(plain.headers["content-encoding"], undefined);
      assert.equal(plain.body.toString(), expected(size));
    }
  });
  await withServer({ "engine.http_compression.enabled": false }, async (server) => {
    assert.equal((await pollFor(server, 2000, "gzip")).headers["content-encoding"], undefined);
  });
});

test("WebSocket messages are compressed where that is on and the client offers it", async () => {
  const bytesReceived = async (server, perMessageDeflate, size) => {
    const wire = await Wire.socket(server, "/kitchen", { perMessageDeflate });
    const before = wire.socket._socket.bytesRead;
    const text = "x".repeat(size);
    wire.send(`42/kitchen,["echo","${text}"]`);
    assert.equal(await wire.next(), `42/kitchen,["echo-back","${text}"]`);
    const received = wire.socket._socket.bytesRead - before;
    const { extensions } = wire.socket;
    wire.close();
    return { received, extensions };
  };
  await withServer({ "engine.permessage_deflate.enabled": true }, async (server) => {
    const deflated = await bytesReceived(server, true, 50_000);
    assert.match(deflated.extensions, /permessage-deflate/);
    assert.ok(deflated.received < 1000, `${deflated.received} bytes`);
    assert.ok((await bytesReceived(server, true, 500)).received > 500, "short messages go as they are");
    assert.ok((await bytesReceived(server, false, 50_000)).received > 50_000);
    const socket = await connect(server, "/kitchen", { transports: ["websocket"] });
    assert.equal(await ask(socket, "ack", "y".repeat(5000)), "y".repeat(5000));
    socket.disconnect();
  });
  await withServer({}, async (server) => {
    assert.equal((await bytesReceived(server, true, 5000)).extensions, "", "off by default");
  });
});

test("cross-origin answers: named origins, credentials, exposed headers, age", async () => {
  await withServer({
    "cors.origins": '["https://a.example", "https://b.example"]', "cors.credentials": true, "cors.exposed_headers": '["X-One"]', "cors.max_age": "10m",
  }, async (server) => {
    const url = `${server.url}/socket.io/?EIO=4&transport=polling`;
    const good = await request(url, { headers: { Origin: "https://b.example" } });
    assert.equal(good.headers["access-control-allow-origin"], "https://b.example");
    assert.equal(good.headers["access-control-allow-credentials"], "true");
    assert.match(good.headers.vary, /Origin/);
    const bad = await request(url, { headers: { Origin: "https://c.example" } });
    assert.equal(bad.headers["access-control-allow-origin"], undefined);
    assert.match(bad.headers.vary, /Origin/);
    const preflight = await request(url, { method: "OPTIONS", headers: { Origin: "https://a.example", "Access-Control-Request-Method": "POST" } });
    assert.equal(preflight.status, 204);
    assert.equal(preflight.headers["access-control-allow-origin"], "https://a.example");
    assert.equal(preflight.headers["access-control-max-age"], "600");
  });
  await withServer({ "cors.enabled": false }, async (server) => {
    const answer = await request(`${server.url}/socket.io/?EIO=4&transport=polling`, { headers: { Origin: "https://a.example" } });
    assert.equal(answer.headers["access-control-allow-origin"], undefined, "no headers unless configured");
  });
});

test("the cookie is set on the handshake and nowhere else", async () => {
  await withServer({ "engine.cookie.enabled": true, "engine.cookie.name": "session" }, async (server) => {
    const answer = await request(`${server.url}/socket.io/?EIO=4&transport=polling`);
    const { sid } = JSON.parse(answer.body.toString().slice(1));
    assert.equal(answer.headers["set-cookie"][0], `session=${sid}; Path=/; HttpOnly; SameSite=Lax`);
    const poll = await request(`${server.url}/socket.io/?EIO=4&transport=polling&sid=${sid}`, { method: "POST", body: "40/kitchen," });
    assert.equal(poll.headers["set-cookie"], undefined);
  });
});

test("transports and upgrades can be switched off", async () => {
  await withServer({ "engine.transports": '["websocket"]' }, async (server) => {
    assert.equal((await request(`${server.url}/socket.io/?EIO=4&transport=polling`)).status, 400);
    const socket = await connect(server, "/kitchen", { transports: ["websocket"] });
    socket.disconnect();
  });
  await withServer({ "engine.transports": '["polling"]' }, async (server) => {
    const poller = await Poller.session(server);
    assert.deepEqual(poller.handshake.upgrades, []);
    await assert.rejects(connect(server, "/kitchen", { transports: ["websocket"] }));
  });
  await withServer({ "engine.allow_upgrades": false }, async (server) => {
    assert.deepEqual((await Poller.session(server)).handshake.upgrades, []);
    const socket = await connect(server, "/kitchen");
    assert.equal(await ask(socket, "ack", 1), 1);
    assert.equal((await ask(socket, "info", {})).transport, "polling");
    socket.disconnect();
  });
});

test("another path", async () => {
  await withServer({ "engine.path": "/signal/here" }, async (server) => {
    const socket = await connect(server, "/kitchen", { path: "/signal/here" });
    await upgraded(socket);
    socket.disconnect();
    assert.equal((await request(`${server.url}/socket.io/?EIO=4&transport=polling`)).status, 404);
  });
});

test("the browser client is served from the Socket.IO path: exactly its files, with validators", async () => {
  await withServer({}, async (server) => {
    const files = readdirSync(path.join(buildDirectory, "client")).filter((name) => name.startsWith("socket.io"));
    assert.equal(files.length, 8);
    for (const name of files) {
      const answer = await request(`${server.url}/socket.io/${name}`);
      assert.equal(answer.status, 200, name);
      assert.ok(answer.body.equals(readFileSync(path.join(buildDirectory, "client", name))), name);
      assert.match(answer.headers["content-type"], name.endsWith(".map") ? /^application\/json/ : /javascript/);
      assert.match(answer.headers.etag, /^(W\/)?"[^"]+"$/);
      assert.equal(answer.headers["cache-control"], "public, max-age=0");
      const again = await request(`${server.url}/socket.io/${name}`, { headers: { "If-None-Match": answer.headers.etag } });
      assert.equal(again.status, 304);
      assert.equal(again.body.length, 0);
    }
    const packed = await request(`${server.url}/socket.io/socket.io.js`, { headers: { "Accept-Encoding": "gzip" } });
    assert.equal(packed.headers["content-encoding"], "gzip");
    assert.ok(zlib.gunzipSync(packed.body).equals(readFileSync(path.join(buildDirectory, "client/socket.io.js"))));
    assert.notEqual((await request(`${server.url}/socket.io/VERSION`)).status, 200);
  });
  await withServer({ "engine.serve_client": false }, async (server) => {
    assert.notEqual((await request(`${server.url}/socket.io/socket.io.js`)).status, 200);
  });
});

test("the page is on in the shipped configuration, with types and validators", async () => {
  await withServer({}, async (server) => {
    const index = await request(`${server.url}/`);
    assert.equal(index.status, 200);
    assert.match(index.headers["content-type"], /^text\/html/);
    assert.ok(index.body.equals(readFileSync(path.join(repository, "deploy/www/index.html"))));
    for (const [name, type] of [["app.js", /javascript/], ["style.css", /^text\/css/], ["icon.svg", /^image\/svg\+xml/]]) {
      const answer = await request(`${server.url}/${name}`);
      assert.equal(answer.status, 200, name);
      assert.match(answer.headers["content-type"], type);
      assert.equal((await request(`${server.url}/${name}`, { headers: { "If-None-Match": answer.headers.etag } })).status, 304);
    }
    const head = await request(`${server.url}/app.js`, { method: "HEAD" });
    assert.equal(head.status, 200);
    assert.equal(head.body.length, 0);
    assert.equal((await request(`${server.url}/?room=x`)).status, 200);
    assert.equal((await request(`${server.url}/nothing.js`)).status, 404);
  }, (set) => startServer({ set }));
});

test("health, readiness and metrics on a listener of their own", async () => {
  await withServer({}, async (server) => {
    for (const page of ["healthz", "readyz"]) assert.equal((await request(`${server.adminUrl}/${page}`)).status, 200);
    assert.notEqual((await request(`${server.url}/metrics`)).status, 200, "not where clients come");
    const socket = await connect(server, "/kitchen");
    await ask(socket, "join", { room: "counted" });
    await ask(socket, "ack", 1);
    const metrics = (await request(`${server.adminUrl}/metrics`)).body.toString();
    assert.match(metrics, /^# TYPE signaling_\w+ (counter|gauge|histogram)$/m);
    // Every sample belongs to a family that was described.
    const families = new Set([...metrics.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name));
    for (const [, name] of metrics.matchAll(/^([a-z_:]\w*)[{ ]/gm)) {
      assert.ok(families.has(name) || families.has(name.replace(/_(bucket|sum|count)$/, "")), name);
    }
    for (const wanted of [/connections/, /handshake/, /events/, /bytes/, /rooms/, /drop/, /disconnect/, /lag|turn/, /plugin/]) {
      assert.match(metrics, new RegExp(`^signaling_\\w*(${wanted.source})`, "m"));
    }
    socket.disconnect();
  });
});

test("what waits for a poll is in the gauge, a refused handshake is counted", async () => {
  await withServer({ "listen.workers": 1, "engine.max_sessions": 1 }, async (server) => {
    const sample = async (name) => {
      const metrics = (await request(`${server.adminUrl}/metrics`)).body.toString();
      const line = metrics.split("\n").find((candidate) => candidate.startsWith(`${name} `));
      assert.ok(line, `no sample ${name}`);
      return Number(line.split(" ").pop());
    };
    const queued = 'signaling_queued_bytes{queue="poll"}';
    const poller = await Poller.socket(server, "/kitchen");
    assert.equal(await sample(queued), 0);
    await poller.post(`42/kitchen,["echo","${"x".repeat(5000)}"]`);
    assert.ok((await sample(queued)) > 5000, "the answer waits for a poll");
    assert.match(await poller.poll(), /xxx/);
    assert.equal(await sample(queued), 0);

    const refused = 'signaling_handshakes_unavailable_total{reason="too_many_sessions"}';
    const before = await sample(refused);
    assert.equal((await request(`${server.url}/socket.io/?EIO=4&transport=polling`)).status, 503);
    assert.equal(await sample(refused), before + 1);
    await poller.post("1");
  });
});

test("repeated errors of clients are counted, and told once in a while", async () => {
  await withServer({}, async (server) => {
    const before = server.output.length;
    for (let i = 0; i < 300; i++) await request(`${server.url}/socket.io/?EIO=4&transport=polling&sid=unknown${i}`);
    const lines = server.output.slice(before).split("\n").length;
    assert.ok(lines < 20, `${lines} lines of log for 300 errors`);
    const metrics = (await request(`${server.adminUrl}/metrics`)).body.toString();
    const counted = [...metrics.matchAll(/^signaling_\w+\{[^}]*\} (\d+)$/gm)].map(([, value]) => Number(value));
    assert.ok(counted.includes(300), "300 are counted under one label");
  });
});

test("one line of log for a connection's life at most, none per message", async () => {
  await withServer({}, async (server) => {
    const socket = await connect(server, "/kitchen", { transports: ["websocket"] });
    const before = server.output.length;
    for (let i = 0; i < 200; i++) await ask(socket, "ack", i);
    assert.ok(server.output.slice(before).split("\n").length <= 2, server.output.slice(before));
    socket.disconnect();
  });
});
