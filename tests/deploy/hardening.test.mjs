// The server and the bundled plugins as they are linked: what cmake/SignalingHardening.cmake asks for is in them.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import test from "node:test";

import { buildDirectory, repository } from "../support/server.mjs";

const readelf = (file, ...options) => execFileSync("readelf", [...options, "--wide", file], { encoding: "utf8", maxBuffer: 256 << 20 });

/** How often the bytes stand in the file. */
function count(file, ...bytes) {
  const contents = readFileSync(file);
  const wanted = Buffer.from(bytes);
  let found = 0;
  for (let at = contents.indexOf(wanted); at >= 0; at = contents.indexOf(wanted, at + wanted.length)) found++;
  return found;
}

/** By name, what an ELF file has of it: true or false. */
function hardening(file) {
  const dynamic = readelf(file, "--dynamic");
  const segments = readelf(file, "--segments");
  const symbols = readelf(file, "--dyn-syms");
  const loads = [...segments.matchAll(/^ {2}LOAD .* ([R ][W ][E ]) +0x/gm)].map(([, flags]) => flags.replaceAll(" ", ""));
  const header = readelf(file, "--file-header");
  const has = {
    "position-independent": /Type: +DYN/.test(header),
    "RELRO": /^ {2}GNU_RELRO/m.test(segments),
    "all bound at start": /\(FLAGS_1\).*\bNOW\b|\(BIND_NOW\)/.test(dynamic),
    "no relocations in code": !/TEXTREL/.test(dynamic),
    "stack not executable": /^ {2}GNU_STACK .* RW +0x/m.test(segments),
    "code apart from data": loads.length >= 4 && loads[0] === "R" && loads.filter((flags) => flags.includes("E")).join() === "RE",
    "stack protector": /__stack_chk_fail/.test(symbols),
    "no search path of its own": !/\((RPATH|RUNPATH)\)/.test(dynamic),
  };
  if (/Machine: .*X86-64/.test(header)) {
    // endbr64, and a page of stack touched: or $0x0,(%rsp). Objects of the distribution's static libraries have none of the first,
    // so that the linker leaves the property out that says so for the whole file.
    has["control-flow protection"] = count(file, 0xf3, 0x0f, 0x1e, 0xfa) > 20;
    has["stack clash protection"] = count(file, 0x48, 0x83, 0x0c, 0x24, 0x00) > 0;
  }
  return has;
}

const lacking = (has) => Object.entries(has).filter(([, is]) => !is).map(([name]) => name);

const cache = readFileSync(path.join(buildDirectory, "CMakeCache.txt"), "utf8");
const skip = /^SIGNALING_HARDENING:BOOL=(OFF|0|FALSE)$/m.test(cache) && "SIGNALING_HARDENING is off in this build";
const server = path.join(buildDirectory, "bin/signaling-server");
/** A folder whose CMakeLists.txt makes a plugin of it; broker_parts, which is linked into some of them, is none. */
const isPlugin = ({ name }) => {
  const list = path.join(repository, "plugins", name, "CMakeLists.txt");
  return existsSync(list) && /^ *signaling_add_plugin\(/m.test(readFileSync(list, "utf8"));
};
const plugins = readdirSync(path.join(repository, "plugins"), { withFileTypes: true }).filter(isPlugin)
  .map(({ name }) => path.join(buildDirectory, "plugins", `${name}.so`));
assert.ok(plugins.length >= 5, `${plugins.length} plugins found`);

test("the server is hardened", { skip }, () => {
  const has = hardening(server);
  assert.deepEqual(lacking(has), []);
  assert.match(readelf(server, "--dynamic"), /\(FLAGS_1\).*\bPIE\b/);
  const checked = [...readelf(server, "--dyn-syms").matchAll(/UND (__\w+_chk)@/g)].map(([, name]) => name);
  assert.ok(checked.length > 0, "no function of libc is checked (_FORTIFY_SOURCE)");
});

for (const plugin of plugins) {
  test(`${path.basename(plugin)} is hardened`, { skip }, () => {
    // A frame above a page is needed for it to show.
    assert.deepEqual(lacking(hardening(plugin)).filter((name) => name !== "stack clash protection"), []);
  });
}

test("nothing runs with anybody else's rights", () => {
  for (const file of [server, ...plugins]) assert.equal(statSync(file).mode & 0o7000, 0, file);
});

test("these checks find what is missing", () => {
  const directory = mkdtempSync(path.join(tmpdir(), "hardening-"));
  try {
    const source = path.join(directory, "soft.cpp");
    const program = path.join(directory, "soft");
    writeFileSync(source, "extern \"C\" int puts(const char*); int main() { char text[64]; puts(text); }");
    execFileSync("c++", ["-O1", "-no-pie", "-fno-stack-protector", "-fcf-protection=none", "-fno-stack-clash-protection", "-Wl,-z,norelro,-z,lazy",
      "-Wl,-z,execstack,-z,noseparate-code,-rpath,/tmp", source, "-o", program], { stdio: "pipe" });
    const has = hardening(program);
    assert.deepEqual(lacking(has), Object.keys(has).filter((name) => name !== "no relocations in code"));
  } finally {
    rmSync(directory, { recursive: true });
  }
});
