// The Kubernetes manifests: right by the published schemas, in agreement with each other and with the configuration that they
// carry, and that configuration runs.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import test from "node:test";

import { parseAllDocuments } from "yaml";

import { RedisServer } from "../support/redis.mjs";
import { eventually, repository, startServer } from "../support/server.mjs";
import { binary, effectiveConfiguration, longestStop, seconds } from "./effective_configuration.mjs";
import { schemaProblems } from "./kubernetes_schema.mjs";

const folder = path.join(repository, "deploy/kubernetes");

function documents(file) {
  return parseAllDocuments(readFileSync(path.join(folder, file), "utf8")).map((document) => {
    assert.deepEqual(document.errors, [], file);
    return document.toJS();
  });
}

const files = readdirSync(folder).filter((file) => file.endsWith(".yaml") && file !== "kustomization.yaml");
const objects = files.flatMap(documents);
const [kustomization] = documents("kustomization.yaml");

function find(kind, name) {
  const found = objects.filter((object) => object.kind === kind && object.metadata.name === name);
  assert.equal(found.length, 1, `${kind} ${name}: ${found.length} of them`);
  return found[0];
}

const node = find("Deployment", "signaling");
const container = node.spec.template.spec.containers[0];
const secret = find("Secret", "signaling-redis").stringData;
const redisUrl = new URL(secret.REDIS_URL);

/** The environment that the Deployment gives to its container, and nothing else. */
function containerEnvironment() {
  return Object.fromEntries(container.env.map(({ name, valueFrom: { fieldRef, secretKeyRef } }) => {
    if (fieldRef) return [name, "signaling-5f6b-abcde"];
    assert.equal(secretKeyRef.name, "signaling-redis");
    return [name, secret[secretKeyRef.key]];
  }));
}

const configuration = () => effectiveConfiguration(path.join(folder, "signaling.toml"), containerEnvironment());

/** True where every label wanted is there. */
const selects = (wanted, labels) => Object.keys(wanted).length > 0 && Object.entries(wanted).every(([key, value]) => labels[key] === value);

test("every object is right by the schema of its kind", () => {
  assert.ok(objects.length >= 7);
  assert.deepEqual(objects.flatMap((object) => schemaProblems(object).map((problem) => `${object.kind} ${object.metadata.name}: ${problem}`)), []);
});

test("the schemas find what is mistyped, missing or of the wrong type", () => {
  const broken = structuredClone(node);
  broken.spec.template.spec.containers[0].readinesProbe = { httpGet: { path: "/", port: 1 } };
  broken.spec.template.spec.containers[0].ports[0].containerPort = "http";
  delete broken.spec.selector;
  const problems = schemaProblems(broken).join("\n");
  assert.match(problems, /readinesProbe: the schema has no such key/);
  assert.match(problems, /containerPort must be integer/);
  assert.match(problems, /required property selector/);
  assert.deepEqual(schemaProblems({ apiVersion: "apps/v1", kind: "Deploymend" }), ["no schema of apps/v1 Deploymend"]);
});

test("kustomization.yaml names each file, and no file that is not there", () => {
  const optional = ["horizontal_pod_autoscaler.yaml"];
  assert.deepEqual([...kustomization.resources, ...optional].sort(), files.sort());
  for (const { files: sources } of kustomization.configMapGenerator) for (const file of sources) assert.ok(existsSync(path.join(folder, file)), file);
  assert.deepEqual(kustomization.images.map((image) => image.name), [container.image]);
  for (const object of objects) assert.equal(object.metadata.namespace, undefined, `${object.kind} ${object.metadata.name}`);
});

test("selectors find the pods that are meant, and no others", () => {
  const deployments = objects.filter((object) => object.kind === "Deployment");
  const selected = (selector) => deployments.filter((each) => selects(selector, each.spec.template.metadata.labels)).map((each) => each.metadata.name);
  for (const each of deployments) assert.deepEqual(selected(each.spec.selector.matchLabels), [each.metadata.name]);
  for (const name of ["signaling", "signaling-redis"]) assert.deepEqual(selected(find("Service", name).spec.selector), [name]);
  assert.deepEqual(selected(find("PodDisruptionBudget", "signaling").spec.selector.matchLabels), ["signaling"]);
  for (const spread of node.spec.template.spec.topologySpreadConstraints) assert.deepEqual(selected(spread.labelSelector.matchLabels), ["signaling"]);
  const target = find("HorizontalPodAutoscaler", "signaling").spec.scaleTargetRef;
  assert.equal(find(target.kind, target.name).apiVersion, target.apiVersion);
});

test("ports that are named are there, and the server listens on them", () => {
  for (const service of objects.filter((object) => object.kind === "Service")) {
    const pod = find("Deployment", service.metadata.name).spec.template.spec.containers[0];
    for (const port of service.spec.ports) assert.ok(pod.ports.some(({ name }) => name === port.targetPort), `${service.metadata.name}: ${port.targetPort}`);
  }
  const values = configuration();
  const port = (name) => container.ports.find((each) => each.name === name).containerPort;
  assert.equal(port("http"), values["listen.port"]);
  assert.equal(port("admin"), values["admin.port"]);
  // The kubelet asks from outside of the pod.
  assert.equal(values["admin.address"], "0.0.0.0");
  for (const probe of ["startupProbe", "readinessProbe", "livenessProbe"]) assert.equal(container[probe].httpGet.port, "admin", probe);
  const { annotations } = node.spec.template.metadata;
  assert.equal(annotations["prometheus.io/port"], String(values["admin.port"]));
});

test("what is mounted, referred to and passed on exists", () => {
  const { volumes } = node.spec.template.spec;
  const [generated] = kustomization.configMapGenerator;
  for (const mount of container.volumeMounts) assert.ok(volumes.some(({ name }) => name === mount.name), mount.name);
  const mount = container.volumeMounts.find(({ name }) => name === volumes.find((volume) => volume.configMap?.name === generated.name).name);
  assert.deepEqual(container.args, ["--config", `${mount.mountPath}/${generated.files[0]}`]);
  for (const pod of [container, find("Deployment", "signaling-redis").spec.template.spec.containers[0]])
    for (const { valueFrom } of pod.env) if (valueFrom.secretKeyRef) assert.ok(secret[valueFrom.secretKeyRef.key], valueFrom.secretKeyRef.key);
  const redis = find("Service", redisUrl.hostname);
  assert.equal(Number(redisUrl.port), redis.spec.ports[0].port);
  assert.equal(redisUrl.password, secret.REDIS_PASSWORD);
  assert.equal(configuration()["node.name"], containerEnvironment().POD_NAME);
});

test("the time-outs of pod and server fit each other", () => {
  const values = configuration();
  const { terminationGracePeriodSeconds: grace } = node.spec.template.spec;
  assert.ok(grace > longestStop(values), `a node may take ${longestStop(values)} s to stop, and is killed after ${grace} s`);
  // The balancer must have noticed before the listener closes.
  const { readinessProbe, startupProbe } = container;
  const noticed = readinessProbe.periodSeconds * readinessProbe.failureThreshold + readinessProbe.timeoutSeconds;
  assert.ok(seconds(values["drain.readiness_wait"]) > noticed, `readiness is lost after ${noticed} s`);
  assert.ok(startupProbe.periodSeconds * startupProbe.failureThreshold > 2 * seconds(values["plugins.start_timeout"]));
  assert.equal(Number(container.resources.requests.cpu), values["listen.workers"]);
  // Never fewer nodes than wanted while a new version rolls, and never the whole set at once.
  assert.deepEqual(node.spec.strategy.rollingUpdate, { maxUnavailable: 0, maxSurge: 1 });
  assert.equal(find("PodDisruptionBudget", "signaling").spec.maxUnavailable, 1);
});

test("a node without rights it does not need", () => {
  for (const { spec } of objects.filter((object) => object.kind === "Deployment").map((each) => each.spec.template)) {
    assert.equal(spec.securityContext.runAsNonRoot, true);
    assert.ok(spec.securityContext.runAsUser > 0);
    assert.equal(spec.automountServiceAccountToken, false);
    for (const each of spec.containers) {
      assert.equal(each.securityContext.readOnlyRootFilesystem, true);
      assert.equal(each.securityContext.allowPrivilegeEscalation, false);
      assert.deepEqual(each.securityContext.capabilities, { drop: ["ALL"] });
      assert.ok(each.resources.limits.memory && each.resources.requests.cpu);
    }
  }
});

test("the configuration passes --check with what the Deployment passes on, and not with less", () => {
  const check = (env) => spawnSync(binary, ["--config", path.join(folder, "signaling.toml"), "--check"], { encoding: "utf8", env });
  assert.equal(check(containerEnvironment()).status, 0, check(containerEnvironment()).stderr);
  for (const missing of Object.keys(containerEnvironment())) {
    const { [missing]: _, ...rest } = containerEnvironment();
    const run = check(rest);
    assert.equal(run.status, 1);
    assert.match(run.stderr, new RegExp(missing));
  }
});

test("two nodes of the configuration find each other, and answer the probes", async (t) => {
  const redis = await RedisServer.start({ password: secret.REDIS_PASSWORD });
  t.after(() => redis.stop());
  const nodes = [];
  for (const name of ["signaling-a", "signaling-b"]) {
    const started = await startServer({
      config: path.join(folder, "signaling.toml"),
      set: { "admin.address": "127.0.0.1", ...("drain.readiness_wait" in configuration() ? { "drain.readiness_wait": "0s" } : {}) },
      env: { POD_NAME: name, REDIS_URL: redis.url(), ADMIN_TOKEN: secret.ADMIN_TOKEN },
    });
    t.after(() => started.stop());
    nodes.push(started);
  }
  for (const started of nodes) {
    await eventually("the nodes know of each other", async () => (await started.metric("signaling_plugin_redis_adapter_nodes_alive")) === 2, 15_000);
    for (const probe of ["startupProbe", "readinessProbe", "livenessProbe"])
      assert.equal((await fetch(started.adminUrl + container[probe].httpGet.path)).status, 200, probe);
  }
  assert.equal((await (await fetch(`${nodes[0].adminUrl}/readyz`)).json()).node, "signaling-a");
});

test("kubectl renders it where kubectl is", { skip: spawnSync("kubectl", ["version", "--client"]).status !== 0 && "no kubectl here" }, () => {
  const run = spawnSync("kubectl", ["kustomize", folder], { encoding: "utf8" });
  assert.equal(run.status, 0, run.stderr);
  const rendered = parseAllDocuments(run.stdout).map((document) => document.toJS());
  assert.deepEqual(rendered.flatMap(schemaProblems), []);
  const map = rendered.find((object) => object.kind === "ConfigMap");
  assert.equal(map.data["signaling.toml"], readFileSync(path.join(folder, "signaling.toml"), "utf8"));
  const mounted = rendered.find((object) => object.kind === "Deployment" && object.metadata.name === "signaling").spec.template.spec.volumes[0].configMap.name;
  assert.equal(mounted, map.metadata.name);
});
