// Configurations for tests of plugins/rate_limit: lists of tables cannot be given with --set.

import { writeFileSync } from "node:fs";
import path from "node:path";

import { temporaryDirectory } from "./redis.mjs";

let files = 0;

/**
 * @param {object} options
 * @param {object[]} options.rules        as [[plugins.rate_limit.rules]]
 * @param {object} [options.keys]         further keys of [plugins.rate_limit]
 * @param {string[]} [options.middleware] what runs, in this order
 * @param {string} [options.rest]         TOML of other tables
 * @param {string} [options.file]         a file to write anew
 * @returns {string} path of the file
 */
export function rateLimitConfig({ rules, keys = {}, middleware = ["rate_limit"], rest = "", file }) {
  const lines = (table) => Object.entries(table).map(([key, value]) => `${key} = ${JSON.stringify(value)}`);
  const target = file ?? path.join(temporaryDirectory(), `rate_limit_${++files}.toml`);
  writeFileSync(target, [
    "[plugins]",
    'directories = ["plugins", "tests/plugins"]',
    'applications = ["echo_application"]',
    `middleware = ${JSON.stringify(middleware)}`,
    "[plugins.rate_limit]",
    ...lines(keys),
    ...rules.flatMap((rule) => ["[[plugins.rate_limit.rules]]", ...lines(rule)]),
    rest,
  ].join("\n"));
  return target;
}
