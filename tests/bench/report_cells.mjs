// What the tables of a report have in common: rounds to numbers, numbers to cells.

import { summary } from "./statistics.mjs";

/** Whose results those are that peers are compared with. */
export const ours = "signaling";

/** One for each round; null where it failed. @param {string} contender  key of the scenario's results */
export const values = (scenario, contender) => (scenario.results[contender] ?? []).map((round) => (round.failed === undefined ? round.value : null));

/** Median, lowest and highest over the rounds that did not fail; null where none did not. */
export function absolute(scenario, contender) {
  const measured = values(scenario, contender).filter((value) => value !== null);
  return measured.length > 0 ? summary(measured) : null;
}

export const hasPeers = (report) => report.contenders.filter(({ name }) => name !== ours);

export const row = (cells) => `| ${cells.join(" | ")} |`;
export const decimal = (value) => (value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2));

/** Where we use less, "1/9.5" reads better than 0.11. */
export const ratioText = (value, measure) => (measure !== "throughput" && value > 0 && value < 0.5 ? `1/${decimal(1 / value)}` : decimal(value));
