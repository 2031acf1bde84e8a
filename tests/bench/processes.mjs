// Processor time and memory of processes, as the kernel counts them.

import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

let ticksPerSecond;

/**
 * Seconds that a process ran, in user and kernel, all its threads, those that ended too.
 * @param {string} stat  the text of /proc/PID/stat
 */
export function processorSeconds(stat, ticks) {
  // The name of the program stands in parentheses and may hold any character.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / ticks;
}

/**
 * @param {string} rollup  the text of /proc/PID/smaps_rollup
 * @param {"Pss" | "Pss_Anon"} [part]  all, or without what is mapped from files
 * @returns proportional set size in KB
 */
export function proportionalSetKb(rollup, part = "Pss") {
  const line = new RegExp(`^${part}:\\s+(\\d+) kB$`, "m").exec(rollup);
  if (!line) throw new Error(`no ${part} in smaps_rollup`);
  return Number(line[1]);
}

/** Sum over processes. */
export function processorSecondsOf(pids) {
  ticksPerSecond ??= Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));
  return pids.reduce((sum, pid) => sum + processorSeconds(readFileSync(`/proc/${pid}/stat`, "latin1"), ticksPerSecond), 0);
}

/** Sum over processes, in KB. */
export function memoryKbOf(pids, part = "Pss") {
  return pids.reduce((sum, pid) => sum + proportionalSetKb(readFileSync(`/proc/${pid}/smaps_rollup`, "latin1"), part), 0);
}

/**
 * Microseconds that the threads of processes ran, those that there are now: finer than the ticks of `processorSecondsOf`, for what
 * takes less than a second.
 */
export function threadMicrosecondsOf(pids) {
  const nanoseconds = pids.flatMap((pid) => readdirSync(`/proc/${pid}/task`).map((thread) => Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "latin1").split(" ")[0])));
  return nanoseconds.reduce((sum, time) => sum + time, 0) / 1000;
}
