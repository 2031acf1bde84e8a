// What instruction counts depend on beside our own source: compiler, its library, how it was told to build, and what the processor
// offers to the routines that choose by it.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";

import { buildDirectory } from "../../support/server.mjs";

const output = (command, args) => execFileSync(command, args, { encoding: "utf8" }).trim();

/** Of the build under test: an entry of CMakeCache.txt, or of what CMake found out about the compiler. */
function compilerOf() {
  const cache = readFileSync(path.join(buildDirectory, "CMakeCache.txt"), "utf8");
  const entry = (name) => new RegExp(`^${name}:[A-Z]+=(.*)$`, "m").exec(cache)?.[1] ?? "";
  const cmake = `${entry("CMAKE_CACHE_MAJOR_VERSION")}.${entry("CMAKE_CACHE_MINOR_VERSION")}.${entry("CMAKE_CACHE_PATCH_VERSION")}`;
  const found = readFileSync(path.join(buildDirectory, "CMakeFiles", cmake, "CMakeCXXCompiler.cmake"), "utf8");
  const value = (name) => new RegExp(`^set\\(${name} "(.*)"\\)$`, "m").exec(found)?.[1] ?? "";
  return {
    compiler: `${value("CMAKE_CXX_COMPILER_ID")} ${value("CMAKE_CXX_COMPILER_VERSION")}`,
    build: [entry("CMAKE_BUILD_TYPE"), entry("CMAKE_CXX_FLAGS"), entry("SIGNALING_SANITIZE")].filter(Boolean).join(" "),
  };
}

/** Version of a package that the build uses, by pkg-config; "unknown" where that does not know it. */
function library(name) {
  try {
    return output("pkg-config", ["--modversion", name]);
  } catch {
    return "unknown";
  }
}

/**
 * `comparable`: where one of these differs, counts do not tell what became of our source. `recorded`: to read beside a count that
 * has changed.
 */
export function describeEnvironment() {
  const { compiler, build } = compilerOf();
  const flags = os.arch() === "x64" ? readFileSync("/proc/cpuinfo", "utf8") : "";
  return {
    comparable: {
      compiler,
      build,
      architecture: os.arch(),
      c_library: output("getconf", ["GNU_LIBC_VERSION"]),
      // The C library takes other routines without it; valgrind offers nothing beyond.
      avx2: /\bavx2\b/.test(flags),
    },
    recorded: {
      valgrind: output("valgrind", ["--version"]),
      simdjson: library("simdjson"),
      openssl: library("openssl"),
      spdlog: library("spdlog"),
    },
  };
}
