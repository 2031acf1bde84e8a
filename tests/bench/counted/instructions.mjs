// Instructions of a message, beside the committed figures (instructions.json).
//
//   node tests/bench/counted/instructions.mjs              the table
//   node tests/bench/counted/instructions.mjs --top 10     and the costliest functions of each case
//   node tests/bench/counted/instructions.mjs --renew      writes the figures of this compiler and these libraries anew

import { isDeepStrictEqual, parseArgs } from "node:util";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { countInstructions, shortName } from "./callgrind.mjs";
import { describeEnvironment } from "./environment.mjs";
import { cases } from "./script.mjs";

const file = path.join(path.dirname(fileURLToPath(import.meta.url)), "instructions.json");

/** A case may cost so much more than its committed figure. */
export const mostGrowth = 0.1;

/** [{comparable, recorded, instructions: {<case>: per message}}], one for each compiler and C library. */
export const readFigures = () => (existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : []);

/** The entry that holds for an environment; undefined where none does. */
export const figuresFor = (figures, { comparable }) => figures.find((entry) => isDeepStrictEqual(entry.comparable, comparable));

/**
 * Each case beside its committed figure.
 * @param {Record<string, {perMessage: number}>} counted
 * @param {Record<string, number> | undefined} committed
 * @returns {{name: string, title: string, perMessage: number, perDelivery: number, committed?: number, growth?: number, hasGrown: boolean}[]}
 */
export function compare(counted, committed) {
  return cases.filter(({ name }) => counted[name]).map(({ name, title, deliveries }) => {
    const { perMessage } = counted[name];
    const before = committed?.[name];
    const growth = before === undefined ? undefined : perMessage / before - 1;
    return { name, title, perMessage, perDelivery: perMessage / deliveries, committed: before, growth, hasGrown: growth > mostGrowth };
  });
}

export function toLine({ title, perMessage, perDelivery, committed, growth }) {
  const beside = committed === undefined ? "no committed figure" : `committed ${committed}, ${growth >= 0 ? "+" : ""}${(growth * 100).toFixed(1)} %`;
  return `${title.padEnd(44)} ${perMessage.toFixed(0).padStart(7)} a message, ${perDelivery.toFixed(0).padStart(6)} a delivery (${beside})`;
}

/** @returns {string[]} */
export const topLines = (functions, count) => functions.slice(0, count).map(({ name, perMessage }) => `  ${perMessage.toFixed(1).padStart(8)}  ${shortName(name)}`);

function renew(counted, environment) {
  const figures = readFigures().filter((entry) => !isDeepStrictEqual(entry.comparable, environment.comparable));
  const instructions = Object.fromEntries(Object.entries(counted).map(([name, { perMessage }]) => [name, Math.round(perMessage)]));
  figures.push({ ...environment, instructions });
  figures.sort((a, b) => a.comparable.compiler.localeCompare(b.comparable.compiler));
  writeFileSync(file, `${JSON.stringify(figures, null, 2)}\n`);
}

async function main() {
  const { values } = parseArgs({ options: { top: { type: "string", default: "0" }, renew: { type: "boolean", default: false } } });
  const environment = describeEnvironment();
  const counted = await countInstructions(cases);
  const committed = figuresFor(readFigures(), environment)?.instructions;
  for (const row of compare(counted, committed)) {
    console.log(toLine(row));
    for (const line of topLines(counted[row.name].functions, Number(values.top))) console.log(line);
  }
  if (values.renew) renew(counted, environment);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  main().then(() => process.exit(0), (error) => {
    console.error(error);
    process.exit(1);
  });
}
