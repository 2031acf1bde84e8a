// What idle connections cost in memory by their state, and what stays when crowds are gone: tables and plots.

import { barPlot, linePlot, short } from "./plots.mjs";
import { absolute, hasPeers, ours, ratioText, row, values } from "./report_cells.mjs";
import { ratio } from "./statistics.mjs";

const usual = "WebSocket";

const byState = (report) => report.scenarios.filter(({ measure }) => measure === "memory");
const bursts = (report) => report.scenarios.filter(({ measure }) => measure === "burst");
const megabytes = (kilobytes) => short(kilobytes / 1024);

function quotientText(scenario, peer) {
  const quotient = ratio(values(scenario, ours), values(scenario, peer));
  return quotient ? ratioText(quotient.median, scenario.measure) : "";
}

function absoluteText(scenario, contender) {
  if (!scenario.results[contender]) return "";
  const value = absolute(scenario, contender);
  return value ? short(value.median) : "failed";
}

function stateTable(report) {
  const scenarios = byState(report);
  if (!scenarios.some(({ state }) => state)) return [];
  const peers = hasPeers(report);
  const head = ["state", "connections", "this server", ...peers.flatMap(({ title }) => [title, `÷ ${title}`])];
  const lines = ["", "## Memory of an idle connection", "", "KB of each (Pss of the process above that without any connection; user space, the kernel's buffers are not in it).", "",
    row(head), `|---|${"---:|".repeat(head.length - 1)}`];
  for (const scenario of scenarios) {
    const ofPeers = peers.flatMap(({ name }) => [absoluteText(scenario, name), quotientText(scenario, name)]);
    lines.push(row([scenario.state ?? usual, scenario.load.clients.toLocaleString("en"), absoluteText(scenario, ours), ...ofPeers]));
  }
  return lines;
}

/** The last round of each contender that did not fail. */
const burstOf = (scenario, contender) => (scenario.results[contender] ?? []).filter((round) => round.failed === undefined).at(-1);

function burstTable(report) {
  return bursts(report).flatMap((scenario) => {
    const rows = report.contenders.flatMap(({ name, title }) => {
      const round = burstOf(scenario, name);
      if (!round) return [];
      const after = (crowd) => (round.crowds[crowd - 1] ? megabytes(round.crowds[crowd - 1].after_kb) : "");
      const last = round.crowds.length;
      return [row([title, megabytes(round.before_kb), megabytes(Math.max(...round.crowds.map(({ with_kb }) => with_kb))), after(1), after(2), after(Math.ceil(last / 2)), after(last),
        `${round.value > 0 ? "+" : ""}${round.value} KB`])];
    });
    if (rows.length === 0) return [];
    const times = scenario.times ?? 10;
    return [
      "", "## Memory given back", "", `MB (Pss of anonymous memory: heaps and stacks) as ${scenario.load.clients.toLocaleString("en")} connections come and go ${times} times; growth is that from the second time to the last.`, "",
      row(["server", "before", "most", "after 1", "after 2", `after ${Math.ceil(times / 2)}`, `after ${times}`, "growth"]), `|---|${"---:|".repeat(7)}`, ...rows,
    ];
  });
}

/** @returns {string[]} lines of Markdown; none where nothing was measured */
export const memoryTables = (report) => [...stateTable(report), ...burstTable(report)];

/** @returns {Record<string, string>} SVG text by file name */
export function memoryPlots(report) {
  const files = {};
  const scenarios = byState(report);
  const contenders = report.contenders.filter(({ name }) => scenarios.some((scenario) => absolute(scenario, name)));
  if (scenarios.some(({ state }) => state) && contenders.length > 0) {
    files["memory-by-state.svg"] = barPlot({
      title: "Memory of an idle connection",
      unit: "KB per connection",
      series: contenders.map(({ title }) => title),
      groups: scenarios.map((scenario) => ({
        label: scenario.name,
        bars: contenders.map(({ name }) => {
          const value = absolute(scenario, name);
          // A logarithmic axis has no place for what is lost in the noise.
          return value && value.low > 0 ? { value: value.median, low: value.low, high: value.high } : null;
        }),
      })),
    });
  }
  for (const scenario of bursts(report)) {
    const series = report.contenders.flatMap(({ name, title }) => {
      const round = burstOf(scenario, name);
      if (!round) return [];
      return [{ name: title, points: [round.before_kb, ...round.crowds.map(({ after_kb }) => after_kb)].map((kilobytes, x) => ({ x, y: kilobytes / 1024 })) }];
    });
    if (series.length === 0) continue;
    files["memory-given-back.svg"] = linePlot({
      title: `Memory after ${scenario.load.clients.toLocaleString("en")} connections came and went`,
      x: { label: "times" }, y: { label: "MB" }, series,
    });
  }
  return files;
}
