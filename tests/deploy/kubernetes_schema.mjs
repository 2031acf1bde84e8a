// Holds a Kubernetes object to the published schema of its kind, and finds keys that the schema does not have: a mistyped probe
// is otherwise no probe, and nobody is told.

import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

/** @returns {string[]} what is wrong with the object, by path; empty where nothing is */
export function schemaProblems(object) {
  const { apiVersion, kind } = object;
  let model;
  try {
    model = require(`kubernetes-models/${apiVersion}`)[kind];
  } catch {
    // Said below.
  }
  if (!model) return [`no schema of ${apiVersion} ${kind}`];
  // The compiled schema reads every key that it knows, and all keys of free maps such as labels: what it never reads, it does
  // not know.
  const read = new Set();
  const problems = [];
  try {
    model.prototype.validate.call(watched(object, "", read));
  } catch (error) {
    problems.push(error.message);
  }
  for (const path of paths(object, "")) if (!read.has(path)) problems.push(`${path}: the schema has no such key`);
  return problems;
}

/** The value, with the path of everything that is read from it put into `read`. */
function watched(value, path, read) {
  if (value === null || typeof value !== "object") return value;
  return new Proxy(value, {
    get(target, key) {
      const below = target[key];
      if (typeof key === "symbol" || !Object.hasOwn(target, key)) return below;
      read.add(`${path}/${key}`);
      return watched(below, `${path}/${key}`, read);
    },
  });
}

/** Paths of all values, those of objects and lists included. */
function* paths(value, path) {
  if (value === null || typeof value !== "object") return;
  for (const [key, below] of Object.entries(value)) {
    yield `${path}/${key}`;
    yield* paths(below, `${path}/${key}`);
  }
}
