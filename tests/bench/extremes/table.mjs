// What the sections about extremes hand to the report: tables of text, made where they are measured, since each is different.
//
//   {name, table, title, text, head: [text], rows: [[text]], notes: [text], failed?: text}
//
// Sections of one `table` are one table in the report: their rows follow each other.

import { row } from "../report_cells.mjs";
import { median } from "../statistics.mjs";

/** Three digits that count; below 0.1 nothing is told of what the clock cannot. */
export function digits(value) {
  if (!Number.isFinite(value)) return "–";
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString("en");
  return Math.abs(value) >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** Median of one number of several objects. */
export const medianOf = (rounds, pick) => median(rounds.map(pick));

/** @param {object[]} sections @returns {string[]} lines of Markdown; none where nothing was measured */
export function extremesTables(sections = []) {
  const lines = [];
  for (const table of new Set(sections.map((section) => section.table))) {
    const own = sections.filter((section) => section.table === table);
    const measured = own.filter(({ failed }) => failed === undefined);
    lines.push("", `## ${own[0].title}`, "", own[0].text);
    if (measured.length > 0) {
      lines.push("", row(measured[0].head), `|---|${"---:|".repeat(measured[0].head.length - 1)}`);
      for (const { rows } of measured) lines.push(...rows.map(row));
    }
    const notes = measured.flatMap(({ notes = [] }) => notes);
    if (notes.length > 0) lines.push("", ...notes.map((note) => `- ${note}`));
    for (const { name, failed } of own) if (failed !== undefined) lines.push("", `${name} failed: ${failed.trim().replace(/\s*\n\s*/g, " / ")}`);
  }
  return lines;
}
