/** Reads a Go template: text and actions, then the pipelines inside of actions. */
import { type Item, splitActions } from "./go-template-actions.ts";
import { parsePipeline } from "./go-template-pipeline.ts";
import { failAt, type Node } from "./go-template-syntax.ts";

class TemplateParser {
  private position = 0;

  constructor(private readonly items: readonly Item[]) {}

  parse(): readonly Node[] {
    const { nodes, end } = this.parseList();
    if (end !== undefined) throw failAt(end.line, `unexpected {{${end.text}}}`);
    return nodes;
  }

  private parseList(): { readonly nodes: readonly Node[]; readonly end?: Item } {
    const nodes: Node[] = [];
    for (;;) {
      const item = this.items[this.position++];
      if (item === undefined) return { nodes };
      if (item.kind === "text") {
        nodes.push({ kind: "text", text: item.text });
        continue;
      }
      const text = item.text.trim();
      const keyword = /^\w+/.exec(text)?.[0] ?? "";
      if (keyword === "end" || keyword === "else") return { nodes, end: { ...item, text } };
      nodes.push(this.parseAction(keyword, text, item));
    }
  }

  private parseAction(keyword: string, text: string, item: Item): Node {
    if (text === "break" || text === "continue") return { kind: text };
    if (keyword === "if" || keyword === "with" || keyword === "range") {
      return this.parseControl(keyword, text.slice(keyword.length).trim(), item.line);
    }
    if (text === "") throw failAt(item.line, "missing value for command");
    return { kind: "action", pipeline: parsePipeline(text, item.line, "command"), line: item.line };
  }

  private parseControl(kind: "if" | "with" | "range", text: string, line: number): Node {
    const pipeline = parsePipeline(text, line, kind);
    const body = this.parseList();
    let otherwise: readonly Node[] = [];
    if (body.end === undefined) throw failAt(this.lastLine(), "unexpected EOF");
    if (body.end.text.startsWith("else")) {
      const rest = body.end.text.slice(4).trim();
      const nested = /^(if|with)\b/.exec(rest)?.[1] as "if" | "with" | undefined;
      if (nested !== undefined)
        otherwise = [this.parseControl(nested, rest.slice(nested.length).trim(), body.end.line)];
      else {
        const list = this.parseList();
        if (list.end === undefined) throw failAt(this.lastLine(), "unexpected EOF");
        otherwise = list.nodes;
      }
    }
    return { kind, pipeline, body: body.nodes, otherwise, line };
  }

  private lastLine(): number {
    return this.items.at(-1)?.line ?? 1;
  }
}

/** Throws TemplateError. */
export function parseTemplate(text: string): readonly Node[] {
  return new TemplateParser(splitActions(text)).parse();
}
