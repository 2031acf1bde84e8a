// Plots as SVG text: lines and horizontal bars, linear or logarithmic. No state, no files.

const width = 860;
const colours = ["#1f6feb", "#d9730d", "#2da44e", "#8250df"];
const ink = "#24292f";
const faint = "#d8dee4";

const escaped = (text) => String(text).replace(/[&<>"]/g, (character) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[character]);
const at = (value) => Number(value.toFixed(2));

function text(x, y, content, { anchor = "start", size = 12, weight = "normal", rotate } = {}) {
  const turn = rotate ? ` transform="rotate(${rotate} ${at(x)} ${at(y)})"` : "";
  return `<text x="${at(x)}" y="${at(y)}" text-anchor="${anchor}" font-size="${size}" font-weight="${weight}"${turn}>${escaped(content)}</text>`;
}

const line = (x1, y1, x2, y2, colour, strokeWidth = 1) =>
  `<line x1="${at(x1)}" y1="${at(y1)}" x2="${at(x2)}" y2="${at(y2)}" stroke="${colour}" stroke-width="${strokeWidth}"/>`;

function document(height, title, parts) {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${at(height)}" viewBox="0 0 ${width} ${at(height)}" font-family="sans-serif" fill="${ink}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    text(20, 28, title, { size: 16, weight: "bold" }),
    ...parts,
    "</svg>\n",
  ].join("\n");
}

function legend(names, y) {
  let x = 20;
  return names.map((name, i) => {
    const parts = `<rect x="${x}" y="${y - 10}" width="12" height="12" rx="2" fill="${colours[i % colours.length]}"/>${text(x + 18, y, name)}`;
    x += 40 + name.length * 7;
    return parts;
  });
}

/** 950 → "950", 177000 → "177 k", 1140000 → "1.14 M": three digits that count. */
export function short(value) {
  const [scaled, unit] = Math.abs(value) >= 999_500 ? [value / 1e6, " M"] : Math.abs(value) >= 9995 ? [value / 1e3, " k"] : [value, ""];
  if (scaled === 0) return "0";
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(scaled))));
  return `${Number(scaled.toFixed(Math.min(digits, 3)))}${unit}`;
}

/**
 * Round values that cover `values`, and where each stands between 0 and 1.
 * @returns {{ticks: number[], place: (value: number) => number}}
 */
export function scale(values, { logarithmic = false } = {}) {
  const high = Math.max(...values);
  if (logarithmic) {
    const positive = values.filter((value) => value > 0);
    if (positive.length === 0) throw new Error("a logarithmic scale needs a value above 0");
    const first = Math.floor(Math.log10(Math.min(...positive)));
    const last = Math.max(first + 1, Math.ceil(Math.log10(high)));
    const ticks = Array.from({ length: last - first + 1 }, (_, i) => 10 ** (first + i));
    return { ticks, place: (value) => (Math.log10(Math.max(value, 10 ** first)) - first) / (last - first) };
  }
  const rough = (high > 0 ? high : 1) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= rough);
  const count = Math.max(1, Math.ceil(high / step));
  return { ticks: Array.from({ length: count + 1 }, (_, i) => i * step), place: (value) => value / (count * step) };
}

/**
 * @param {object} plot
 * @param {string} plot.title
 * @param {string} plot.unit                 what the axis counts
 * @param {string[]} plot.series             names, in the order of each group's bars
 * @param {{label: string, bars: ({value: number, low: number, high: number} | null)[]}[]} plot.groups
 */
export function barPlot({ title, unit, series, groups }) {
  const [left, right, top, thick] = [180, 70, 70, 16];
  // From half of the least on, so that its bar has a length too.
  const extremes = groups.flatMap(({ bars }) => bars.filter(Boolean).flatMap(({ low, high }) => [low / 2, high]));
  const { ticks, place } = scale(extremes, { logarithmic: true });
  const x = (value) => left + place(value) * (width - left - right);
  const groupHeight = series.length * thick + 14;
  const bottom = top + groups.length * groupHeight;
  const parts = legend(series, 52);
  for (const tick of ticks) parts.push(line(x(tick), top - 6, x(tick), bottom, faint), text(x(tick), bottom + 16, short(tick), { anchor: "middle", size: 11 }));
  groups.forEach(({ label, bars }, group) => {
    const y = top + group * groupHeight;
    parts.push(text(left - 10, y + (series.length * thick) / 2 + 4, label, { anchor: "end" }));
    bars.forEach((bar, i) => {
      if (!bar) return;
      const middle = y + i * thick + thick / 2;
      parts.push(
        `<rect x="${left}" y="${at(y + i * thick + 1)}" width="${at(x(bar.value) - left)}" height="${thick - 2}" fill="${colours[i % colours.length]}"/>`,
        line(x(bar.low), middle, x(bar.high), middle, ink),
        text(x(Math.max(bar.value, bar.high)) + 6, middle + 4, short(bar.value), { size: 11 }),
      );
    });
  });
  parts.push(text((left + width - right) / 2, bottom + 36, `${unit} (logarithmic; thin line: all rounds)`, { anchor: "middle", size: 11 }));
  return document(bottom + 50, title, parts);
}

/**
 * @param {object} plot
 * @param {string} plot.title
 * @param {{label: string, names?: string[], logarithmic?: boolean}} plot.x  with names: points stand side by side, 0, 1, …
 * @param {{label: string, logarithmic?: boolean}} plot.y
 * @param {{name: string, points: {x: number, y: number, low?: number, high?: number}[]}[]} plot.series
 */
export function linePlot({ title, x: xAxis, y: yAxis, series }) {
  const [left, right, top, height] = [80, 40, 70, 420];
  const bottom = height - 60;
  const points = series.flatMap((one) => one.points);
  const horizontal = xAxis.names
    ? { ticks: xAxis.names.map((_, i) => i), place: (value) => (value + 0.5) / xAxis.names.length }
    : scale(points.map((point) => point.x));
  const vertical = scale(points.flatMap(({ y, low = y, high = y }) => [y, low, high]), yAxis);
  const x = (value) => left + horizontal.place(value) * (width - left - right);
  const y = (value) => bottom - vertical.place(value) * (bottom - top);
  const parts = legend(series.map(({ name }) => name), 52);
  for (const tick of vertical.ticks) parts.push(line(left, y(tick), width - right, y(tick), faint), text(left - 8, y(tick) + 4, short(tick), { anchor: "end", size: 11 }));
  for (const tick of horizontal.ticks) parts.push(text(x(tick), bottom + 18, xAxis.names ? xAxis.names[tick] : short(tick), { anchor: "middle", size: 11 }));
  series.forEach((one, i) => {
    const colour = colours[i % colours.length];
    parts.push(`<polyline fill="none" stroke="${colour}" stroke-width="2" points="${one.points.map((point) => `${at(x(point.x))},${at(y(point.y))}`).join(" ")}"/>`);
    for (const point of one.points) {
      if (point.low !== undefined) parts.push(line(x(point.x), y(point.low), x(point.x), y(point.high), colour));
      parts.push(`<circle cx="${at(x(point.x))}" cy="${at(y(point.y))}" r="3.5" fill="${colour}"/>`, text(x(point.x), y(point.y) - 9, short(point.y), { anchor: "middle", size: 11 }));
    }
  });
  parts.push(
    text((left + width - right) / 2, height - 16, xAxis.label, { anchor: "middle" }),
    text(22, (top + bottom) / 2, yAxis.label + (yAxis.logarithmic ? " (logarithmic)" : ""), { anchor: "middle", rotate: -90 }),
  );
  return document(height, title, parts);
}
