// The client's address survives a real HAProxy, in its modes tcp and http. Clients connect to it from 127.0.0.9, and it to the
// servers from 127.0.0.1, which they trust.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";

import { makeCertificates } from "../support/certificates.mjs";
import { ask, connect, transportChoices, upgraded } from "../support/clients.mjs";
import { Haproxy } from "../support/haproxy.mjs";
import { startKitchen } from "../support/kitchen.mjs";
import { eventually } from "../support/server.mjs";

const clientAddress = "127.0.0.9";
const malformed = 'signaling_bad_requests_total{kind="proxy_header"}';

let directory;
let certificates;
let pemFile;
before(() => {
  directory = mkdtempSync(path.join(os.tmpdir(), "signaling-haproxy-"));
  certificates = makeCertificates(directory);
  pemFile = path.join(directory, "haproxy.pem");
  writeFileSync(pemFile, readFileSync(certificates.certFile, "utf8") + readFileSync(certificates.keyFile, "utf8"));
});
after(() => rmSync(directory, { recursive: true, force: true }));

/** What an application sees of a client that comes to `url` over these transports. */
async function seenThrough(url, transports, headers = {}) {
  const { Agent } = url.startsWith("https") ? https : http;
  const agent = new Agent({ localAddress: clientAddress, ca: certificates.ca });
  const socket = await connect({ url }, "/kitchen", { transports, agent, ca: certificates.ca, extraHeaders: headers });
  if (transports.length === 2) await upgraded(socket);
  const info = await ask(socket, "info", { header: "x-forwarded-for" });
  socket.disconnect();
  agent.destroy();
  return info;
}

async function withHaproxy(set, configure, use) {
  const server = await startKitchen({ "proxy.trusted": '["127.0.0.1"]', "listen.workers": 2, ...set });
  try {
    const haproxy = await Haproxy.start((bind) => configure(bind, `127.0.0.1:${server.port}`));
    try {
      await use(haproxy, server);
    } finally {
      await haproxy.stop();
    }
  } finally {
    await server.stop();
  }
}

function tcp(bind, server, options) {
  return `listen nodes\n  mode tcp\n  bind ${bind}\n  server node ${server} ${options}`;
}

for (const option of ["send-proxy", "send-proxy-v2", "send-proxy-v2 proxy-v2-options crc32c,unique-id"]) {
  test(`mode tcp, ${option}`, async () => {
    // Its health checks are LOCAL connections, or version 1 from itself: no bad input.
    const configure = (bind, server) => tcp(bind, server, `${option} check inter 100ms fall 1`);
    await withHaproxy({ "proxy.protocol": true }, configure, async (haproxy, server) => {
      for (const transports of Object.values(transportChoices)) {
        const seen = await seenThrough(haproxy.url, transports, { "X-Forwarded-For": "192.0.2.1" });
        assert.deepEqual([seen.address, seen.secure], [clientAddress, false]);
      }
      await eventually("health checks", async () => (await server.metric("signaling_connections_accepted_total")) > 10);
      assert.equal(await server.metric(malformed), 0);
      assert.doesNotMatch(haproxy.output, /is DOWN/);
    });
  });
}

test("mode tcp with TLS ended there: send-proxy-v2-ssl tells that the client is secure", async () => {
  const configure = (bind, server) => tcp(`${bind} ssl crt ${pemFile}`, server, "send-proxy-v2-ssl-cn proxy-v2-options crc32c");
  await withHaproxy({ "proxy.protocol": true }, configure, async (haproxy) => {
    for (const transports of Object.values(transportChoices)) {
      const seen = await seenThrough(`https://127.0.0.1:${haproxy.port}`, transports);
      assert.deepEqual([seen.address, seen.secure], [clientAddress, true]);
    }
  });
});

test("mode tcp with TLS passed through: the header is before the client hello", async () => {
  const set = {
    "proxy.protocol": true,
    "listen.tls.certificate_file": certificates.certFile,
    "listen.tls.key_file": certificates.keyFile,
  };
  await withHaproxy(set, (bind, server) => tcp(bind, server, "send-proxy-v2"), async (haproxy) => {
    for (const transports of Object.values(transportChoices)) {
      const seen = await seenThrough(`https://127.0.0.1:${haproxy.port}`, transports);
      assert.deepEqual([seen.address, seen.secure], [clientAddress, true]);
    }
  });
});

test("mode tcp without send-proxy where the server awaits it: nobody gets through", async () => {
  await withHaproxy({ "proxy.protocol": true }, (bind, server) => tcp(bind, server, ""), async (haproxy, server) => {
    await assert.rejects(seenThrough(haproxy.url, ["polling"]));
    assert.ok((await server.metric(malformed)) > 0);
  });
});

for (const [name, header, lines] of [
  ["option forwardfor", "x-forwarded-for", "option forwardfor\n  http-request set-header X-Forwarded-Proto https if { ssl_fc }"],
  ["a Forwarded header", "forwarded", "http-request add-header Forwarded \"for=%[src];proto=https\""],
]) {
  test(`mode http, ${name}`, async () => {
    const configure = (bind, server) =>
      `listen nodes\n  mode http\n  bind ${bind} ssl crt ${pemFile}\n  ${lines}\n  http-reuse always\n  server node ${server}`;
    await withHaproxy({ "proxy.header": header }, configure, async (haproxy) => {
      for (const transports of Object.values(transportChoices)) {
        const spoof = { "X-Forwarded-For": "192.0.2.1", Forwarded: "for=192.0.2.1" };
        const seen = await seenThrough(`https://127.0.0.1:${haproxy.port}`, transports, spoof);
        assert.deepEqual([seen.address, seen.secure], [clientAddress, true]);
        assert.equal(seen.header, "192.0.2.1", "the application still sees what the client wrote");
      }
    });
  });
}
