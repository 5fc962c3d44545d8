/** Lines matched and laid out: join, comm (coreutils 9.1), column (util-linux), split, tree, envsubst (gettext). */
import { lines, readAll, readAllText } from "../toolkit/input.ts";
import { o } from "../toolkit/options.ts";
import { defineTool, isErrno, quote, ToolError, toolName } from "../toolkit/tool.ts";
import { compareText } from "../coreutils/sort.ts";
import type { Process } from "../../machine/types.ts";

async function allLines(process: Process, operand: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { text } of lines(process, operand)) found.push(text);
  return found;
}

export const comm = defineTool({
  name: "comm",
  options: [
    o("1"),
    o("2"),
    o("3"),
    o("", "output-delimiter", "required"),
    o("", "check-order"),
    o("", "nocheck-order"),
    o("", "total"),
  ],
  async run(process, options) {
    const [first, second] = options.operands;
    if (first === undefined || second === undefined)
      throw new ToolError(
        `missing operand${first === undefined ? "" : ` after '${first}'`}\nTry 'comm --help' for more information.`,
      );
    const left = await allLines(process, first);
    const right = await allLines(process, second);
    const delimiter = options.value("output-delimiter") ?? "\t";
    const hidden = ["1", "2", "3"].map((column) => options.has(column));
    const prefix = [0, 1, 2].map((column) =>
      delimiter.repeat(hidden.slice(0, column).filter((isHidden) => !isHidden).length),
    );
    let out = "";
    const emit = (column: 0 | 1 | 2, text: string): void => {
      if (!hidden[column]) out += `${prefix[column]}${text}\n`;
    };
    let a = 0;
    let b = 0;
    while (a < left.length || b < right.length) {
      const order = a >= left.length ? 1 : b >= right.length ? -1 : compareText(left[a] ?? "", right[b] ?? "");
      if (order < 0) emit(0, left[a++] ?? "");
      else if (order > 0) emit(1, right[b++] ?? "");
      else {
        emit(2, left[a++] ?? "");
        b++;
      }
    }
    await process.stdout.write(out);
    return 0;
  },
});

export const join = defineTool({
  name: "join",
  options: [
    o("1", "", "required"),
    o("2", "", "required"),
    o("j", "", "required"),
    o("t", "", "required"),
    o("a", "", "required"),
    o("v", "", "required"),
    o("e", "", "required"),
    o("o", "", "required"),
    o("i", "ignore-case"),
    o("", "header"),
    o("", "nocheck-order"),
  ],
  async run(process, options) {
    const [first, second] = options.operands;
    if (first === undefined || second === undefined)
      throw new ToolError("missing operand\nTry 'join --help' for more information.");
    const separator = options.value("t");
    const split = (line: string): string[] =>
      separator === undefined ? line.trim().split(/[ \t]+/) : line.split(separator);
    const keyFields = [
      Number(options.value("1") ?? options.value("j") ?? 1),
      Number(options.value("2") ?? options.value("j") ?? 1),
    ];
    const rows = [await allLines(process, first), await allLines(process, second)].map((list, side) =>
      list.map((line) => ({ fields: split(line), key: split(line)[(keyFields[side] ?? 1) - 1] ?? "" })),
    );
    const [left = [], right = []] = rows;
    const glue = separator ?? " ";
    const empty = options.value("e") ?? "";
    const format = options.value("o")?.split(/[ ,]/);
    const rest = (fields: readonly string[], side: 0 | 1): readonly string[] =>
      fields.filter((_, index) => index !== (keyFields[side] ?? 1) - 1);
    const line = (key: string, a: readonly string[] | null, b: readonly string[] | null): string => {
      if (!format) return [key, ...(a ? rest(a, 0) : []), ...(b ? rest(b, 1) : [])].join(glue);
      return format
        .map((item) => (item === "0" ? key : ((item.startsWith("1.") ? a : b)?.[Number(item.slice(2)) - 1] ?? empty)))
        .join(glue);
    };
    const unpaired = [...options.values("a"), ...options.values("v")];
    const onlyUnpaired = options.has("v");
    let out = "";
    const usedRight = new Set<number>();
    for (const { key, fields } of left) {
      let isPaired = false;
      right.forEach((other, index) => {
        if (other.key !== key) return;
        isPaired = true;
        usedRight.add(index);
        if (!onlyUnpaired) out += `${line(key, fields, other.fields)}\n`;
      });
      if (!isPaired && unpaired.includes("1")) out += `${line(key, fields, null)}\n`;
    }
    if (unpaired.includes("2"))
      for (const [index, { key, fields }] of right.entries())
        if (!usedRight.has(index)) out += `${line(key, null, fields)}\n`;
    await process.stdout.write(out);
    return 0;
  },
});

export const column = defineTool({
  name: "column",
  options: [
    o("t", "table"),
    o("s", "separator", "required"),
    o("o", "output-separator", "required"),
    o("N", "table-columns", "required"),
    o("n", "", "required"),
    o("c", "output-width", "required"),
    o("x"),
    o("e"),
    o("R", "table-right", "required"),
    o("J", "json"),
  ],
  async run(process, options) {
    const input: string[] = [];
    for (const operand of options.operands.length === 0 ? ["-"] : options.operands)
      input.push(...(await allLines(process, operand)));
    const filled = input.filter((text) => text.trim() !== "");
    if (!options.has("table")) {
      const width = Math.max(...filled.map((text) => text.length), 0) + 1;
      const cell = Math.ceil(width / 8) * 8;
      const columns = Math.max(
        1,
        Math.floor(Number(options.value("output-width") ?? process.stdout.file.tty?.size.columns ?? 80) / cell),
      );
      const rows = Math.ceil(filled.length / columns);
      let out = "";
      for (let row = 0; row < rows; row++) {
        const cells = Array.from({ length: columns }, (_, index) => filled[index * rows + row]).filter(
          (text): text is string => text !== undefined,
        );
        out += `${cells.map((text, index) => (index === cells.length - 1 ? text : text + "\t".repeat(Math.ceil((cell - text.length) / 8)))).join("")}\n`;
      }
      await process.stdout.write(out);
      return 0;
    }
    const separator = options.value("separator");
    const table = filled.map((text) =>
      separator === undefined
        ? text.trim().split(/[ \t]+/)
        : text.split(new RegExp(`[${separator.replace(/[\]\\^-]/g, "\\$&")}]`)),
    );
    const names = options.value("table-columns");
    if (names !== undefined) table.unshift(names.split(","));
    const count = Math.max(0, ...table.map((row) => row.length));
    const widths = Array.from({ length: count }, (_, index) =>
      Math.max(...table.map((row) => row[index]?.length ?? 0)),
    );
    const glue = options.value("output-separator") ?? "  ";
    const out = table.map((row) =>
      row
        .map((text, index) =>
          index === row.length - 1 && index === count - 1 ? text : text.padEnd(widths[index] ?? 0),
        )
        .join(glue),
    );
    await process.stdout.write(out.map((text) => `${text}\n`).join(""));
    return 0;
  },
});

export const split = defineTool({
  name: "split",
  options: [
    o("l", "lines", "required"),
    o("b", "bytes", "required"),
    o("d", "numeric-suffixes"),
    o("a", "suffix-length", "required"),
    o("", "additional-suffix", "required"),
    o("n", "number", "required"),
  ],
  digitsAre: "lines",
  async run(process, options) {
    const [file = "-", prefix = "x"] = options.operands;
    const content = await readAll(process, file);
    const parts: Uint8Array[] = [];
    const bytes = options.value("bytes");
    if (bytes !== undefined) {
      const size = Number.parseInt(bytes, 10) * (/[kK]/.test(bytes) ? 1024 : /[mM]/.test(bytes) ? 1024 ** 2 : 1);
      for (let at = 0; at < content.length; at += size) parts.push(content.subarray(at, at + size));
    } else {
      const size = Number(options.value("lines") ?? 1000);
      let start = 0;
      let count = 0;
      content.forEach((byte, index) => {
        if (byte === 10 && ++count % size === 0) {
          parts.push(content.subarray(start, index + 1));
          start = index + 1;
        }
      });
      if (start < content.length) parts.push(content.subarray(start));
    }
    const length = Number(options.value("suffix-length") ?? 2);
    const suffix = (index: number): string => {
      if (options.has("numeric-suffixes")) return String(index).padStart(length, "0");
      let text = "";
      let rest = index;
      for (let position = 0; position < length; position++) {
        text = String.fromCharCode(97 + (rest % 26)) + text;
        rest = Math.floor(rest / 26);
      }
      return text;
    };
    parts.forEach((part, index) => {
      process.machine.fs.writeFile(
        process.resolve(`${prefix}${suffix(index)}${options.value("additional-suffix") ?? ""}`),
        part,
        { as: process.credentials },
      );
    });
    return 0;
  },
});

export const tree = defineTool({
  name: "tree",
  options: [
    o("a"),
    o("d"),
    o("L", "", "required"),
    o("f"),
    o("i"),
    o("F"),
    o("", "noreport"),
    o("I", "", "required"),
    o("C"),
    o("n"),
    o("", "dirsfirst"),
  ],
  async run(process, options) {
    const { fs } = process.machine;
    let folders = 0;
    let files = 0;
    const limit = Number(options.value("L") ?? Number.POSITIVE_INFINITY);
    const walk = (path: string, indent: string, depth: number): string => {
      if (depth >= limit) return "";
      const names = fs.readdir(path, process.credentials).filter((name) => options.has("a") || !name.startsWith("."));
      const entries = names
        .map((name) => ({
          name,
          path: `${path === "/" ? "" : path}/${name}`,
          stat: fs.lstat(`${path === "/" ? "" : path}/${name}`),
        }))
        .filter(({ stat }) => !options.has("d") || stat.kind === "directory");
      return entries
        .map(({ name, path: child, stat }, index) => {
          const isLast = index === entries.length - 1;
          if (stat.kind === "directory") folders++;
          else files++;
          const target = stat.kind === "symlink" ? ` -> ${fs.readlink(child)}` : "";
          const below = stat.kind === "directory" ? walk(child, indent + (isLast ? "    " : "│   "), depth + 1) : "";
          return `${indent}${isLast ? "└── " : "├── "}${name}${target}\n${below}`;
        })
        .join("");
    };
    for (const operand of options.operands.length === 0 ? ["."] : options.operands) {
      try {
        await process.stdout.write(`${operand}\n${walk(process.resolve(operand), "", 0)}`);
      } catch (error) {
        if (!isErrno(error) || error.code === "EPIPE") throw error;
        await process.stdout.write(`${operand}  [error opening dir]\n`);
      }
    }
    if (!options.has("noreport")) {
      const report = `\n${folders} director${folders === 1 ? "y" : "ies"}`;
      await process.stdout.write(
        options.has("d") ? `${report}\n` : `${report}, ${files} file${files === 1 ? "" : "s"}\n`,
      );
    }
    return 0;
  },
});

export const envsubst = defineTool({
  name: "envsubst",
  options: [o("v", "variables"), o("h", "help"), o("V", "version")],
  async run(process, options) {
    const format = options.operands[0];
    const named = (text: string): readonly string[] =>
      [...text.matchAll(/\$\{?([A-Za-z_]\w*)\}?/g)].map((match) => match[1] ?? "");
    if (options.has("variables")) {
      await process.stdout.write(
        named(format ?? "")
          .map((name) => `${name}\n`)
          .join(""),
      );
      return 0;
    }
    const allowed = format === undefined ? null : new Set(named(format));
    const text = await readAllText(process, "-");
    const replaced = text.replace(
      /\$([A-Za-z_]\w*)|\$\{([A-Za-z_]\w*)\}/g,
      (whole, plain: string | undefined, braced: string | undefined) => {
        const name = plain ?? braced ?? "";
        return allowed && !allowed.has(name) ? whole : (process.env.get(name) ?? "");
      },
    );
    await process.stdout.write(replaced);
    return 0;
  },
});

export const dd = {
  name: "dd",
  async run(process: Process): Promise<number> {
    const values = new Map(
      process.argv.slice(1).map((word) => [word.split("=")[0] ?? "", word.slice(word.indexOf("=") + 1)]),
    );
    const size = (text: string): number =>
      Number.parseInt(text, 10) *
      ({ K: 1024, k: 1024, M: 1024 ** 2, G: 1024 ** 3 }[/[KkMG]/.exec(text)?.[0] ?? ""] ?? 1);
    const block = size(values.get("bs") ?? "512");
    const count = values.has("count") ? Number(values.get("count")) : Number.POSITIVE_INFINITY;
    const from = values.get("if");
    try {
      const file =
        from === undefined
          ? process.stdin.file
          : process.machine.fs.open(process.resolve(from), "r", { as: process.credentials });
      const out = values.get("of");
      const target =
        out === undefined
          ? process.stdout.file
          : process.machine.fs.open(process.resolve(out), "w", { as: process.credentials });
      let blocks = 0;
      let bytes = 0;
      let left = size(values.get("skip") ?? "0") * block;
      while (blocks < count) {
        const part = await file.read(Math.min(block, 1024 ** 2), process.interruption);
        if (part.length === 0) break;
        if (left > 0) {
          left -= part.length;
          continue;
        }
        await target.write(part, process.interruption);
        bytes += part.length;
        blocks++;
        await process.clock.breathe();
      }
      if (from !== undefined) file.release();
      if (out !== undefined) target.release();
      if (values.get("status") !== "none") {
        const full = Math.floor(bytes / block);
        const partial = bytes % block === 0 ? 0 : 1;
        await process.stderr.write(
          `${full}+${partial} records in\n${full}+${partial} records out\n${bytes} bytes copied, 0.00012 s, ${(bytes / 0.00012 / 1e6).toFixed(1)} MB/s\n`,
        );
      }
      return 0;
    } catch (error) {
      if (!isErrno(error) || error.code === "EPIPE") throw error;
      await process.stderr.write(`${toolName(process)}: failed to open ${quote(from ?? "")}: ${error.message}\n`);
      return 1;
    }
  },
};
