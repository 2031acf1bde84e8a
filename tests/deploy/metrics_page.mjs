// A page of /metrics as what Prometheus makes of it.

/**
 * @param {string} text
 * @returns {Map<string, {type: string, series: Record<string, string>[]}>}  by the name that expressions use, so that a histogram
 *   has three: …_bucket, …_sum and …_count, all of type counter
 */
export function parseMetricsPage(text) {
  const types = new Map();
  const metrics = new Map();
  for (const line of text.split("\n")) {
    const type = /^# TYPE (\S+) (\S+)$/.exec(line);
    if (type) types.set(type[1], type[2]);
    const sample = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? \S+$/.exec(line);
    if (!sample) continue;
    const [, name, labels = ""] = sample;
    const isHistogram = types.get(name.replace(/_(bucket|sum|count)$/, "")) === "histogram";
    if (!metrics.has(name)) metrics.set(name, { type: isHistogram ? "counter" : types.get(name), series: [] });
    metrics.get(name).series.push(Object.fromEntries([...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, key, value]) => [key, value])));
  }
  return metrics;
}
