// The compose files as shipped, built and started in Docker; clients go through HAProxy, with the certificate verified.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import https from "node:https";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";

import { transportChoices, upgraded } from "../support/clients.mjs";
import { Compose, docker } from "../support/compose.mjs";
import { close, join, peerAt, told } from "../support/peers.mjs";
import { eventually, repository, within } from "../support/server.mjs";

/** An https request: {status, body, protocol: of TLS}. Rejects where the certificate is not to be trusted. */
function get(url, ca, options = {}) {
  return within(10_000, `GET ${url}`, new Promise((resolve, reject) => {
    https.get(url, { ca, agent: false, ...options }, (response) => {
      const protocol = response.socket.getProtocol();
      let body = "";
      response.setEncoding("utf8").on("data", (text) => (body += text)).on("end", () => resolve({ status: response.statusCode, body, protocol }));
    }).on("error", reject);
  }));
}

const tagOf = (socket) => socket.io.engine.id.slice(0, 4);

/**
 * Clients, until each of so many nodes has one; fails if it takes more than a few for each. All of a batch at once: one after the
 * other, each with the same few connections, they would go round the nodes in step and miss some.
 */
async function clientsOnAll(compose, nodes, options) {
  const byNode = new Map();
  const all = [];
  for (let batch = 0; batch < 6 && byNode.size < nodes; batch++) {
    all.push(...await Promise.all(Array.from({ length: nodes * 3 }, () => peerAt(compose, { ca: compose.ca, ...options }))));
    for (const socket of all) if (!byNode.has(tagOf(socket))) byNode.set(tagOf(socket), socket);
  }
  assert.equal(byNode.size, nodes, `${all.length} clients reached ${byNode.size} of ${nodes} nodes`);
  return { all, one: [...byNode.values()] };
}

describe("docker-compose.yml", () => {
  let compose;
  before(async () => {
    compose = await Compose.up();
    const size = Number((await docker(["image", "inspect", "-f", "{{.Size}}", "signaling-test"])).trim());
    console.log(`image ${Math.round(size / 1e6)} MB, built in ${compose.buildMilliseconds} ms, all well ${compose.startMilliseconds} ms after up`);
  });
  after(() => compose?.down());

  test("the page and the client's script come over https, with a certificate of the authority", async () => {
    const page = await get(`${compose.url}/`, compose.ca);
    assert.equal(page.status, 200);
    assert.match(page.body, /<title>/);
    assert.equal(page.protocol, "TLSv1.3");
    const script = await get(`${compose.url}/socket.io/socket.io.min.js`, compose.ca);
    assert.equal(script.status, 200);
    assert.match(script.body, /Socket\.IO v4/);
    assert.equal((await get(`https://127.0.0.1:${compose.port}/`, compose.ca)).status, 200);
  });

  test("who does not trust the authority, or speaks an old TLS, gets nothing", async () => {
    await assert.rejects(get(`${compose.url}/`, undefined), { code: /SELF_SIGNED|UNABLE_TO/ });
    await assert.rejects(get(`${compose.url}/`, compose.ca, { minVersion: "TLSv1.1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" }));
  });

  for (const [choice, transports] of Object.entries(transportChoices)) {
    test(`clients reach all four nodes: ${choice}`, async () => {
      const { all } = await clientsOnAll(compose, 4, { transports });
      if (choice === "upgrade") await Promise.all(all.map(upgraded));
      for (const socket of all) assert.equal(socket.io.engine.transport.name, choice === "polling" ? "polling" : "websocket");
      close(all);
    });
  }

  test("clients of four nodes meet in a room", async () => {
    const { all, one } = await clientsOnAll(compose, 4);
    for (const [i, socket] of one.entries()) {
      const { peers } = await join(socket, "atrium", { name: `peer ${i}` });
      assert.equal(peers.length, i);
    }
    const joined = await told(one[0], "peer-joined", 3);
    assert.deepEqual(joined.map(({ peer }) => peer.metadata.name), ["peer 1", "peer 2", "peer 3"]);
    const [peer] = joined.slice(-1);
    one[0].emit("signal", { room: "atrium", to: peer.peer.id, data: { description: "offer" } });
    const [signal] = await told(one[3], "signal");
    assert.deepEqual(signal.data, { description: "offer" });
    assert.equal(signal.from, one[0].id);
    close(all);
  });

  test("the nodes are not root, write nothing, and have no rights", async () => {
    const status = await compose.exec("sig1", ["cat", "/proc/1/status"]);
    assert.match(status, /^Uid:\s+10001\s+10001/m);
    assert.match(status, /^CapEff:\s+0+$/m);
    assert.match(status, /^NoNewPrivs:\s+1$/m);
    await assert.rejects(compose.exec("sig1", ["touch", "/etc/signaling/new"]), /Read-only file system/);
  });

  test("Redis wants the password, forgets nothing that it was given, and is bounded", async () => {
    const cli = (...args) => compose.exec("redis", ["redis-cli", ...args]);
    assert.match(await compose.exec("redis", ["sh", "-c", "REDISCLI_AUTH= redis-cli ping"]), /NOAUTH/);
    assert.match(await cli("config", "get", "maxmemory-policy"), /noeviction/);
    assert.match(await cli("config", "get", "maxmemory"), /268435456/);
    assert.match(await cli("config", "get", "save"), /^save\s*$/);
  });

  test("only HAProxy can be reached from outside", async () => {
    for (const { name, service } of await compose.containers()) {
      const ports = (await docker(["port", name])).trim();
      assert.equal(ports !== "", service === "haproxy", `${name}: ${ports}`);
    }
  });

  test("the authority and the certificate are those of the first start after everything was made anew", async () => {
    const serverBefore = await compose.exec("haproxy", ["cat", "/certificates/server.crt"]);
    await compose.run(["down"], { timeout: 120_000 });
    await compose.run(["up", "-d", "--no-build"], { timeout: 120_000 });
    await compose.settled();
    assert.equal(await compose.exec("haproxy", ["cat", "/certificates/server.crt"]), serverBefore);
    assert.equal((await get(`${compose.url}/`, compose.ca)).status, 200);
  });

  test("a node that is stopped drains and ends well; HAProxy sends to the others, and to it when it is back", async () => {
    const { all } = await clientsOnAll(compose, 4, { transports: ["websocket"] });
    const left = new Map();
    for (const socket of all) socket.once("disconnect", (reason) => left.set(socket, reason));
    const tags = new Map(all.map((socket) => [socket, tagOf(socket)]));
    const started = Date.now();
    await compose.stop("sig2");
    console.log(`sig2 ended ${Date.now() - started} ms after SIGTERM`);
    const [{ exitCode }] = await compose.containers("sig2");
    assert.equal(exitCode, 0, await compose.logs("sig2", { tail: 20 }));
    assert.ok(Date.now() - started > 4_000, "it waits for HAProxy");
    // The clients of one node alone were told to go, in a way after which they come back by themselves.
    assert.ok(left.size > 0);
    assert.equal(new Set([...left.keys()].map((socket) => tags.get(socket))).size, 1);
    for (const reason of left.values()) assert.equal(reason, "transport close");
    assert.ok(await eventually("HAProxy counts it as down", async () => (await compose.servers()).sig2 !== "UP"));
    const { all: others } = await clientsOnAll(compose, 3);
    close(all, others);
    await compose.start("sig2");
    await compose.settled();
    const { all: later } = await clientsOnAll(compose, 4);
    close(later);
  });

  test("a user's certificate takes the place of the own one", async () => {
    const given = mkdtempSync(path.join(tmpdir(), "signaling-given-"));
    execFileSync(path.join(repository, "deploy/certificates.sh"), [given]);
    const env = { ...compose.env, SIGNALING_CERTIFICATE: `${given}/server.crt`, SIGNALING_CERTIFICATE_KEY: `${given}/server.key` };
    await compose.run(["up", "-d", "--no-build", "--force-recreate", "--no-deps", "certificates"], { env });
    await compose.healthy({ services: ["certificates"] });
    await compose.exec("haproxy", ["sh", "-c", "kill -USR2 1"]);
    const ca = readFileSync(`${given}/ca.crt`, "utf8");
    await eventually("HAProxy has it after a reload", () => get(`${compose.url}/`, ca).then(({ status }) => status === 200, () => false), 10_000);
    rmSync(given, { recursive: true });
  });
});

test("docker-compose.passthrough.yml: the nodes do TLS", async () => {
  const compose = await Compose.up({ files: ["docker-compose.yml", "docker-compose.passthrough.yml"], build: false });
  try {
    assert.equal((await get(`${compose.url}/`, compose.ca)).status, 200);
    const { all } = await clientsOnAll(compose, 4);
    close(all);
    assert.match(await compose.logs("sig1"), /ready: https:/);
  } finally {
    await compose.down();
  }
});

test("docker-compose.scale.yml: HAProxy finds as many nodes as there are", async () => {
  const compose = await Compose.up({ files: ["docker-compose.scale.yml"], scale: { sig: 2 }, build: false });
  try {
    const two = await clientsOnAll(compose, 2);
    await compose.scale("sig", 3);
    const three = await clientsOnAll(compose, 3);
    assert.ok(two.all.every((socket) => socket.connected), "those who were there stay");
    close(two.all, three.all);
  } finally {
    await compose.down();
  }
});
