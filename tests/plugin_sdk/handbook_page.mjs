// The files and commands of a page of the handbook (core/plugin_api/*.md), out of its fenced blocks.

import assert from "node:assert/strict";

const fileLanguages = ["cmake", "cpp", "gdb", "js", "toml"];

/**
 * A block of `cmake`, `cpp`, `gdb`, `js` or `toml` is a file: the text before it ends with its name, as in "`chat.cpp`:", or names it in the
 * sentence that leads there. `sh` is run. `text` is for people. Anything else is refused, so that no snippet goes unseen.
 * @param {string} text  of the page
 * @returns {{files: Map<string, {language: string, text: string}>, commands: string[]}}
 */
export function readPage(text) {
  const page = { files: new Map(), commands: [] };
  let before = "";
  const pieces = text.split(/^```/m);
  assert.equal(pieces.length % 2, 1, "a block has no end");
  for (const [index, piece] of pieces.entries()) {
    if (index % 2 === 0) {
      before = piece;
      continue;
    }
    const language = /^\w*/.exec(piece)[0];
    const body = piece.slice(piece.indexOf("\n") + 1);
    if (language === "text") continue;
    if (language === "sh") {
      page.commands.push(body);
      continue;
    }
    assert.ok(fileLanguages.includes(language), `a block is of "${language}": cmake, cpp, gdb, js, toml, sh or text`);
    // The last paragraph before the block.
    const lead = before.trimEnd().split(/\n\s*\n/).at(-1);
    const name = [...lead.matchAll(/`([\w.]+\.(?:cmake|cpp|gdb|hpp|mjs|toml|txt))`/g)].at(-1)?.[1];
    assert.ok(name && before.trimEnd().endsWith(":"), `no file is named before the block:\n${body.slice(0, 200)}`);
    assert.ok(!page.files.has(name), `${name} is there twice`);
    page.files.set(name, { language, text: body });
  }
  return page;
}
