// Reads what call_counter.cpp counts in a server, and says who called.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, readSync, rmSync, writeSync } from "node:fs";
import os from "node:os";
import path from "node:path";

import { buildDirectory } from "../../support/server.mjs";

/** As in call_counter.hpp. */
const kinds = ["allocate", "reallocate", "release", "lock", "read_lock", "write_lock", "epoll_wait", "receive", "send", "read_write"];
const mostThreads = 64;
const mostTraces = 64;
const mostFrames = 30;
const threadWords = 1 + kinds.length;
const traceWords = 3 + mostFrames;
const headWords = 4;

export const allocations = ["allocate", "reallocate"];
export const locks = ["lock", "read_lock", "write_lock"];
export const systemCalls = ["epoll_wait", "receive", "send", "read_write"];

/** Sum of some kinds. @param {Record<string, number>} calls */
export const sum = (calls, names) => names.reduce((total, name) => total + calls[name], 0);

/** The counts of one server. Order: `env` for its start, then any number of `count`, `close`. */
export class CallCounts {
  constructor() {
    this.directory = mkdtempSync(path.join(os.tmpdir(), "signaling-calls-"));
    this.file = path.join(this.directory, "counts");
  }

  /** What the server has to be started with. */
  get env() {
    return { LD_PRELOAD: path.join(buildDirectory, "tests/libcall_counter.so"), SIGNALING_CALL_COUNTS: this.file };
  }

  /**
   * Counts while `work` runs.
   * @param {string[]} traced  kinds whose callers are noted, the first 64 of them
   * @returns {Promise<{threads: {id: number, calls: Record<string, number>}[], traces: {call: string, thread: number, frames: bigint[]}[]}>}
   */
  async count(work, traced = []) {
    const words = (values) => Buffer.from(new BigUint64Array(values.map(BigInt)).buffer);
    const file = openSync(this.file, "r+");
    try {
      const before = this.#read(file);
      writeSync(file, words([0]), 0, 8, 24);  // room for new traces
      writeSync(file, words([1, traced.reduce((bits, kind) => bits | (1 << kinds.indexOf(kind)), 0)]), 0, 16, 0);
      try {
        await work();
      } finally {
        writeSync(file, words([0, 0]), 0, 16, 0);
      }
      const after = this.#read(file);
      const threads = after.threads.map(({ id, calls }, index) => ({
        id,
        calls: Object.fromEntries(kinds.map((kind) => [kind, calls[kind] - (before.threads[index]?.calls[kind] ?? 0)])),
      }));
      return { threads, traces: after.traces };
    } finally {
      closeSync(file);
    }
  }

  #read(file) {
    const bytes = Buffer.alloc(8 * (headWords + mostThreads * threadWords + mostTraces * traceWords));
    readSync(file, bytes, 0, bytes.length, 0);
    const words = new BigUint64Array(bytes.buffer, bytes.byteOffset, bytes.length / 8);
    const threads = Array.from({ length: Math.min(Number(words[2]), mostThreads) }, (_, index) => {
      const at = headWords + index * threadWords;
      return { id: Number(words[at]), calls: Object.fromEntries(kinds.map((kind, i) => [kind, Number(words[at + 1 + i])])) };
    });
    const traces = Array.from({ length: Math.min(Number(words[3]), mostTraces) }, (_, index) => {
      const at = headWords + mostThreads * threadWords + index * traceWords;
      const depth = Number(words[at + 2]);
      return { call: kinds[Number(words[at])], thread: Number(words[at + 1]), frames: [...words.subarray(at + 3, at + 3 + depth)] };
    });
    return { threads, traces };
  }

  /**
   * The counts of the one event loop, the thread that receives. @throws where there are none, or several: nothing is shown then
   */
  async countLoop(work, traced = []) {
    const { threads, traces } = await this.count(work, traced);
    const loops = threads.filter(({ calls }) => calls.receive > 0);
    assert.equal(loops.length, 1, `one thread should receive: ${JSON.stringify(threads)}`);
    return { calls: loops[0].calls, traces: traces.filter(({ thread }) => thread === loops[0].id) };
  }

  close() {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** Where the mapped file of an address begins, so that debug information can name it. */
function place(address, maps) {
  for (const { from, to, start, file } of maps) if (address >= from && address < to) return { file, offset: address - start };
  return null;
}

function mapsOf(pid) {
  const starts = new Map();
  return readFileSync(`/proc/${pid}/maps`, "utf8").split("\n").flatMap((line) => {
    const match = /^([0-9a-f]+)-([0-9a-f]+) \S+ ([0-9a-f]+) \S+ \S+\s+(\/\S+)/.exec(line);
    if (!match) return [];
    const [from, to, fileOffset] = match.slice(1, 4).map((hex) => BigInt(`0x${hex}`));
    if (!starts.has(match[4])) starts.set(match[4], from - fileOffset);
    return [{ from, to, start: starts.get(match[4]), file: match[4] }];
  });
}

/**
 * The callers, each with the number of its traces, most first; while the server still runs.
 * @returns {string}  for a message that a test fails with
 */
export function describe(traces, pid) {
  const maps = mapsOf(pid);
  const names = new Map();
  const name = (address) => {
    // A return address is behind the call; the call itself is meant.
    const found = place(address - 1n, maps);
    if (!found) return `0x${address.toString(16)}`;
    const key = `${found.file} ${found.offset}`;
    if (!names.has(key)) {
      let told = "";
      try {
        told = execFileSync("addr2line", ["-Cfpe", found.file, `0x${found.offset.toString(16)}`], { encoding: "utf8" }).trim();
      } catch (error) {
        told = `no addr2line: ${error.message}`;
      }
      names.set(key, told.startsWith("??") ? `${path.basename(found.file)}+0x${found.offset.toString(16)}` : told);
    }
    return names.get(key);
  };
  const groups = new Map();
  for (const { call, frames } of traces) {
    const key = `${call} ${frames.join(" ")}`;
    const group = groups.get(key) ?? { call, frames, number: 0 };
    group.number++;
    groups.set(key, group);
  }
  return [...groups.values()].sort((a, b) => b.number - a.number).map(({ call, frames, number }) =>
    [`${number} × ${call}`, ...frames.slice(1).map((address) => `    ${name(address)}`)].join("\n")).join("\n");
}
