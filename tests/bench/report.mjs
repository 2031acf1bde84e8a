// From bench-report.json to bench-report.md and the plots. Again for a report that is there:
//
//   node tests/bench/report.mjs build/release/bench/bench-report.json
//
// The JSON holds the rounds as they were measured; medians, ratios and verdicts are made here:
//   {made, machine, rounds, quick, contenders: [{name, title, version}], left_out: [{name, reason}],
//    scenarios: [{name, title, measure, count, nodes, target, load, [state], [times],
//                 results: {<contender>: [{value, cpu_seconds, operations, deliveries, seconds, latency_us, …} | {failed}]}}],
//    counted: see counted/report.mjs, extremes: see extremes/table.mjs}

import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { countedSection } from "./counted/report.mjs";
import { extremesTables } from "./extremes/table.mjs";
import { memoryPlots, memoryTables } from "./memory_report.mjs";
import { barPlot, linePlot, short } from "./plots.mjs";
import { absolute, decimal, hasPeers, ours, ratioText, row, values } from "./report_cells.mjs";
import { ratio, summary } from "./statistics.mjs";
import { tlsPrice } from "./tls_report.mjs";

const quantiles = ["p50", "p90", "p99", "p999", "max"];
const quantileNames = ["50 %", "90 %", "99 %", "99.9 %", "most"];

const units = {
  throughput: (scenario) => `${scenario.count} per CPU second`,
  latency: () => "µs, 99th percentile",
  memory: () => "KB per connection",
  cost: () => "CPU µs per message",
};

/** Of ours to a peer, with the verdict where there is a target: `met`, by the median. */
export function comparison(scenario, peer) {
  const quotient = ratio(values(scenario, ours), values(scenario, peer));
  const target = scenario.target?.[peer];
  if (!quotient) return { quotient, target };
  const isMet = target === undefined ? undefined : scenario.measure === "throughput" ? quotient.median >= target : quotient.median <= target;
  return { quotient, target, isMet };
}

function targetText({ measure }, target) {
  if (target === undefined) return "";
  if (measure === "throughput") return `≥ ${target}`;
  return target < 1 ? `≤ 1/${Number((1 / target).toFixed(2))}` : `≤ ${target}`;
}

/** Has a table of its own: see memory_report.mjs. */
const isElsewhere = ({ measure, state }) => measure === "burst" || state !== undefined;

function table(report) {
  const peers = hasPeers(report);
  const head = ["scenario", "unit", "this server", ...peers.flatMap(({ title }) => [title, `÷ ${title}`, "spread", "target", "met"])];
  const lines = [row(head), `|---|---|${"---:|".repeat(head.length - 2)}`];
  for (const scenario of report.scenarios) {
    if (isElsewhere(scenario)) continue;
    const own = absolute(scenario, ours);
    const cells = [scenario.title, units[scenario.measure](scenario), own ? short(own.median) : "failed"];
    for (const { name } of peers) {
      if (!scenario.results[name]) {
        cells.push("", "", "", "", "");
        continue;
      }
      const theirs = absolute(scenario, name);
      const { quotient, target, isMet } = comparison(scenario, name);
      cells.push(theirs ? short(theirs.median) : "failed", quotient ? `**${ratioText(quotient.median, scenario.measure)}**` : "–");
      cells.push(quotient ? `${ratioText(quotient.low, scenario.measure)} – ${ratioText(quotient.high, scenario.measure)}` : "");
      cells.push(targetText(scenario, target), isMet === undefined ? "" : isMet ? "yes" : "**no**");
    }
    lines.push(row(cells));
  }
  return lines;
}

function growth(report) {
  const growing = report.scenarios.filter(({ measure }) => measure === "cost");
  if (growing.length < 2) return [];
  const lines = ["", "## Cost of a message as nodes grow", "", "At a fixed rate, between two nodes, however many there are beside them; nodes and Redis together, without what they use when idle. Target: flat within 15 %.", ""];
  lines.push(row(["", ...growing.map(({ nodes }) => `${nodes} nodes`), "growth"]), `|---|${"---:|".repeat(growing.length + 1)}`);
  for (const { name, title } of report.contenders) {
    const costs = growing.map((scenario) => absolute(scenario, name)?.median);
    if (costs.some((cost) => cost === undefined)) continue;
    lines.push(row([title, ...costs.map((cost) => `${decimal(cost)} µs`), `${((costs.at(-1) / costs[0] - 1) * 100).toFixed(0)} %`]));
  }
  return lines;
}

function latencies(report) {
  const open = report.scenarios.filter(({ measure }) => measure === "latency");
  if (open.length === 0) return [];
  const lines = ["", "## Latency under open load", "", "Microseconds from the scheduled time, medians over the rounds.", ""];
  lines.push(row(["scenario", "server", ...quantileNames]), `|---|---|${"---:|".repeat(quantiles.length)}`);
  for (const scenario of open) {
    for (const { name, title } of report.contenders) {
      const of = (quantile) => quantileOf(scenario, name, quantile);
      if (of("p50")) lines.push(row([scenario.title, title, ...quantiles.map((quantile) => short(of(quantile).median))]));
    }
  }
  return lines;
}

function quantileOf(scenario, contender, quantile) {
  const rounds = (scenario.results[contender] ?? []).filter((round) => round.failed === undefined && Number.isFinite(round.latency_us?.[quantile]));
  return rounds.length > 0 ? summary(rounds.map((round) => round.latency_us[quantile])) : null;
}

function failures(report) {
  const lines = [];
  for (const scenario of report.scenarios) {
    for (const [contender, rounds] of Object.entries(scenario.results)) {
      for (const [round, { failed }] of rounds.entries()) if (failed !== undefined) lines.push(`- ${scenario.name}, ${contender}, round ${round + 1}: ${failed.trim().replace(/\s*\n\s*/g, " / ")}`);
    }
  }
  return lines.length > 0 ? ["", "## What failed", "", ...lines] : [];
}

/** @returns {string} the report as Markdown; plots are linked by the names that `plots` gives them */
export function toMarkdown(report) {
  const { machine } = report;
  const lines = [
    "# Benchmark",
    "",
    `${report.made}; ${report.rounds} rounds${report.quick ? " (quick mode)" : ""}, contenders in turn within each. Every server has one event loop. Processor time and memory are those of all` +
      " processes that take part, Redis included, the load generator not. Medians; the spread is that of the ratio over the rounds. A gap under 8 % is noise.",
    "",
    `Machine: ${machine.processors} × ${machine.model}, ${machine.memory_gb} GB, Linux ${machine.kernel}; load average at the start ${machine.load_average}${
      machine.load_average > 1 ? ": **others were at work, the numbers are rough**" : ""}.`,
    "",
    ...report.contenders.map(({ title, version }) => `- ${title}: ${version}`),
    ...report.left_out.map(({ name, reason }) => `- left out: ${name}, ${reason}`),
    "",
    ...(report.scenarios.length > 0 ? table(report) : []),
    ...latencies(report),
    ...growth(report),
    ...tlsPrice(report),
    ...memoryTables(report),
    ...countedSection(report.counted),
    ...extremesTables(report.extremes),
    ...failures(report),
  ];
  const files = Object.keys(plots(report));
  if (files.length > 0) lines.push("", "## Plots", "", ...files.map((file) => `![${file.replace(/\.svg$/, "").replaceAll("-", " ")}](${file})`));
  return `${lines.join("\n")}\n`;
}

/** @returns {Record<string, string>} SVG text by file name; a plot without anything to show is left out */
export function plots(report) {
  const files = {};
  const of = (measure) => report.scenarios.filter((scenario) => scenario.measure === measure);
  const shown = (scenarios) => report.contenders.filter(({ name }) => scenarios.some((scenario) => absolute(scenario, name)));

  const throughput = of("throughput");
  const measured = shown(throughput);
  if (measured.length > 0) {
    files["throughput.svg"] = barPlot({
      title: "Throughput per CPU second",
      unit: "operations or deliveries per second of processor time",
      series: measured.map(({ title }) => title),
      groups: throughput.map((scenario) => ({
        label: scenario.name,
        bars: measured.map(({ name }) => {
          const value = absolute(scenario, name);
          return value && { value: value.median, low: value.low, high: value.high };
        }),
      })),
    });
  }

  for (const scenario of of("latency")) {
    const series = report.contenders.map(({ name, title }) => ({
      name: title,
      points: quantiles.flatMap((quantile, x) => {
        const value = quantileOf(scenario, name, quantile);
        return value ? [{ x, y: value.median, low: value.low, high: value.high }] : [];
      }),
    })).filter(({ points }) => points.length > 0);
    if (series.length === 0) continue;
    files[`latency-${scenario.name}.svg`] = linePlot({
      title: `Latency: ${scenario.title.replace(/: p99$/, "")}`,
      x: { label: "quantile", names: quantileNames },
      y: { label: "µs from the scheduled time", logarithmic: true },
      series,
    });
  }

  const against = (file, measure, { title, xLabel, yLabel, x, y }) => {
    const scenarios = of(measure).filter((scenario) => !isElsewhere(scenario));
    const series = shown(scenarios).map(({ name, title: seriesName }) => ({
      name: seriesName,
      points: scenarios.flatMap((scenario) => {
        const value = absolute(scenario, name);
        return value ? [{ x: x(scenario), y: y(value.median, scenario), low: y(value.low, scenario), high: y(value.high, scenario) }] : [];
      }),
    }));
    if (series.length > 0 && scenarios.length > 1) files[file] = linePlot({ title, x: { label: xLabel }, y: { label: yLabel }, series });
  };
  against("memory.svg", "memory", {
    title: "Memory against idle connections", xLabel: "connections", yLabel: "MB above that without any",
    x: (scenario) => scenario.load.clients, y: (value, scenario) => (value * scenario.load.clients) / 1024,
  });
  against("nodes.svg", "cost", {
    title: "Processor time of a message against nodes", xLabel: "nodes", yLabel: "µs of all nodes and Redis",
    x: (scenario) => scenario.nodes, y: (value) => value,
  });
  return { ...files, ...memoryPlots(report) };
}

/** Writes the JSON, the Markdown and the plots. */
export function writeReport(report, directory) {
  writeFileSync(path.join(directory, "bench-report.json"), `${JSON.stringify(report, null, 1)}\n`);
  writeFileSync(path.join(directory, "bench-report.md"), toMarkdown(report));
  for (const [file, content] of Object.entries(plots(report))) writeFileSync(path.join(directory, file), content);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [file] = process.argv.slice(2);
  if (!file) {
    console.error("usage: node tests/bench/report.mjs <bench-report.json>");
    process.exit(2);
  }
  writeReport(JSON.parse(readFileSync(file, "utf8")), path.dirname(file));
}
