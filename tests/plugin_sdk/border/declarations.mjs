// Finds what crosses the border in the text of its headers: names alone. What they mean to a compiler is asked of one (describe.mjs),
// which also refuses a name that was misread.

import assert from "node:assert/strict";

/** Comments and lines of the preprocessor become blanks. */
function plain(text) {
  return text.replace(/\/\/.*|\/\*[^]*?\*\/|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/g, (match) => (match[0] === "/" ? " " : match))
    .replace(/^[ \t]*#(?:.*\\\n)*.*$/gm, "");
}

/** Place behind what closes the bracket at `at`. */
function behind(text, at) {
  const open = text[at];
  const close = { "{": "}", "(": ")" }[open];
  let depth = 0;
  for (let i = at; i < text.length; i++) {
    if (text[i] === '"' || text[i] === "'") {
      const quote = text[i++];
      for (; text[i] !== quote; i++) if (text[i] === "\\") i++;
    } else if (text[i] === open) {
      depth++;
    } else if (text[i] === close && --depth === 0) {
      return i + 1;
    }
  }
  throw new Error(`no end of: ${text.slice(at, at + 80)}`);
}

/** Declarations of one scope: `head`, and `body` where braces follow that are no initialiser; `tail` is behind them. */
function* declarationsOf(text) {
  let at = 0;
  while (at < text.length) {
    let end = at;
    let body;
    for (; end < text.length && text[end] !== ";"; ) {
      if (text[end] === "(") {
        end = behind(text, end);
      } else if (text[end] === "{") {
        const head = text.slice(at, end);
        const isType = /^\s*(?:(?:public|protected|private)\s*:\s*)*(?:inline\s+)?(?:namespace|class|struct|enum|union|extern)\b/.test(head);
        const close = behind(text, end);
        if (isType || (/\)/.test(head) && !/=[^=()]*$/.test(head.replace(/\([^]*\)/, "")))) {
          body = { head, text: text.slice(end + 1, close - 1), isType };
          end = close;
          break;
        }
        end = close;
      } else {
        end++;
      }
    }
    if (body && (!body.isType || /^\s*(?:inline\s+)?(?:namespace|extern)\b/.test(body.head))) {
      yield { head: body.head, body: body.text, tail: "" };
      at = end;
      continue;
    }
    const stop = text.indexOf(";", end);
    const tail = stop === -1 ? "" : text.slice(end, stop);
    if (body) yield { head: body.head, body: body.text, tail };
    else yield { head: text.slice(at, end), tail: "" };
    at = stop === -1 ? text.length : stop + 1;
  }
}

const tidy = (text) => text.replace(/\b(?:public|protected|private)\s*:(?!:)/g, " ").replace(/\[\[[^\]]*\]\]/g, " ").replace(/\s+/g, " ").trim();

/** Name of a variable or field: `char name[64]`, `T name = {}`, `void (*name)(T)`. */
function variableName(declaration) {
  const pointer = /\(\s*\*\s*(\w+)\s*\)/.exec(declaration);
  if (pointer) return pointer[1];
  return /(\w+)\s*(?:\[[^\]]*\]\s*)*$/.exec(declaration.replace(/\s*(?:=|\{)[^]*$/, ""))?.[1];
}

/**
 * @param {string} header  text of a header
 * @returns {{classes: {name: string, bases: string, isStruct: boolean, virtuals: string[], fields: string[]}[],
 *   enums: {name: string, isScoped: boolean, values: string[]}[], constants: string[]}}
 *   names with their scopes inside the namespace of the border; a class without virtuals and fields is told as well
 */
export function readDeclarations(header) {
  const found = { classes: [], enums: [], constants: [] };
  const read = (text, scope, owner) => {
    for (const { head, body, tail } of declarationsOf(text)) {
      const declaration = tidy(head);
      if (/^(?:template|using|friend|typedef|static_assert|constexpr|consteval)\b/.test(declaration) || declaration === "") continue;
      const namespace = /^(?:inline )?namespace\s*([\w:]*)/.exec(declaration);
      if (namespace) {
        if (!/(^|::)detail$/.test(namespace[1])) read(body, namespace[1] === "signaling::plugin_api" ? "" : `${scope}${namespace[1]}::`, undefined);
        continue;
      }
      const enumeration = body !== undefined && /^enum (?:class |struct )?(\w+)/.exec(declaration);
      const type = body !== undefined && /^(?:class|struct) (\w+)(?: final)?(?: ?: ?(.*))?$/.exec(declaration);
      if (enumeration) {
        const values = body.split(",").map((value) => tidy(value).replace(/\s*=[^]*$/, "")).filter(Boolean);
        found.enums.push({ name: scope + enumeration[1], isScoped: /^enum (?:class|struct) /.test(declaration), values });
      } else if (type) {
        const one = { name: scope + type[1], bases: (type[2] ?? "").replaceAll("public ", ""), isStruct: declaration.startsWith("struct"), virtuals: [], fields: [] };
        found.classes.push(one);
        read(body, `${scope}${type[1]}::`, one);
      }
      if (enumeration || type) {
        const name = variableName(tidy(tail));
        if (name) owner.fields.push(name);
        continue;
      }
      if (/^virtual\b/.test(declaration)) {
        const name = /(~?\w+)\s*\($/.exec(declaration.slice(0, declaration.indexOf("(") + 1))[1];
        assert.ok(!owner.virtuals.includes(name), `${owner.name}::${name} is overloaded: give one of them a name of its own`);
        owner.virtuals.push(name);
      } else if (/^(?:static |inline )?(?:static |inline )?constexpr\b/.test(declaration) && !/^[^=]*\(/.test(declaration)) {
        found.constants.push(scope + variableName(declaration));
      } else if (owner && body === undefined && !/^(?:class|struct|enum|static)\b/.test(declaration) && (!/\(/.test(declaration.replace(/\s*=[^]*$/, "")) || /\(\s*\*/.test(declaration))) {
        owner.fields.push(variableName(declaration));
      }
    }
  };
  const text = plain(header);
  read(text, "", undefined);
  const virtuals = found.classes.reduce((sum, { virtuals: names }) => sum + names.length, 0);
  const words = text.match(/\bvirtual\b/g)?.length ?? 0;
  assert.equal(virtuals, words, "virtual functions that were not understood");
  return found;
}
