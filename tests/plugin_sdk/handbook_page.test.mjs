// Blocks of the handbook are files, commands or text for people, and nothing goes unseen.

import assert from "node:assert/strict";
import { test } from "node:test";

import { readPage } from "./handbook_page.mjs";

const fence = "```";
const block = (language, body) => `${fence}${language}\n${body}\n${fence}\n`;

test("files are named by what leads to them", () => {
  const { files, commands } = readPage(`# Page

\`a.cpp\`:

${block("cpp", "int a;")}
Some text. \`b.toml\`, which tells \`plugins\` of it:

${block("toml", "[x]")}
${block("sh", "true")}
${block("text", "picture")}`);
  assert.deepEqual([...files], [["a.cpp", { language: "cpp", text: "int a;\n" }], ["b.toml", { language: "toml", text: "[x]\n" }]]);
  assert.deepEqual(commands, ["true\n"]);
});

test("what nobody would build is refused", () => {
  assert.throws(() => readPage(`Like this:\n\n${block("cpp", "int a;")}`), /no file is named/);
  assert.throws(() => readPage(`\`a.cpp\`:\n\nThen:\n\n${block("cpp", "int a;")}`), /no file is named/);
  assert.throws(() => readPage(block("", "int a;")), /a block is of ""/);
  assert.throws(() => readPage(`\`a.cpp\`:\n\n${block("cpp", "int a;")}\n\`a.cpp\`:\n\n${block("cpp", "int b;")}`), /twice/);
  assert.throws(() => readPage(`${fence}sh\ntrue\n`), /no end/);
});
