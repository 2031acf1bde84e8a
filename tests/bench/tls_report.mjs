// What TLS on the node costs this server: the scenarios with TLS, in which it was measured without it in turn.

import { short } from "./plots.mjs";
import { absolute, ours, row, values } from "./report_cells.mjs";
import { ratio } from "./statistics.mjs";

/** Key of its results without TLS, beside those of the contenders. */
export const withoutTls = "signaling without TLS";

const percent = (quotient) => `${((1 - quotient) * 100).toFixed(0)} %`;

/** @returns {string[]} lines of Markdown; none where nothing was measured */
export function tlsPrice(report) {
  const rows = [];
  for (const scenario of report.scenarios) {
    const quotient = ratio(values(scenario, ours), values(scenario, withoutTls));
    if (!quotient) continue;
    const [plain, secure] = [withoutTls, ours].map((name) => short(absolute(scenario, name).median));
    rows.push(row([
      scenario.title, `${scenario.count} per CPU second`, plain, secure, `**${percent(quotient.median)}**`, `${percent(quotient.high)} – ${percent(quotient.low)}`,
    ]));
  }
  if (rows.length === 0) return [];
  return [
    "", "## The price of TLS on the node", "",
    "This server with and without TLS 1.3, in turn; what a balancer that ends TLS would use is not counted. Handshakes are whole ones (P-256), none is resumed.", "",
    "| scenario | unit | without TLS | with TLS | less | spread |", "|---|---|---:|---:|---:|---:|", ...rows,
  ];
}
