// Tokens (JWT) of every algorithm, right and wrong, and a server that gives out JWK sets.

import { createHmac, createPublicKey, generateKeyPairSync, sign as signWith, constants } from "node:crypto";
import http from "node:http";
import https from "node:https";

export const encode = (value) => Buffer.from(typeof value === "string" || Buffer.isBuffer(value) ? value : JSON.stringify(value)).toString("base64url");

/** Unix time in seconds, now or in a while. */
export const inSeconds = (seconds = 0) => Math.floor(Date.now() / 1000) + seconds;

/** Key pairs by the name of their algorithm; secrets for HS*. */
export function newKey(alg) {
  if (alg.startsWith("HS")) return { secret: Buffer.from(`secret of the tests for ${alg}`.padEnd(64, ".")) };
  if (/^[RP]S/.test(alg)) return generateKeyPairSync("rsa", { modulusLength: 2048 });
  if (alg === "ES256") return generateKeyPairSync("ec", { namedCurve: "P-256" });
  if (alg === "ES384") return generateKeyPairSync("ec", { namedCurve: "P-384" });
  return generateKeyPairSync("ed25519");
}

export function signature(alg, key, text) {
  const hash = `sha${alg.slice(2)}`;
  if (alg.startsWith("HS")) return createHmac(hash, key.secret).update(text).digest();
  if (alg.startsWith("RS")) return signWith(hash, Buffer.from(text), key.privateKey);
  if (alg.startsWith("PS"))
    return signWith(hash, Buffer.from(text), { key: key.privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST });
  if (alg.startsWith("ES")) return signWith(hash, Buffer.from(text), { key: key.privateKey, dsaEncoding: "ieee-p1363" });
  return signWith(null, Buffer.from(text), key.privateKey);
}

/** A token; `exp` is an hour ahead unless the claims say otherwise (`exp: undefined` for none). */
export function token(alg, key, claims = {}, header = {}) {
  const text = `${encode({ alg, typ: "JWT", ...header })}.${encode({ exp: inSeconds(3600), ...claims })}`;
  return `${text}.${encode(signature(alg, key, text))}`;
}

export const pem = (key) => (key.publicKey ?? createPublicKey(key.privateKey)).export({ type: "spki", format: "pem" });
export const jwk = (key, more = {}) => ({ ...(key.publicKey ? key.publicKey.export({ format: "jwk" }) : { kty: "oct", k: encode(key.secret) }), ...more });

/**
 * An HTTP server for one JWK set, which changes, fails or is slow when the test says so. `requests` counts what came. With `tls`, options
 * of https.createServer, it speaks HTTPS.
 */
export class KeyServer {
  static async start(keys = [], { tls } = {}) {
    const server = new KeyServer();
    server.keys = keys;
    server.requests = 0;
    server.answer = (response) => response.end(JSON.stringify({ keys: server.keys }));
    const answer = (request, response) => {
      ++server.requests;
      server.answer(response, request);
    };
    server.http = tls ? https.createServer(tls, answer) : http.createServer(answer);
    await new Promise((resolve) => server.http.listen(0, "127.0.0.1", resolve));
    server.port = server.http.address().port;
    server.url = `${tls ? "https" : "http"}://127.0.0.1:${server.port}/keys`;
    return server;
  }

  /** Status 500 from now on, until `answer` is set again. */
  fail() {
    this.answer = (response) => response.writeHead(500).end("broken");
  }

  async stop() {
    this.http.closeAllConnections();
    await new Promise((resolve) => this.http.close(resolve));
  }
}
