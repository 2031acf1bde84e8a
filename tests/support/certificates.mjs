// Certificates of an authority of their own, for servers of tests that speak TLS.

import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

/**
 * A certificate authority and a certificate of it: paths, and the authority's as bytes.
 * @param {string} directory  gets the files, in place of earlier ones
 * @param {object} [options]
 * @param {string} [options.names]  subjectAltName
 * @param {number} [options.days]   until it expires; -1: it has
 */
export function makeCertificates(directory, { names = "IP:127.0.0.1,DNS:localhost", days = 2 } = {}) {
  const file = (name) => path.join(directory, name);
  const openssl = (...args) => execFileSync("openssl", args, { stdio: ["ignore", "ignore", "pipe"], cwd: directory });
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  openssl("req", "-x509", ...key, "-keyout", "ca.key", "-out", "ca.crt", "-days", "2", "-subj", "/CN=test authority");
  openssl("req", ...key, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=localhost");
  writeFileSync(file("names.cnf"), `subjectAltName=${names}\n`);
  openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-days", String(days),
    "-extfile", "names.cnf", "-out", "server.crt");
  return { caFile: file("ca.crt"), certFile: file("server.crt"), keyFile: file("server.key"), ca: readFileSync(file("ca.crt")) };
}
