/** `kubectl explain`: fields and their documentation, from the API's own schema. */
import { definition, definitionOfKind, type DefinitionSchema, type FieldSchema } from "../../../kube/kinds/schema.ts";
import type { Kubectl } from "../context.ts";
import { KubectlError } from "../errors.ts";
import type { ResourceType } from "../resources/discovery.ts";
import type { Verb } from "./verb.ts";

type Descriptions = typeof import("../../../kube/kinds/descriptions.ts");

const WIDTH = 76;

export const explain: Verb = {
  words: "explain",
  async run(kubectl) {
    const { args, flags } = kubectl;
    if (args.length === 0) {
      throw kubectl.usage(
        'You must specify the type of resource to explain. Use "kubectl api-resources" for a complete list of supported resources.\n',
      );
    }
    if (args.length > 1) throw kubectl.usage("We accept only this format: explain RESOURCE\n");
    const [word = "", ...path] = (args[0] ?? "").replace(/\.$/, "").split(".");
    const { type, fieldPath } = await findType(kubectl, word, path);
    const schema = definitionOfKind(type.group, type.version, type.kind);
    if (schema === undefined)
      throw new KubectlError(`couldn't find resource for "${type.group}/${type.version}, Kind=${type.kind}"`);
    const descriptions = await kubectl.process.clock.hold(import("../../../kube/kinds/descriptions.ts"));
    const view = new SchemaView(descriptions, flags.bool("recursive"));
    await kubectl.out(view.page(type, schema, fieldPath));
    return 0;
  },
};

/** `deployments.apps.spec` may name a group; the longest name that is a type wins. */
async function findType(
  kubectl: Kubectl,
  word: string,
  path: readonly string[],
): Promise<{ readonly type: ResourceType; readonly fieldPath: readonly string[] }> {
  const version = kubectl.flags.string("api-version");
  const type = await kubectl.withDiscovery(async (discovery) => {
    if (version === "") return discovery.require(word);
    const slash = version.indexOf("/");
    const qualified =
      slash < 0 ? `${word}.${version}.` : `${word}.${version.slice(slash + 1)}.${version.slice(0, slash)}`;
    return discovery.require(qualified);
  });
  return { type, fieldPath: path };
}

/** Walks the schema and writes kubectl's plain text page. */
class SchemaView {
  constructor(
    private readonly descriptions: Descriptions,
    private readonly isRecursive: boolean,
  ) {}

  page(type: ResourceType, root: DefinitionSchema, path: readonly string[]): string {
    let owner: DefinitionSchema | undefined = root;
    let field: FieldSchema | undefined;
    let text = this.documentation(root.name);
    for (const name of path) {
      field = owner?.fields[name];
      if (owner === undefined || field === undefined)
        throw new KubectlError(`field ${JSON.stringify(name)} does not exist`);
      const own = this.fieldDocumentation(owner.name, name);
      owner = structOf(field);
      const inner = owner === undefined ? "" : this.documentation(owner.name);
      text = [own, inner].filter((part) => part !== "").join("\n");
    }
    const head = `${type.group === "" ? "" : `GROUP:      ${type.group}\n`}KIND:       ${type.kind}\nVERSION:    ${type.version}\n\n`;
    const shown = field === undefined ? "" : fieldHead(path.at(-1) ?? "", field);
    const body = `DESCRIPTION:\n${indent(`${wrap(text === "" ? "<empty>" : text)}\n`, 4)}\n`;
    return `${head}${shown}${body}${this.fieldList(owner)}\n`;
  }

  private documentation(name: string): string {
    return this.descriptions.describeDefinition(name)?.description ?? "";
  }

  private fieldDocumentation(owner: string, name: string): string {
    return this.descriptions.describeDefinition(owner)?.fields[name] ?? "";
  }

  private fieldList(owner: DefinitionSchema | undefined): string {
    if (owner === undefined || Object.keys(owner.fields).length === 0) return "";
    if (this.isRecursive) return `FIELDS:\n${this.tree(owner, 2, [])}`;
    const rows = Object.entries(owner.fields).map(([name, field]) => {
      const required = owner.required.includes(name) ? " -required-" : "";
      const values = field.enum === undefined ? "" : `  enum: ${[...field.enum].sort().join(", ")}\n`;
      const text = wrap(this.fieldDocumentation(owner.name, name) || "<no description>");
      return `  ${name}\t<${typeText(field)}>${required}\n${values}${indent(text, 4)}\n\n`;
    });
    return `FIELDS:\n${rows.join("")}`;
  }

  private tree(owner: DefinitionSchema, depth: number, above: readonly string[]): string {
    return Object.entries(owner.fields)
      .map(([name, field]) => {
        const required = owner.required.includes(name) ? " -required-" : "";
        const values =
          field.enum === undefined ? "" : `${" ".repeat(depth)}enum: ${[...field.enum].sort().join(", ")}\n`;
        const inner = structOf(field);
        const isKnown = inner !== undefined && !above.includes(inner.name);
        const below = isKnown ? this.tree(inner, depth + 2, [...above, inner.name]) : "";
        return `${" ".repeat(depth)}${name}\t<${typeText(field)}>${required}\n${values}${below}`;
      })
      .join("");
  }
}

function fieldHead(name: string, field: FieldSchema): string {
  const values =
    field.enum === undefined
      ? "\n"
      : `ENUM:\n${[...field.enum]
          .sort()
          .map((value) => `    ${value}\n`)
          .join("")}`;
  return `FIELD: ${name} <${typeText(field)}>\n${values}\n`;
}

/** The struct a field holds, alone, in a list or in a map. */
function structOf(field: FieldSchema): DefinitionSchema | undefined {
  const inner = field.items ?? field.values;
  if (inner !== undefined) return structOf(inner);
  return field.ref === undefined ? undefined : definition(field.ref);
}

function typeText(field: FieldSchema): string {
  if (field.items !== undefined) return `[]${typeText(field.items)}`;
  if (field.values !== undefined) return `map[string]${typeText(field.values)}`;
  if (field.ref !== undefined) {
    const known = definition(field.ref);
    // A named string (a time) is shown as what it is.
    if (known?.format === "date-time") return "string";
    return field.ref.split(".").at(-1) ?? field.ref;
  }
  return field.type === "any" || field.type === undefined ? "Object" : field.type;
}

function indent(text: string, spaces: number): string {
  return text
    .split("\n")
    .map((line) => " ".repeat(spaces) + line)
    .join("\n");
}

/** Breaks lines at blanks before column 76; blanks at line starts stay (go-wordwrap). */
function wrap(text: string): string {
  let out = "";
  let width = 0;
  let space = "";
  let word = "";
  const flush = () => {
    width += space.length + word.length;
    out += space + word;
    space = "";
    word = "";
  };
  for (const char of text) {
    if (char === "\n") {
      if (word === "" && width + space.length > WIDTH) space = "";
      flush();
      out += "\n";
      width = 0;
    } else if (char === " " || char === "\t") {
      if (space === "" || word !== "") flush();
      space += char;
    } else {
      word += char;
      if (width + word.length + space.length > WIDTH && word.length < WIDTH) {
        out += "\n";
        width = 0;
        space = "";
      }
    }
  }
  if (word === "" && width + space.length > WIDTH) return out;
  return out + space + word;
}
