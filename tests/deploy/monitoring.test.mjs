// Prometheus' configuration, alerts and the dashboard, against two nodes on a Redis: every name and label that they use is one that
// nodes have, a real Prometheus takes the files and answers every query, and alerts come when something is wrong.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import test, { after, before } from "node:test";

import { parse, stringify } from "yaml";

import { ask, connect } from "../support/clients.mjs";
import { Haproxy } from "../support/haproxy.mjs";
import { RedisServer, freePort } from "../support/redis.mjs";
import { eventually, repository, startServer } from "../support/server.mjs";
import { parseMetricsPage } from "./metrics_page.mjs";
import { parsePromql } from "./promql.mjs";

const folder = path.join(repository, "deploy/monitoring");
const read = (file) => readFileSync(path.join(folder, file), "utf8");
const prometheusConfig = parse(read("prometheus.yml"));
const configurations = ["prometheus.yml", "prometheus-scale.yml"];
const alerts = parse(read("alerts.yml")).groups.flatMap((group) => group.rules);
const dashboard = JSON.parse(read("grafana/dashboards/signaling.json"));
const panels = dashboard.panels.filter((panel) => panel.type !== "row");

/** Labels that Prometheus adds by the scrape's configuration. */
const addedLabels = ["node", "job", "instance"];
/** Metrics that are of no exporter: Prometheus makes them. */
const madeMetrics = ["up"];

/** With Grafana's variables as it replaces them. */
const filledIn = (expression, interval = "1m") => expression.replaceAll("$__rate_interval", interval).replaceAll("$node", ".*");
const expressions = [
  ...alerts.map((rule) => ({ where: rule.alert, expression: rule.expr })),
  ...panels.flatMap((panel) => panel.targets.map((target) => ({ where: panel.title, expression: filledIn(target.expr) }))),
];

let redis;
let haproxy;
const nodes = [];
const sockets = [];
let metrics;

before(async () => {
  redis = await RedisServer.start();
  for (const name of ["a", "b"])
    nodes.push(await startServer({ config: path.join(repository, "config/redis.toml"), set: { "node.name": name, "listen.workers": 2 }, env: { REDIS_URL: redis.url() } }));
  // All that a node may be asked to do is done once: some metrics are there only from then on.
  for (const node of nodes) for (const transports of [["polling"], ["websocket"], ["polling", "websocket"]]) sockets.push(await connect(node, "/", { transports }));
  for (const socket of sockets) await ask(socket, "join", { room: "atrium" });
  await eventually("a message went from node to node", async () => {
    await ask(sockets[0], "message", { room: "atrium", data: 1 });
    return (await nodes[1].metric("signaling_plugin_redis_adapter_node_latency_seconds_count")) > 0;
  });
  // The exporter as compose adds it to HAProxy, beside a frontend and servers of the names that haproxy.cfg has.
  const exporter = read("haproxy.cfg");
  const balanced = nodes.map((node, i) => `  server sig${i + 1} 127.0.0.1:${node.port}`).join("\n");
  const clients = await freePort();
  haproxy = await Haproxy.start((bind) =>
    `frontend clients\n  mode tcp\n  bind 127.0.0.1:${clients}\n  default_backend nodes\nbackend nodes\n  mode tcp\n${balanced}\n${exporter.replace("bind :8405", `bind ${bind}`)}`);
  metrics = new Map([...(await page(nodes[0].adminUrl)), ...(await page(haproxy.url))]);
});

async function page(url) {
  return parseMetricsPage(await (await fetch(`${url}/metrics`)).text());
}

after(async () => {
  for (const socket of sockets) socket.close();
  for (const node of nodes) if (!node.end) await node.stop();
  await haproxy?.stop();
  await redis?.stop();
});

/** What is wrong with an expression, measured by the metrics of a node. */
function problems(expression) {
  const { errors, selectors, labels } = parsePromql(expression);
  const found = [...errors];
  const known = new Set(addedLabels);
  for (const { metric, isRated, matchers } of selectors) {
    if (madeMetrics.includes(metric)) continue;
    const entry = metrics.get(metric);
    if (!entry) {
      found.push(`nobody has ${metric}`);
      continue;
    }
    if (entry.type === "counter" && !isRated) found.push(`${metric} is a counter and only its rate means something`);
    if (entry.type === "gauge" && isRated) found.push(`${metric} is a gauge and has no rate`);
    for (const series of entry.series) for (const label of Object.keys(series)) known.add(label);
    for (const { label, operator, value } of matchers) {
      if (addedLabels.includes(label)) continue;
      // Each alternative by itself: one that never matches is a reason that was renamed.
      for (const one of operator.includes("~") ? value.split("|") : [value])
        if (!entry.series.some((series) => new RegExp(`^(?:${one})$`).test(series[label]))) found.push(`${metric} has no ${label} that is ${one}`);
    }
  }
  if (selectors.length === 0) found.push("asks for nothing");
  for (const label of labels) if (!known.has(label)) found.push(`grouped by ${label}, which none of its metrics has`);
  return found;
}

test("every expression uses metrics, labels and values that nodes have", () => {
  assert.ok(expressions.length > 70, String(expressions.length));
  assert.deepEqual(expressions.flatMap(({ where, expression }) => problems(expression).map((problem) => `${where}: ${problem}`)), []);
});

test("an expression that is wrong is found to be", () => {
  for (const [expression, problem] of [
    ["sum(rate(signaling_mesages_sent_total[1m]))", /nobody has signaling_mesages_sent_total/],
    ["sum by (transprot) (signaling_sessions)", /grouped by transprot/],
    ['increase(signaling_sessions_closed_total{reason=~"ping_timeout|gone"}[5m])', /no reason that is gone/],
    ["sum(signaling_messages_sent_total)", /is a counter/],
    ["rate(signaling_sessions[1m])", /is a gauge/],
    ["sum(signaling_sessions", /at 2\d: the end/],
  ])
    assert.match(problems(expression).join("\n"), problem, expression);
});

test("the dashboard is one that Grafana shows: panels apart, sources and variables known", () => {
  const { datasources } = parse(read("grafana/datasources/prometheus.yml"));
  const uid = datasources[0].uid;
  assert.equal(new Set(dashboard.panels.map((panel) => panel.id)).size, dashboard.panels.length);
  for (const panel of panels) {
    assert.equal(panel.datasource.uid, uid, panel.title);
    for (const target of panel.targets) {
      assert.equal(target.datasource.uid, uid, panel.title);
      for (const [, name] of target.expr.matchAll(/\$(\w+)/g)) assert.ok(["node", "__rate_interval"].includes(name), `${panel.title}: $${name}`);
      // What a legend names must survive the grouping.
      const { labels } = parsePromql(filledIn(target.expr));
      for (const [, label] of target.legendFormat.matchAll(/\{\{(\w+)\}\}/g))
        if (/\b(sum|max|min|avg|count)\b/.test(target.expr)) assert.ok(labels.includes(label), `${panel.title}: {{${label}}}`);
    }
  }
  assert.deepEqual(dashboard.templating.list.map((variable) => variable.name), ["node"]);
  for (const [i, a] of dashboard.panels.entries())
    for (const b of dashboard.panels.slice(i + 1)) {
      const [p, q] = [a.gridPos, b.gridPos];
      assert.ok(p.x + p.w <= q.x || q.x + q.w <= p.x || p.y + p.h <= q.y || q.y + q.h <= p.y, `${a.title} and ${b.title} overlap`);
      assert.ok(p.x + p.w <= 24);
    }
  const provider = parse(read("grafana/dashboards/provider.yml")).providers[0];
  assert.equal(provider.type, "file");
  assert.ok(readdirSync(path.join(folder, "grafana/dashboards")).includes("signaling.json"));
});

test("Prometheus' own tool takes every file", () => {
  for (const file of configurations) {
    const run = spawnSync("promtool", ["check", "config", path.join(folder, file)], { encoding: "utf8" });
    assert.equal(run.status, 0, `${run.stdout}${run.stderr}${run.error ?? ""}`);
    assert.match(run.stdout, new RegExp(`SUCCESS: ${alerts.length} rules found`));
  }
});

test("every alert has a name of its own, a severity and a summary", () => {
  assert.equal(new Set(alerts.map((rule) => rule.alert)).size, alerts.length);
  for (const rule of alerts) {
    assert.ok(["critical", "warning"].includes(rule.labels.severity), rule.alert);
    assert.ok(rule.annotations.summary, rule.alert);
  }
});

class Prometheus {
  /** Runs the shipped files, with the nodes of the test as targets and everything in it ten times as fast. */
  static async start(targets, balancer) {
    const prometheus = new Prometheus();
    prometheus.directory = mkdtempSync(path.join(tmpdir(), "signaling-prometheus-"));
    const config = structuredClone(prometheusConfig);
    config.global = { scrape_interval: "500ms", evaluation_interval: "500ms" };
    const nodesJob = config.scrape_configs.find((job) => job.job_name === "signaling");
    nodesJob.static_configs = [{ targets }];
    config.scrape_configs.find((job) => job.job_name === "haproxy").static_configs = [{ targets: [balancer] }];
    writeFileSync(path.join(prometheus.directory, "prometheus.yml"), stringify(config));
    for (const file of config.rule_files) cpSync(path.join(folder, file), path.join(prometheus.directory, file));
    for (let attempt = 0; ; attempt++) {
      const port = await freePort();
      prometheus.url = `http://127.0.0.1:${port}`;
      try {
        await prometheus.run(port);
        return prometheus;
      } catch (error) {
        if (attempt >= 5 || !/in use/.test(prometheus.output)) throw error;
      }
    }
  }

  async run(port) {
    this.output = "";
    this.end = undefined;
    const { directory } = this;
    this.child = spawn("setpriv", ["--pdeathsig", "KILL", "prometheus", `--config.file=${directory}/prometheus.yml`,
      `--storage.tsdb.path=${directory}/data`, `--web.listen-address=127.0.0.1:${port}`, "--log.level=warn"], { stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [this.child.stdout, this.child.stderr]) stream.on("data", (text) => (this.output += text));
    this.ended = new Promise((resolve) => {
      this.child.on("error", (error) => resolve((this.end = String(error))));
      this.child.on("close", (code) => resolve((this.end = `code ${code}`)));
    });
    await eventually("Prometheus is ready", async () => {
      assert.equal(this.end, undefined, `Prometheus ended (package prometheus; tests/run.sh installs it):\n${this.output}`);
      return (await fetch(`${this.url}/-/ready`).catch(() => ({}))).ok;
    }, 20_000);
  }

  async get(what) {
    const body = await (await fetch(`${this.url}/api/v1/${what}`)).json();
    assert.equal(body.status, "success", `${what}: ${body.error}`);
    return body.data;
  }

  async query(expression) {
    return (await this.get(`query?query=${encodeURIComponent(expression)}`)).result;
  }

  /** State of each alert by name: inactive, pending or firing. */
  async alertStates() {
    const { groups } = await this.get("rules");
    const rules = groups.flatMap((group) => group.rules);
    for (const rule of rules) assert.ok(rule.health !== "err", `${rule.name}: ${rule.lastError}`);
    return Object.fromEntries(rules.map((rule) => [rule.name, rule.health === "ok" ? rule.state : "not evaluated"]));
  }

  async stop() {
    this.child.kill("SIGTERM");
    await this.ended;
    rmSync(this.directory, { recursive: true, force: true });
  }
}

test("a real Prometheus scrapes the nodes, answers every query of the dashboard, and raises alerts", async (t) => {
  // Two names of one machine: the label `node` is the host's part of the target.
  const prometheus = await Prometheus.start([`127.0.0.1:${nodes[0].adminPort}`, `localhost:${nodes[1].adminPort}`], `127.0.0.1:${haproxy.port}`);
  t.after(() => prometheus.stop());
  await eventually("both nodes are scraped often enough for rates", async () => {
    const scraped = await prometheus.query('count_over_time(up{job="signaling"}[1m]) > 4');
    return scraped.length === 2 && scraped.every(({ metric }) => ["127.0.0.1", "localhost"].includes(metric.node));
  }, 30_000);

  const silent = [];
  for (const panel of panels)
    for (const target of panel.targets) {
      if ((await prometheus.query(filledIn(target.expr, "10s"))).length === 0) silent.push(`${panel.title}: ${target.expr}`);
    }
  assert.deepEqual(silent, [], "queries without an answer");

  await eventually("all alerts were evaluated", async () => !Object.values(await prometheus.alertStates()).includes("not evaluated"), 10_000);
  const quiet = Object.entries(await prometheus.alertStates()).filter(([, state]) => state !== "inactive");
  assert.deepEqual(quiet, [], "alerts while all is well");

  await redis.kill();
  const raised = async (...names) => {
    const states = await prometheus.alertStates();
    return names.every((name) => states[name] !== "inactive");
  };
  await eventually("alerts that Redis is away", () => raised("SignalingDegraded", "SignalingRedisAway"), 20_000);
  await nodes[1].kill();
  await eventually("an alert that a node is down", () => raised("SignalingNodeDown"), 20_000);
  // Nothing but metrics is to be had from the exporter.
  assert.equal((await fetch(`${haproxy.url}/`)).status, 404);
});
