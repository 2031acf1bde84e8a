// The counted part of the benchmark's report: what one message makes the server do, whatever the machine's mood.

import { startServer } from "../../support/server.mjs";
import { allocations, CallCounts, locks, sum, systemCalls } from "./calls.mjs";
import { countInstructions, shortName } from "./callgrind.mjs";
import { describeEnvironment } from "./environment.mjs";
import { compare, figuresFor, readFigures } from "./instructions.mjs";
import { cases, FixedScript, serverSettings } from "./script.mjs";

const topFunctions = 10;

/** Calls of the event loop for each message, by case: {allocations, locks, system_calls}. */
async function countCalls({ warmup = 480, messages = 960 } = {}) {
  const counts = new CallCounts();
  let server;
  let script;
  try {
    server = await startServer({ set: serverSettings, env: counts.env });
    script = await FixedScript.start(server.port);
    const results = {};
    for (const one of cases) {
      await script.run(one, warmup);
      const { calls } = await counts.countLoop(() => script.run(one, messages));
      const each = (names) => sum(calls, names) / messages;
      results[one.name] = { allocations: each(allocations), locks: each(locks), system_calls: each(systemCalls) };
    }
    return results;
  } finally {
    script?.stop();
    await server?.stop();
    counts.close();
  }
}

/**
 * @returns what the report keeps as `counted`: {environment, is_compared, cases: [{name, title, deliveries, instructions, committed?,
 *   growth?, allocations, locks, system_calls, functions: [{name, instructions}]}]}; instructions and calls of one message
 */
export async function measureCounted() {
  const environment = describeEnvironment();
  const calls = await countCalls();
  const counted = await countInstructions(cases);
  const committed = figuresFor(readFigures(), environment)?.instructions;
  const rows = compare(counted, committed);
  return {
    environment,
    is_compared: committed !== undefined,
    cases: rows.map(({ name, title, perMessage, committed: before, growth }) => ({
      name,
      title,
      deliveries: cases.find((one) => one.name === name).deliveries,
      instructions: Math.round(perMessage),
      committed: before,
      growth,
      ...calls[name],
      functions: counted[name].functions.slice(0, topFunctions).map((each) => ({ name: shortName(each.name).replace(/^signaling::/, ""), instructions: Math.round(each.perMessage) })),
    })),
  };
}

const row = (cells) => `| ${cells.join(" | ")} |`;
const few = (value) => (Number.isInteger(value) ? String(value) : value.toFixed(2));

/** @param {object | undefined} counted @returns {string[]} lines of Markdown */
export function countedSection(counted) {
  if (!counted) return [];
  const { environment, cases: rows } = counted;
  const { compiler, build, c_library: library } = environment.comparable;
  const lines = [
    "", "## Counted work", "",
    `What one message makes this server do, by a fixed script with one event loop; instructions in user space (${environment.recorded.valgrind}), calls into the C` +
      ` library. ${compiler}, ${build}, ${library}${counted.is_compared ? "" : "; the committed figures were made with others, so nothing is compared"}.`,
    "",
    row(["script", "instructions", "for each delivery", "committed", "growth", "system calls", "allocations", "locks"]),
    `|---|${"---:|".repeat(7)}`,
    ...rows.map((one) => row([
      one.title, one.instructions, Math.round(one.instructions / one.deliveries), one.committed ?? "", one.growth === undefined ? "" : `${(one.growth * 100).toFixed(1)} %`,
      few(one.system_calls), few(one.allocations), few(one.locks),
    ])),
    "", `Where the instructions of a message go, the ${topFunctions} costliest functions without what they call:`, "",
  ];
  for (const one of rows) lines.push(`- ${one.title}: ${one.functions.map(({ name, instructions }) => `\`${name}\` ${instructions}`).join(", ")}`);
  return lines;
}
