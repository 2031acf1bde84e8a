// Describes what a plugin and a server have to agree on to the byte: places in virtual tables, types of functions, layouts of plain
// values, enumerators, constants. Names come from the headers' text, everything else from a compiler; GCC and Clang say the same.
//
//   node describe.mjs HEADERS            writes the description of HEADERS/signaling/plugin_api to standard output
//   node describe.mjs HEADERS --write    writes it to the file of its version beside this one
//   CXX names the compiler (c++).

import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { readDeclarations } from "./declarations.mjs";

const here = path.dirname(fileURLToPath(import.meta.url));

/** Declare no interface and yet cross. All others are part of the border where they have a pure virtual function. */
const plainHeaders = ["values.hpp", "manifest.hpp"];

const folder = (headers) => path.join(headers, "signaling/plugin_api");

/** Headers that declare what crosses; the others are compiled into the plugin alone. */
function borderHeaders(headers) {
  const texts = readdirSync(folder(headers)).sort().map((name) => ({ name, text: readFileSync(path.join(folder(headers), name), "utf8") }));
  return texts.filter(({ name, text }) => plainHeaders.includes(name) || /^\s*virtual\b[^;{]*=\s*0\s*;/m.test(text));
}

/** "1.1" */
export function versionOf(headers) {
  const text = readFileSync(path.join(folder(headers), "version.hpp"), "utf8");
  return ["MAJOR", "MINOR"].map((part) => new RegExp(`^#define SIGNALING_API_${part} (\\d+)$`, "m").exec(text)[1]).join(".");
}

const prelude = `
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <cxxabi.h>
#include <string>
#include <string_view>
#include <type_traits>
#include <typeinfo>

template <class T>
struct Name {};

/// As the demangler writes it. Inside of another type, since typeid drops references and const.
template <class T>
std::string type_name() {
  int status = 0;
  char* const text = abi::__cxa_demangle(typeid(Name<T>).name(), nullptr, nullptr, &status);
  const std::string name(text + 5, std::strlen(text) - 6);
  std::free(text);
  return name;
}

/// Itanium C++ ABI 2.3: the offset of a virtual function in the table, with a mark in either word.
template <class Function>
long slot_of(Function function) {
  struct { std::ptrdiff_t pointer; std::ptrdiff_t adjustment; } parts;
  static_assert(sizeof(parts) == sizeof(function));
  std::memcpy(&parts, &function, sizeof(parts));
#if defined(__aarch64__) || defined(__arm__)
  const bool is_virtual = (parts.adjustment & 1) != 0;
  const std::ptrdiff_t offset = parts.pointer;
#else
  const bool is_virtual = (parts.pointer & 1) != 0;
  const std::ptrdiff_t offset = parts.pointer - 1;
#endif
  return is_virtual ? static_cast<long>(offset / static_cast<std::ptrdiff_t>(sizeof(void*))) : -1;
}

template <class Function>
void describe_function(const char* name, Function function) {
  std::printf("  %ld %s: %s\\n", slot_of(function), name, type_name<Function>().c_str());
}

void describe_value(std::string_view value) { std::printf("\\"%.*s\\"\\n", static_cast<int>(value.size()), value.data()); }
template <std::size_t size>
void describe_value(const char (&value)[size]) { describe_value(std::string_view(value, size - (value[size - 1] == 0 ? 1 : 0))); }
template <class T>
requires std::is_arithmetic_v<T> void describe_value(T value) { std::printf("%.17g\\n", static_cast<double>(value)); }
`;

function programOf(headers) {
  const lines = [];
  const all = borderHeaders(headers).map(({ name, text }) => {
    try {
      return { name, ...readDeclarations(text) };
    } catch (error) {
      error.message = `${name}: ${error.message}`;
      throw error;
    }
  });
  for (const { classes, enums, constants } of all) {
    for (const name of constants) lines.push(`std::printf("constant ${name}\\n  "); describe_value(${name});`);
    for (const { name, isScoped, values } of enums) {
      lines.push(`std::printf("enum ${name}: %s\\n", type_name<std::underlying_type_t<${name}>>().c_str());`);
      const scope = isScoped ? `${name}::` : name.replace(/\w+$/, "");
      for (const value of values) lines.push(`std::printf("  ${value} = %lld\\n", static_cast<long long>(${scope}${value}));`);
    }
    for (const { name, bases, isStruct, virtuals, fields } of classes) {
      if (virtuals.length === 0 && !isStruct) continue;
      const kind = virtuals.length > 0 ? "interface" : "struct";
      lines.push(`std::printf("${kind} ${name}${bases && ` of ${bases}`}: %zu bytes, aligned to %zu\\n", sizeof(${name}), alignof(${name}));`);
      for (const one of virtuals) lines.push(`describe_function("${one}", &${name}::${one});`);
      for (const one of isStruct ? fields : []) {
        lines.push(`std::printf("  at %zu ${one}: %s\\n", offsetof(${name}, ${one}), type_name<decltype(${name}::${one})>().c_str());`);
      }
    }
  }
  const includes = all.map(({ name }) => `#include <signaling/plugin_api/${name}>\n`).join("");
  return `${prelude}\n${includes}\nusing namespace signaling::plugin_api;\n\nint main() {\n  ${lines.join("\n  ")}\n}\n`;
}

/** Types as people write them; the same from every compiler. */
const readable = (text) => text.replaceAll(/std::basic_string_view<char, std::char_traits<char> ?>/g, "std::string_view")
  .replaceAll(/, 18446744073709551615ul>/g, ">").replaceAll("signaling::plugin_api::", "").replaceAll(/ ?\((?:\w+::)+\*\)/g, " ")
  .replaceAll(/ +$/gm, "").replaceAll(" >", ">");

/** @param {string} headers  folder that holds signaling/plugin_api */
export function describeBorder(headers, compiler = process.env.CXX ?? "c++") {
  const directory = mkdtempSync(path.join(os.tmpdir(), "signaling-border-"));
  try {
    const source = path.join(directory, "describe.cpp");
    writeFileSync(source, programOf(headers));
    execFileSync(compiler, ["-std=c++20", "-w", "-I", headers, source, "-o", path.join(directory, "describe")], { stdio: ["ignore", "inherit", "inherit"] });
    return readable(execFileSync(path.join(directory, "describe"), { encoding: "utf8" }));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Of a version, as committed; undefined where there is none. */
export function committedDescription(version) {
  try {
    return readFileSync(fileOf(version), "utf8");
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw error;
  }
}
const fileOf = (version) => path.join(here, `${version}.txt`);

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , headers, option] = process.argv;
  const text = describeBorder(headers);
  if (option === "--write") writeFileSync(fileOf(versionOf(headers)), text);
  else process.stdout.write(text);
}
