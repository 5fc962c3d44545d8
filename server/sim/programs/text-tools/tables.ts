/** Laid out text: column (util-linux), tree, envsubst (gettext). */
import { lines, readAllText } from "../toolkit/input.ts";
import { o } from "../toolkit/options.ts";
import { defineTool, isErrno } from "../toolkit/tool.ts";
import type { Process } from "../../machine/types.ts";

async function allLines(process: Process, operand: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { text } of lines(process, operand)) found.push(text);
  return found;
}

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
