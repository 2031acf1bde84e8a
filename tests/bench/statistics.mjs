// What rounds of a benchmark come down to: medians, and the spread of the ratio of two that were measured in turn.

/** @param {number[]} values  at least one */
export function median(values) {
  if (values.length === 0) throw new Error("no values to take the median of");
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** @returns {{median: number, low: number, high: number}} low and high are the extremes: rounds are too few for quantiles */
export function summary(values) {
  return { median: median(values), low: Math.min(...values), high: Math.max(...values) };
}

/**
 * Of two contenders, round by round: what disturbed the machine for a while then disturbed both.
 * @param {(number | null)[]} ours    one for each round; null where that round failed
 * @param {(number | null)[]} theirs  the same rounds; a round that one of them lacks does not count
 * @returns {{median: number, low: number, high: number} | null}  of ours ÷ theirs; null where no round has both
 */
export function ratio(ours, theirs) {
  const quotients = [];
  for (let round = 0; round < Math.min(ours.length, theirs.length); round++) {
    if (Number.isFinite(ours[round]) && Number.isFinite(theirs[round]) && theirs[round] !== 0) quotients.push(ours[round] / theirs[round]);
  }
  return quotients.length > 0 ? summary(quotients) : null;
}

/** Slope of the line through points by least squares, in y for each x; 0 where there are fewer than two. @param {[number, number][]} points */
export function slopeOf(points) {
  if (points.length < 2) return 0;
  const mean = (pick) => points.reduce((sum, point) => sum + pick(point), 0) / points.length;
  const [x, y] = [mean(([first]) => first), mean(([, second]) => second)];
  const spread = points.reduce((sum, [px]) => sum + (px - x) ** 2, 0);
  return points.reduce((sum, [px, py]) => sum + (px - x) * (py - y), 0) / spread;
}
