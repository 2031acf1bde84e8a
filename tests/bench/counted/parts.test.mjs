// Reading callgrind's files, comparing counts, and the report's section, from texts and numbers that are made up here.

import assert from "node:assert/strict";
import { test } from "node:test";

import { readProfile, shortName } from "./callgrind.mjs";
import { compare, figuresFor } from "./instructions.mjs";
import { textFrame } from "./raw_websocket.mjs";
import { countedSection } from "./report.mjs";

test("a function's count is what it executed itself, wherever its lines and its inlined parts stand", () => {
  const { total, functions } = readProfile([
    "# callgrind format", "version: 1", "events: Ir", "summary: 175", "",
    "ob=(1) /bin/server", "fl=(1) a.cpp", "fn=(1) outer(int)", "10 20", "fi=(2) inlined.hpp", "+3 5",
    "cob=(2) /lib/libc.so", "cfi=(3) m.c", "cfn=(2) malloc", "calls=2 30", "* 100", "fe=(1)", "-1 7", "",
    "fl=(3)", "fn=(2)", "4 43", "", "fn=(1)", "12 100", "", "totals: 175",
  ].join("\n"));
  assert.deepEqual([...functions], [["outer(int)", 132], ["malloc", 43]]);
  assert.equal(total, 175);
});

test("names lose parameters, template arguments and what they return", () => {
  assert.equal(shortName("signaling::net::Connection::flush()"), "signaling::net::Connection::flush");
  assert.equal(shortName("char const* signaling::protocol::detail::scan<(signaling::protocol::detail::ScanStart)1>(char const*, char const*, unsigned int)"), "signaling::protocol::detail::scan");
  assert.equal(shortName("signaling::net::(anonymous namespace)::count(std::array<signaling::net::Counter, 13ul>&, unsigned long)"), "signaling::net::count");
  assert.equal(shortName("std::map<int, std::vector<int> >::find(int const&) const'2"), "std::map::find");
  assert.equal(shortName("__memcpy_avx_unaligned_erms"), "__memcpy_avx_unaligned_erms");
});

test("more than a tenth above the committed figure has grown; a case without one has not", () => {
  const counted = { relay: { perMessage: 1099 }, "relay-16": { perMessage: 1101 }, fanout: { perMessage: 9000 } };
  const rows = compare(counted, { relay: 1000, "relay-16": 1000 });
  assert.deepEqual(rows.map(({ name, hasGrown }) => [name, hasGrown]), [["relay", false], ["relay-16", true], ["fanout", false]]);
  assert.equal(rows[2].perDelivery, 1000);
  assert.equal(rows[2].growth, undefined);
});

test("figures hold for their own compiler and libraries alone", () => {
  const here = { comparable: { compiler: "GNU 12", avx2: true } };
  const figures = [{ comparable: { compiler: "GNU 14", avx2: true }, instructions: {} }, { comparable: { compiler: "GNU 12", avx2: true }, instructions: { relay: 1 } }];
  assert.deepEqual(figuresFor(figures, here).instructions, { relay: 1 });
  assert.equal(figuresFor(figures, { comparable: { compiler: "GNU 12", avx2: false } }), undefined);
});

test("a frame for the server is masked, with the length in its shortest form", () => {
  const unmasked = (frame, head) => Buffer.from(frame.subarray(head + 4).map((byte, i) => byte ^ frame[head + (i & 3)])).toString();
  const short = textFrame("4hello");
  assert.deepEqual([short[0], short[1]], [0x81, 0x86]);
  assert.equal(unmasked(short, 2), "4hello");
  const long = textFrame("x".repeat(300));
  assert.deepEqual([long[1], long.readUInt16BE(2)], [0xfe, 300]);
  assert.equal(unmasked(long, 4), "x".repeat(300));
});

test("the report has a row for each case, and says where nothing could be compared", () => {
  const counted = {
    environment: { comparable: { compiler: "GNU 12.2.0", build: "RelWithDebInfo", c_library: "glibc 2.36" }, recorded: { valgrind: "valgrind-3.19.0" } },
    is_compared: true,
    cases: [{
      name: "fanout", title: "fan-out to 9", deliveries: 9, instructions: 9000, committed: 8000, growth: 0.125, allocations: 0, locks: 0, system_calls: 11.0625,
      functions: [{ name: "send", instructions: 700 }, { name: "flush", instructions: 600 }],
    }],
  };
  const text = countedSection(counted).join("\n");
  assert.match(text, /^\| fan-out to 9 \| 9000 \| 1000 \| 8000 \| 12\.5 % \| 11\.06 \| 0 \| 0 \|$/m);
  assert.match(text, /^- fan-out to 9: `send` 700, `flush` 600$/m);
  assert.doesNotMatch(text, /nothing is compared/);
  const other = { ...counted, is_compared: false, cases: [{ ...counted.cases[0], committed: undefined, growth: undefined }] };
  assert.match(countedSection(other).join("\n"), /nothing is compared/);
  assert.match(countedSection(other).join("\n"), /\| 9000 \| 1000 \|  \|  \|/);
  assert.deepEqual(countedSection(undefined), []);
});
