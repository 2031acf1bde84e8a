// Reads what live_heap.cpp counts in a server.

import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";

import { buildDirectory } from "../../support/server.mjs";

/** As in live_heap.hpp. */
const smallSizes = 64;
const sizes = smallSizes + 32;

const library = path.join(buildDirectory, "tests/liblive_heap.so");

/** Usable bytes that blocks of that index have at most. */
const largest = (index) => (index < smallSizes ? 16 * (index + 1) : 1024 * 2 ** (index - smallSizes + 1));

/** The heap of one server. Order: `env` for its start, then any number of `read`, `close`. */
export class LiveHeap {
  /** Builds with sanitizers have none: they take the allocator's place themselves. */
  static get isThere() {
    return existsSync(library);
  }

  constructor() {
    this.directory = mkdtempSync(path.join(os.tmpdir(), "signaling-heap-"));
    this.file = path.join(this.directory, "counts");
  }

  /** What the server has to be started with. */
  get env() {
    return { LD_PRELOAD: library, SIGNALING_LIVE_HEAP: this.file };
  }

  /**
   * @returns {{blocks: number, bytes: number, sizes: {upTo: number, blocks: number, bytes: number}[], unmerged: number}}  in use now;
   *   `unmerged` as in live_heap.hpp
   */
  read() {
    const bytes = readFileSync(this.file);
    const words = new BigInt64Array(bytes.buffer, bytes.byteOffset, 2 * sizes + 1);
    const all = Array.from({ length: sizes }, (_, index) => ({ upTo: largest(index), blocks: Number(words[2 * index]), bytes: Number(words[2 * index + 1]) }));
    const sum = (what) => all.reduce((total, size) => total + size[what], 0);
    return { blocks: sum("blocks"), bytes: sum("bytes"), sizes: all, unmerged: Number(words[2 * sizes]) };
  }

  close() {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** What came between two looks, by size, the largest change first. */
export function growth(before, after) {
  return after.sizes
    .map(({ upTo, blocks, bytes }, index) => ({ upTo, blocks: blocks - before.sizes[index].blocks, bytes: bytes - before.sizes[index].bytes }))
    .filter(({ blocks, bytes }) => blocks !== 0 || bytes !== 0)
    .sort((a, b) => Math.abs(b.bytes) - Math.abs(a.bytes));
}
