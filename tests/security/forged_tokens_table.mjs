// Forged and confused tokens: the published classes of attacks on JWT, each made from the keys that the server was given and what an
// attacker has (public keys, a key of its own, and a good token of its own that has expired). Data alone: tokens.test.mjs sends it.

import { generateKeyPairSync, randomBytes } from "node:crypto";

import { encode as base64url, jwk, newKey, signature as signatureBy } from "../support/tokens.mjs";

/** A key for each kind of algorithm, `kid` is its name. */
export const makeKeys = () => Object.fromEntries(Object.entries({ hs: "HS256", rs: "RS256", ps: "PS256", es: "ES256", ed: "EdDSA" }).map(([kid, alg]) => [kid, { kid, alg, ...newKey(alg) }]));

/** The set that the server is given (RFC 7517). */
export const keySet = (keys) => ({ keys: Object.values(keys).map((key) => jwk(key, { kid: key.kid, alg: key.alg, use: "sig" })) });

const signature = (alg, key, input) => signatureBy(alg, Buffer.isBuffer(key) ? { secret: key } : { privateKey: key }, input);
const part = base64url;

/** Header and payload, objects or what is to stand there as it is, with what `makeSignature(input)` gives behind them. */
function assemble(header, payload, makeSignature) {
  const input = `${part(header)}.${part(payload)}`;
  return `${input}.${base64url(makeSignature(Buffer.from(input)))}`;
}

/** A good one. @param {object} [header]  beside alg, typ and kid */
export function token(key, payload, header = {}) {
  return assemble({ alg: key.alg, typ: "JWT", kid: key.kid, ...header }, payload, (input) => signature(key.alg, key.secret ?? key.privateKey, input));
}

const evil = { rsa: generateKeyPairSync("rsa", { modulusLength: 2048 }), ec: generateKeyPairSync("ec", { namedCurve: "P-256" }), ed: generateKeyPairSync("ed25519") };
const seconds = (shift) => Math.floor(Date.now() / 1000) + shift;

/** Numbers of P-256 (FIPS 186-4, D.1.2.3), as 32 bytes. */
const order = Buffer.from("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", "hex");
const zero = Buffer.alloc(32);
const one = Buffer.from(`${"00".repeat(31)}01`, "hex");

/** A signature with something done to it. */
function withSignature(good, change) {
  const [header, payload, last] = good.split(".");
  return `${header}.${payload}.${base64url(change(Buffer.from(last, "base64url")))}`;
}

/**
 * @param {ReturnType<typeof import("../support/jwt.mjs").makeKeys>} keys  those of the server; each for its one algorithm
 * @param {object} claims  of a good token
 * @param {string} url     where the attacker serves a key set of its own
 * @returns {{what: string, token: string, code?: string}[]}  code: where it is not `token-invalid`
 */
export function forgedTokens(keys, claims, url) {
  const { hs, rs, ps, es, ed } = keys;
  const good = Object.fromEntries(Object.entries(keys).map(([name, key]) => [name, token(key, claims)]));
  const spki = (key) => key.publicKey.export({ type: "spki", format: "pem" });
  const named = (alg, kid, more = {}) => ({ alg, typ: "JWT", kid, ...more });
  const hmac = (alg, secret) => (input) => signature(alg, Buffer.from(secret), input);
  const nothing = () => Buffer.alloc(0);
  const evilJwk = { ...evil.rsa.publicKey.export({ format: "jwk" }), kid: "rs", alg: "RS256", use: "sig" };
  const byEvil = (header) => assemble(header, claims, (input) => signature("RS256", evil.rsa.privateKey, input));
  const [rsHeader, rsPayload, rsSignature] = good.rs.split(".");
  const raised = part({ ...claims, sub: "admin", rooms: ["*"] });

  return [
    // No algorithm.
    ...["none", "None", "NONE", "nOnE", "", "null", " none", "none\0"].map((alg) => ({ what: `the algorithm ${JSON.stringify(alg)}`, token: assemble(named(alg, "rs"), claims, nothing) })),
    { what: "the algorithm none with another one's signature", token: `${part(named("none", "rs"))}.${rsPayload}.${rsSignature}` },
    ...[null, 0, true, ["RS256"], { RS256: 1 }].map((alg) => ({ what: `the algorithm ${JSON.stringify(alg)}`, token: assemble(named(alg, "rs"), claims, nothing) })),
    { what: "no algorithm at all", token: assemble({ typ: "JWT", kid: "rs" }, claims, nothing) },
    { what: "an algorithm in lower case", token: assemble(named("rs256", "rs"), claims, (input) => signature("RS256", rs.privateKey, input)) },
    // One key for another algorithm.
    ...[["PEM", spki(rs)], ["PEM without its last line end", spki(rs).trimEnd()], ["DER", rs.publicKey.export({ type: "spki", format: "der" })],
      ["PKCS#1", rs.publicKey.export({ type: "pkcs1", format: "pem" })], ["JWK", JSON.stringify(rs.publicKey.export({ format: "jwk" }))], ["modulus", Buffer.from(rs.publicKey.export({ format: "jwk" }).n, "base64url")],
    ].flatMap(([form, secret]) => ["HS256", "HS512"].map((alg) => ({ what: `${alg} with the RSA public key as the secret (${form})`, token: assemble(named(alg, "rs"), claims, hmac(alg, secret)) }))),
    { what: "HS256 with the elliptic public key as the secret", token: assemble(named("HS256", "es"), claims, hmac("HS256", spki(es))) },
    { what: "HS256 with the Ed25519 public key as the secret", token: assemble(named("HS256", "ed"), claims, hmac("HS256", Buffer.from(ed.publicKey.export({ format: "jwk" }).x, "base64url"))) },
    { what: "HS256 with the RSA public key, and no kid", token: assemble({ alg: "HS256" }, claims, hmac("HS256", spki(rs))) },
    { what: "HS384 with the secret of HS256", token: assemble(named("HS384", "hs"), claims, hmac("HS384", hs.secret)) },
    { what: "PS256 by the key of RS256", token: assemble(named("PS256", "rs"), claims, (input) => signature("PS256", rs.privateKey, input)) },
    { what: "RS256 by the key of PS256", token: assemble(named("RS256", "ps"), claims, (input) => signature("RS256", ps.privateKey, input)) },
    { what: "RS512 by the key of RS256", token: assemble(named("RS512", "rs"), claims, (input) => signature("RS512", rs.privateKey, input)) },
    { what: "a signature by RS256 that says PS256", token: assemble(named("PS256", "ps"), claims, (input) => signature("RS256", ps.privateKey, input)) },
    { what: "the name of another key", token: token({ ...rs, kid: "ps" }, claims) },
    { what: "the secret's name over an RSA signature", token: token({ ...rs, kid: "hs" }, claims) },
    // Names of keys as paths, queries and more.
    ...["../../../../../../dev/null", "/dev/null", "file:///dev/null", "' UNION SELECT ''--", "\" OR 1=1", "|/usr/bin/id", "$(id)", "rs\0", "\0", "", " rs", "RS", "*", "__proto__", "constructor", "a".repeat(5000)]
      .map((kid) => ({ what: `HS256 with an empty secret and the kid ${JSON.stringify(kid.slice(0, 40))}`, token: assemble(named("HS256", kid), claims, hmac("HS256", "")) })),
    ...[0, null, true, ["rs"], { kid: "rs" }].map((kid) => ({ what: `a kid that is ${JSON.stringify(kid)}`, token: assemble(named("RS256", kid), claims, nothing) })),
    // Keys that the token brings along.
    { what: "a key in the header (jwk)", token: byEvil(named("RS256", "rs", { jwk: evilJwk })) },
    { what: "a key in the header, named as nothing known", token: byEvil(named("RS256", "evil", { jwk: { ...evilJwk, kid: "evil" } })) },
    { what: "a key set elsewhere (jku)", token: byEvil(named("RS256", "rs", { jku: `${url}/jku` })), fetches: true },
    { what: "a key set elsewhere, by a name not known", token: byEvil(named("RS256", "evil", { jku: `${url}/jku` })), fetches: true },
    { what: "a certificate elsewhere (x5u)", token: byEvil(named("RS256", "rs", { x5u: `${url}/x5u` })), fetches: true },
    { what: "a certificate in the header (x5c)", token: byEvil(named("RS256", "rs", { x5c: [evil.rsa.publicKey.export({ type: "spki", format: "der" }).toString("base64")] })) },
    { what: "an elliptic key in the header", token: assemble(named("ES256", "es", { jwk: evil.ec.publicKey.export({ format: "jwk" }) }), claims, (input) => signature("ES256", evil.ec.privateKey, input)) },
    { what: "another key's signature", token: byEvil(named("RS256", "rs")) },
    // Signatures.
    ...Object.entries(good).flatMap(([name, text]) => [
      { what: `${name}: the signature is stripped`, token: `${text.slice(0, text.lastIndexOf("."))}.` },
      { what: `${name}: and its point too`, token: text.slice(0, text.lastIndexOf(".")) },
      { what: `${name}: one byte short`, token: withSignature(text, (bytes) => bytes.subarray(0, -1)) },
      { what: `${name}: the first byte alone`, token: withSignature(text, (bytes) => bytes.subarray(0, 1)) },
      { what: `${name}: half of it`, token: withSignature(text, (bytes) => bytes.subarray(0, bytes.length / 2)) },
      { what: `${name}: one byte more`, token: withSignature(text, (bytes) => Buffer.concat([bytes, Buffer.alloc(1)])) },
      { what: `${name}: one bit flipped`, token: withSignature(text, (bytes) => Buffer.concat([bytes.subarray(0, -1), Buffer.from([bytes.at(-1) ^ 1])])) },
      { what: `${name}: zeros`, token: withSignature(text, (bytes) => Buffer.alloc(bytes.length)) },
      { what: `${name}: noise`, token: withSignature(text, (bytes) => randomBytes(bytes.length)) },
      { what: `${name}: other claims`, token: text.replace(/\.[^.]+\./, `.${raised}.`) },
    ]),
    // CVE-2022-21449 and its relatives.
    ...[["r = s = 0", zero, zero], ["r = 0", zero, one], ["s = 0", one, zero], ["r = s = n", order, order], ["r = n, s = 1", order, one], ["r = s = 1", one, one]]
      .map(([what, r, s]) => ({ what: `ECDSA with ${what}`, token: withSignature(good.es, () => Buffer.concat([r, s])) })),
    { what: "ECDSA in DER in place of its two numbers", token: withSignature(good.es, (bytes) => Buffer.concat([Buffer.from("304402200", "hex"), bytes.subarray(0, 32), Buffer.from([2, 32]), bytes.subarray(32)])) },
    { what: "ECDSA r = s = 0 in DER", token: withSignature(good.es, () => Buffer.from("3006020100020100", "hex")) },
    // Its form.
    { what: "nothing", token: "" },
    { what: "points alone", token: ".." },
    { what: "four parts", token: `${good.rs}.${rsSignature}` },
    { what: "five parts, as if encrypted", token: `${good.rs}..` },
    { what: "padding", token: `${rsHeader}=.${rsPayload}.${rsSignature}` },
    { what: "padding behind the signature", token: `${good.rs}==` },
    { what: "a line end inside", token: `${rsHeader}.\n${rsPayload}.${rsSignature}` },
    { what: "a blank behind it", token: `${good.rs} ` },
    { what: "NUL behind it", token: `${good.rs}\0` },
    { what: "the alphabet of base64", token: `${rsHeader}.${rsPayload}.${Buffer.from(rsSignature, "base64url").toString("base64")}` },
    { what: "a header that is no JSON", token: `${base64url("{")}.${rsPayload}.${rsSignature}` },
    ...["[]", "null", "1", '"text"', "", "{}{}", '{"alg":"RS256"}x', "\xff"].map((header) => ({ what: `a header that is ${JSON.stringify(header)}`, token: assemble(Buffer.from(header, "latin1"), claims, (input) => signature("RS256", rs.privateKey, input)) })),
    ...["[]", "null", "1", '"text"', "", "{", `${JSON.stringify(claims)}x`].map((payload) => ({ what: `claims that are ${JSON.stringify(payload.slice(0, 20))}`, token: token(rs, payload) })),
    { what: "claims nested ten thousand deep", token: token(rs, `{"a":${"[".repeat(10_000)}${"]".repeat(10_000)}}`) },
    { what: "a megabyte of claims", token: token(rs, { ...claims, a: "a".repeat(700_000) }), large: true },
    { what: "claims that are no UTF-8", token: token(rs, Buffer.from(JSON.stringify({ ...claims, a: "\xff" }), "latin1")) },
    // What the header demands (RFC 7515 section 4.1.11, RFC 7797).
    { what: "an extension that must be understood", token: token(rs, claims, { crit: ["x"], x: 1 }) },
    { what: "claims that must be understood", token: token(rs, claims, { crit: ["exp"], exp: seconds(60) }) },
    { what: "an empty list of such extensions", token: token(rs, claims, { crit: [] }) },
    { what: "claims that are not encoded", token: token(rs, claims, { b64: false, crit: ["b64"] }) },
    { what: "claims that are compressed", token: token(rs, claims, { zip: "DEF", crit: ["zip"] }) },
    // Keys twice: two readers could take one each.
    { what: "two algorithms in the header", token: assemble('{"alg":"none","alg":"RS256","kid":"rs"}', claims, (input) => signature("RS256", rs.privateKey, input)) },
    { what: "two kids in the header", token: assemble('{"alg":"RS256","kid":"evil","kid":"rs"}', claims, (input) => signature("RS256", rs.privateKey, input)) },
    { what: "two subjects", token: token(rs, JSON.stringify(claims).replace("{", '{"sub":"admin",')) },
    { what: "two times of expiry", token: token(rs, JSON.stringify(claims).replace("{", `{"exp":${seconds(-3600)},`)) },
    // Claims.
    { what: "expired", token: token(rs, { ...claims, exp: seconds(-3600) }), code: "token-expired" },
    { what: "expired at the beginning of time", token: token(rs, { ...claims, exp: 0 }), code: "token-expired" },
    { what: "expired before it", token: token(rs, { ...claims, exp: -1e18 }), code: ["token-expired", "token-invalid"] },
    { what: "not valid yet", token: token(rs, { ...claims, nbf: seconds(3600) }), code: "token-not-yet-valid" },
    { what: "issued tomorrow", token: token(rs, { ...claims, iat: seconds(86_400) }), code: ["token-not-yet-valid", "token-invalid"] },
    ...["exp", "nbf", "iat"].flatMap((name) => ['"9999999999"', "null", "true", "[9999999999]", "{}", "1e400", '"never"'].map((value) => (
      { what: `${name} that is ${value}`, token: token(rs, JSON.stringify({ ...claims, [name]: "@" }).replace('"@"', value)), code: ["token-invalid", "token-expired", "token-not-yet-valid"] }))),
    { what: "no time of expiry", token: token(rs, { ...claims, exp: undefined }) },
    { what: "another issuer", token: token(rs, { ...claims, iss: "https://evil.example" }) },
    { what: "an issuer that begins as the right one", token: token(rs, { ...claims, iss: `${claims.iss}.evil.example` }) },
    { what: "a list of issuers", token: token(rs, { ...claims, iss: [claims.iss, "https://evil.example"] }) },
    { what: "no issuer", token: token(rs, { ...claims, iss: undefined }) },
    { what: "for somebody else", token: token(rs, { ...claims, aud: "another-service" }) },
    { what: "for a list of others", token: token(rs, { ...claims, aud: ["a", "b"] }) },
    { what: "for nobody", token: token(rs, { ...claims, aud: [] }) },
    { what: "for whom is not said", token: token(rs, { ...claims, aud: undefined }) },
    { what: "for an object", token: token(rs, { ...claims, aud: { [claims.aud]: true } }) },
  ];
}
