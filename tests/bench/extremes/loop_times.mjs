// How long an event loop of the server was away from its connections, by its own metrics.

/** What /metrics says, by the name of the sample with its labels. */
export async function samplesOf(server) {
  const text = await (await fetch(`${server.adminUrl}/metrics`, { signal: AbortSignal.timeout(10_000) })).text();
  return new Map(text.split("\n").filter((line) => line !== "" && line[0] !== "#").map((line) => {
    const at = line.lastIndexOf(" ");
    return [line.slice(0, at), Number(line.slice(at + 1))];
  }));
}

export const sumOf = (samples, pattern) => [...samples].reduce((sum, [name, value]) => (pattern.test(name) ? sum + value : sum), 0);

/** Between two points in time. Nobody else may look at the metrics meanwhile: the longest turn is told once. */
export class LoopTimes {
  static async begin(server) {
    const times = new LoopTimes(server);
    times.before = await times.look();
    times.longest = 0;
    return times;
  }

  constructor(server) {
    this.server = server;
    this.longest = 0;
  }

  /** The metrics, for whoever waits for something. */
  async look() {
    const samples = await samplesOf(this.server);
    for (const [name, value] of samples) if (name.startsWith("signaling_loop_longest_turn_seconds")) this.longest = Math.max(this.longest, value);
    return samples;
  }

  /** @returns milliseconds: the longest turn, and work in all; and how many turns took more than 2 ms */
  async end() {
    const after = await this.look();
    const grown = (pattern) => sumOf(after, pattern) - sumOf(this.before, pattern);
    return {
      longest_ms: this.longest * 1000,
      busy_ms: grown(/^signaling_loop_busy_seconds_total/) * 1000,
      over_2_ms: grown(/^signaling_loop_turn_seconds_count/) - grown(/^signaling_loop_turn_seconds_bucket\{[^}]*le="0.002"/),
    };
  }
}
