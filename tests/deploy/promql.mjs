// What an expression of PromQL asks for, by the grammar that Prometheus' own editor uses.

import { parser } from "@prometheus-io/lezer-promql";

const rates = new Set(["rate", "irate", "increase"]);

/**
 * @param {string} expression  Grafana's variables already replaced
 * @returns {{errors: string[], selectors: {metric: string, isRated: boolean, matchers: {label: string, operator: string, value: string}[]}[], labels: string[]}}
 *   labels: those that results are grouped by
 */
export function parsePromql(expression) {
  const result = { errors: [], selectors: [], labels: [] };
  const functions = [];
  const text = (node) => expression.slice(node.from, node.to);
  parser.parse(expression).iterate({
    enter(node) {
      if (node.type.isError) result.errors.push(`at ${node.from}: ${expression.slice(node.from, node.from + 20) || "the end"}`);
      if (node.name === "FunctionCall") functions.push(text(node.node.getChild("FunctionIdentifier")));
      if (node.name === "GroupingLabels") for (const label of node.node.getChildren("LabelName")) result.labels.push(text(label));
      if (node.name === "VectorSelector") {
        const name = node.node.getChild("Identifier");
        const matchers = node.node.getChild("LabelMatchers")?.getChildren("UnquotedLabelMatcher") ?? [];
        result.selectors.push({
          metric: name ? text(name) : "",
          isRated: functions.some((each) => rates.has(each)),
          matchers: matchers.map((matcher) => ({
            label: text(matcher.getChild("LabelName")),
            operator: text(matcher.getChild("MatchOp")),
            value: JSON.parse(text(matcher.getChild("StringLiteral"))),
          })),
        });
      }
    },
    leave(node) {
      if (node.name === "FunctionCall") functions.pop();
    },
  });
  return result;
}
