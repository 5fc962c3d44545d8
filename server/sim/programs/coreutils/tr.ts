import { chunks } from "../toolkit/input.ts";
import { o } from "../toolkit/options.ts";
import { defineTool, quoted, ToolError } from "../toolkit/tool.ts";
import { expandSet } from "./character-set.ts";

const HINT = "\nTry 'tr --help' for more information.";

/** coreutils 9.1 and busybox: tr. Works on bytes. */
export const tr = defineTool({
  name: "tr",
  usage: "Usage: tr [OPTION]... STRING1 [STRING2]\nTranslate, squeeze, and/or delete characters from standard input.",
  options: [
    o("c", "complement"),
    o("C", "complement"),
    o("d", "delete"),
    o("s", "squeeze-repeats"),
    o("t", "truncate-set1"),
  ],
  stopsAtOperand: true,
  async run(process, options) {
    const [first, second, extra] = options.operands;
    const deletes = options.has("delete");
    const squeezes = options.has("squeeze-repeats");
    if (first === undefined) throw new ToolError(`missing operand${HINT}`);
    if (second === undefined && !deletes && !squeezes) {
      throw new ToolError(`missing operand after ${quoted(first)}\nTwo strings must be given when translating.${HINT}`);
    }
    if (second === undefined && deletes && squeezes) {
      throw new ToolError(
        `missing operand after ${quoted(first)}\nTwo strings must be given when both deleting and squeezing repeats.${HINT}`,
      );
    }
    if (second !== undefined && deletes && !squeezes) {
      throw new ToolError(
        `extra operand ${quoted(second)}\nOnly one string may be given when deleting without squeezing repeats.${HINT}`,
      );
    }
    if (extra !== undefined) throw new ToolError(`extra operand ${quoted(extra)}${HINT}`);

    let from = expandSet(first);
    if (options.has("complement")) {
      const inside = new Set(from);
      from = Array.from({ length: 256 }, (_, code) => code).filter((code) => !inside.has(code));
    }
    const translates = !deletes && second !== undefined;
    const to = second === undefined ? [] : expandSet(second, from.length);
    if (translates && to.length === 0) throw new ToolError("when not truncating set1, string2 must be non-empty");
    const map = translates ? translation(from, to, options.has("truncate-set1")) : null;
    const deleted = new Set(deletes ? from : []);
    const squeezed = new Set(squeezes ? (second === undefined ? from : to) : []);
    let previous = -1;
    for await (const bytes of chunks(process, "-")) {
      const out = new Uint8Array(bytes.length);
      let length = 0;
      for (const byte of bytes) {
        if (deleted.has(byte)) continue;
        const mapped = map ? (map[byte] ?? byte) : byte;
        if (mapped === previous && squeezed.has(mapped)) continue;
        previous = mapped;
        out[length++] = mapped;
      }
      await process.stdout.write(out.subarray(0, length));
    }
    return 0;
  },
});

function translation(from: readonly number[], to: readonly number[], truncates: boolean): Uint8Array {
  const map = Uint8Array.from({ length: 256 }, (_, code) => code);
  const last = to.at(-1) ?? 0;
  from.forEach((code, index) => {
    const target = to[index];
    if (target !== undefined) map[code] = target;
    else if (!truncates) map[code] = last;
  });
  return map;
}
