// What may not change between two descriptions of the border (describe.mjs).

/** Each interface, struct, enum and constant by its first line's name. */
function entriesOf(description) {
  const entries = new Map();
  let name;
  for (const line of description.trimEnd().split("\n")) {
    if (!line.startsWith(" ")) name = /^\w+ ([\w:]*\w)/.exec(line)[1];
    entries.set(name, [...(entries.get(name) ?? []), line]);
  }
  return entries;
}

function differences(before, after) {
  return [...before.filter((line) => !after.includes(line)).map((line) => `    - ${line.trim()}`),
    ...after.filter((line) => !before.includes(line)).map((line) => `    + ${line.trim()}`)].join("\n");
}

/** What of the older one has changed or is gone in the newer one: none of it may, within a major version. */
export function changes(older, newer) {
  const after = entriesOf(newer);
  return [...entriesOf(older)].flatMap(([name, lines]) => {
    const now = after.get(name);
    if (!now) return [`${name} is gone`];
    return lines.join("\n") === now.join("\n") ? [] : [`${name} has changed:\n${differences(lines, now) || "    other order"}`];
  });
}

/** What is in the newer one alone. */
export function additions(older, newer) {
  const before = entriesOf(older);
  return [...entriesOf(newer).keys()].filter((name) => !before.has(name)).map((name) => `${name} is new`);
}
