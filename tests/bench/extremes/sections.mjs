// The sections of the report about extremes, by the name that --scenarios has for them. Each measures this server alone:
// `run({load, quick, rounds, seconds, makeRoom})` gives what table.mjs describes.

import { underAttack } from "./attack.mjs";
import { largeMessage } from "./large_message.mjs";
import { manyNamespaces, manyRooms, manyRoomsOfASocket } from "./many.mjs";
import { slowReader } from "./slow_reader.mjs";
import { storms } from "./storms.mjs";
import { workerSections } from "./workers.mjs";

export const sections = [slowReader, underAttack, largeMessage, storms, manyRooms, manyRoomsOfASocket, manyNamespaces, ...workerSections];

/**
 * @param {string[]} names  of --scenarios; empty: all, or none in the quick mode, which has no time for them
 * @returns {{sections: object[], rest: string[]}}  rest: the names that are of scenarios
 */
export function chosenSections(names, { quick = false } = {}) {
  if (names.length === 0) return { sections: quick ? [] : sections, rest: [] };
  const isNamed = ({ name, group }) => names.includes(name) || names.includes(group);
  const known = new Set(sections.flatMap(({ name, group }) => [name, group]));
  return { sections: sections.filter(isNamed), rest: names.filter((name) => !known.has(name)) };
}

/** One section; what goes wrong is told in the report. */
export async function runSection({ name, run }, environment) {
  try {
    return { name, table: name, ...(await run(environment)) };
  } catch (error) {
    return { name, table: name, title: name, text: "", failed: error.message };
  }
}
