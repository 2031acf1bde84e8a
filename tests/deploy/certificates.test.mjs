// deploy/certificates.sh: what it makes is accepted by a client that trusts its authority, and what is good is kept.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import tls from "node:tls";

import { repository } from "../support/server.mjs";

const made = [];
after(() => made.forEach((directory) => rmSync(directory, { recursive: true })));

function directory() {
  made.push(mkdtempSync(path.join(tmpdir(), "signaling-certificates-")));
  return made.at(-1);
}

function run(where, { names = [], env = {} } = {}) {
  const { status, stdout, stderr } = spawnSync(path.join(repository, "deploy/certificates.sh"), [where, ...names], {
    encoding: "utf8", env: { PATH: process.env.PATH, ...env },
  });
  return { code: status, output: stdout + stderr };
}

function make(where, options) {
  const { code, output } = run(where, options);
  assert.equal(code, 0, output);
}

function read(where, file) {
  return readFileSync(path.join(where, file), "utf8");
}

function names(where) {
  return new X509Certificate(read(where, "server.crt")).subjectAltName.split(", ");
}

test("a client that trusts the authority accepts the server's certificate, from either form of the files", async () => {
  const where = directory();
  make(where);
  const pem = read(where, "server.pem");
  for (const files of [{ cert: read(where, "server.crt"), key: read(where, "server.key") }, { cert: pem, key: pem }]) {
    const server = tls.createServer(files, (socket) => socket.end()).listen(0, "127.0.0.1");
    await once(server, "listening");
    for (const servername of ["localhost", undefined]) {
      const client = tls.connect({ host: "127.0.0.1", port: server.address().port, ca: read(where, "ca.crt"), servername });
      await once(client, "secureConnect");
      assert.ok(client.authorized, client.authorizationError);
      client.destroy();
    }
    server.close();
  }
});

test("a second start keeps both, another name makes a new certificate of the same authority", () => {
  const where = directory();
  make(where);
  const files = ["ca.crt", "ca.key", "server.crt", "server.key", "server.pem"];
  const first = files.map((file) => read(where, file));
  make(where);
  assert.deepEqual(files.map((file) => read(where, file)), first);
  make(where, { names: ["*.example.org"], env: { SIGNALING_NAMES: "meet.example.org,10.0.0.5" } });
  assert.deepEqual(files.slice(0, 2).map((file) => read(where, file)), first.slice(0, 2));
  for (const name of ["DNS:localhost", "IP Address:127.0.0.1", "DNS:*.example.org", "DNS:meet.example.org", "IP Address:10.0.0.5"])
    assert.ok(names(where).includes(name), `${name} in ${names(where)}`);
  assert.ok(names(where).some((name) => /^IP Address:(::1|0:0:0:0:0:0:0:1)$/.test(name)), String(names(where)));
  assert.ok(new X509Certificate(read(where, "server.crt")).verify(new X509Certificate(first[0]).publicKey));
  assert.deepEqual(readdirSync(where).filter((name) => name.startsWith(".new")), []);
});

test("keys are for the owner and the group alone", () => {
  const where = directory();
  make(where);
  assert.equal(statSync(path.join(where, "ca.key")).mode & 0o777, 0o600);
  for (const file of ["server.key", "server.pem"]) assert.equal(statSync(path.join(where, file)).mode & 0o777, 0o640, file);
});

test("a given certificate takes the place of an own one, and gives it back", () => {
  const [given, where] = [directory(), directory()];
  make(given);
  make(where);
  const own = names(where);
  const env = { SIGNALING_CERTIFICATE: path.join(given, "server.crt"), SIGNALING_CERTIFICATE_KEY: path.join(given, "server.key") };
  make(where, { env });
  assert.equal(read(where, "server.crt"), read(given, "server.crt"));
  assert.equal(read(where, "server.key"), read(given, "server.key"));
  make(where, { env: { SIGNALING_CERTIFICATE: "/dev/null", SIGNALING_CERTIFICATE_KEY: "/dev/null" } });
  assert.notEqual(read(where, "server.crt"), read(given, "server.crt"));
  assert.deepEqual(names(where), own);
});

test("what cannot be used is refused by name, and what was there stays", () => {
  const [given, other, where] = [directory(), directory(), directory()];
  make(given);
  make(other);
  make(where);
  const before = read(where, "server.pem");
  const certificate = path.join(given, "server.crt");
  writeFileSync(path.join(other, "garbage"), "garbage");
  const cases = [
    [{ SIGNALING_CERTIFICATE: certificate }, /SIGNALING_CERTIFICATE is given without SIGNALING_CERTIFICATE_KEY/],
    [{ SIGNALING_CERTIFICATE_KEY: path.join(given, "server.key") }, /SIGNALING_CERTIFICATE_KEY is given without SIGNALING_CERTIFICATE/],
    [{ SIGNALING_CERTIFICATE: certificate, SIGNALING_CERTIFICATE_KEY: path.join(other, "server.key") }, /is not the key of/],
    [{ SIGNALING_CERTIFICATE: path.join(other, "garbage"), SIGNALING_CERTIFICATE_KEY: path.join(other, "server.key") }, /holds no PEM certificate/],
    [{ SIGNALING_CERTIFICATE: certificate, SIGNALING_CERTIFICATE_KEY: path.join(other, "none") }, /none cannot be read/],
    [{ SIGNALING_NAMES: "meet.example.org;x" }, /neither a host name nor an address/],
  ];
  for (const [env, message] of cases) {
    const { code, output } = run(where, { env });
    assert.equal(code, 1, output);
    assert.match(output, message);
  }
  assert.equal(read(where, "server.pem"), before);
});
