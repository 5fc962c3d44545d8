import { lines, OutputBuffer } from "../toolkit/input.ts";
import { o } from "../toolkit/options.ts";
import { defineTool } from "../toolkit/tool.ts";
import { reportOpenFailure } from "./open-failure.ts";

/** coreutils 9.1 and busybox: uniq. */
export const uniq = defineTool({
  name: "uniq",
  usage: "Usage: uniq [OPTION]... [INPUT [OUTPUT]]\nFilter adjacent matching lines from INPUT.",
  options: [
    o("c", "count"),
    o("d", "repeated"),
    o("D"),
    o("u", "unique"),
    o("i", "ignore-case"),
    o("f", "skip-fields", "required"),
    o("s", "skip-chars", "required"),
    o("w", "check-chars", "required"),
    o("z", "zero-terminated"),
  ],
  async run(process, options) {
    const [input = "-", destination] = options.operands;
    const separator = options.has("zero-terminated") ? "\0" : "\n";
    const key = keyOf({
      fields: Number(options.value("skip-fields") ?? 0),
      chars: Number(options.value("skip-chars") ?? 0),
      width: options.has("check-chars") ? Number(options.value("check-chars")) : undefined,
      ignoresCase: options.has("ignore-case"),
    });
    const output = new OutputBuffer(process);
    let collected = "";
    const write = async (text: string): Promise<void> => {
      if (destination === undefined) await output.write(text);
      else collected += text;
    };
    const emit = async (group: readonly string[]): Promise<void> => {
      const first = group[0];
      if (first === undefined) return;
      const isRepeated = group.length > 1;
      if (options.has("D")) {
        if (isRepeated) for (const line of group) await write(line + separator);
        return;
      }
      if (options.has("repeated") && !isRepeated) return;
      if (options.has("unique") && isRepeated) return;
      const count = options.has("count") ? `${String(group.length).padStart(7)} ` : "";
      await write(count + first + separator);
    };
    try {
      let group: string[] = [];
      for await (const { text } of lines(process, input, separator)) {
        if (group[0] !== undefined && key(group[0]) !== key(text)) {
          await emit(group);
          group = [];
        }
        group.push(text);
      }
      await emit(group);
    } catch (error) {
      return reportOpenFailure(process, input, error);
    }
    await output.flush();
    if (destination !== undefined) {
      process.machine.fs.writeFile(process.resolve(destination), collected, { as: process.credentials });
    }
    return 0;
  },
});

function keyOf(style: { fields: number; chars: number; width: number | undefined; ignoresCase: boolean }) {
  return (line: string): string => {
    let rest = line;
    for (let field = 0; field < style.fields; field++) rest = rest.replace(/^[ \t]*[^ \t]*/, "");
    rest = rest.slice(style.chars);
    if (style.width !== undefined) rest = rest.slice(0, style.width);
    return style.ignoresCase ? rest.toLowerCase() : rest;
  };
}
