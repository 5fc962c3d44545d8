/** `kubectl explain`: fields and their documentation, from the API's own schema. */
import { definition, definitionOfKind, type DefinitionSchema, type FieldSchema } from "../../../kube/kinds/schema.ts";
import type { Kubectl } from "../context.ts";
import { KubectlError } from "../errors.ts";
import type { ResourceType } from "../resources/discovery.ts";
import { openApiSource, type SchemaSource } from "../resources/open-api-source.ts";
import type { Verb } from "./verb.ts";

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
    const { type, fieldPath } = await findType(kubectl, (args[0] ?? "").replace(/\.$/, ""));
    const { source, root } = await schemaOf(kubectl, type);
    const view = new SchemaView(source, flags.bool("recursive"));
    await kubectl.out(view.page(type, root, fieldPath));
    return 0;
  },
};

/** Built-in kinds are in kubectl's own tables; of others the server's document is asked. */
async function schemaOf(
  kubectl: Kubectl,
  type: ResourceType,
): Promise<{ readonly source: SchemaSource; readonly root: DefinitionSchema }> {
  const descriptions = await kubectl.process.clock.hold(import("../../../kube/kinds/descriptions.ts"));
  const builtIn = { definition, describe: descriptions.describeDefinition };
  const known = definitionOfKind(type.group, type.version, type.kind);
  if (known !== undefined) return { source: builtIn, root: known };
  const document = await kubectl.client().request("GET", `/openapi/v3/apis/${type.group}/${type.version}`);
  const found = openApiSource(document, type, builtIn);
  if (found === undefined) {
    throw new KubectlError(`GVR (${type.group}/${type.version}, Resource=${type.name}) not found in OpenAPI schema`);
  }
  return found;
}

/** `deployments.apps.spec` may name a group: the first type whose plural and group the words begin with is meant. */
async function findType(
  kubectl: Kubectl,
  words: string,
): Promise<{ readonly type: ResourceType; readonly fieldPath: readonly string[] }> {
  const version = kubectl.flags.string("api-version");
  const [word = "", ...path] = words.split(".");
  return kubectl.withDiscovery(async (discovery) => {
    if (version !== "") {
      const slash = version.indexOf("/");
      const qualified =
        slash < 0 ? `${word}.${version}.` : `${word}.${version.slice(slash + 1)}.${version.slice(0, slash)}`;
      return { type: await discovery.require(qualified), fieldPath: path };
    }
    const type = await discovery.require(word);
    const spelled = (await discovery.types()).find(
      ({ name, group }) => name === word && group !== "" && `${words}.`.startsWith(`${name}.${group}.`),
    );
    if (spelled === undefined) return { type, fieldPath: path };
    return { type: spelled, fieldPath: path.slice(spelled.group.split(".").length) };
  });
}

/** Walks the schema and writes kubectl's plain text page. */
class SchemaView {
  constructor(
    private readonly source: SchemaSource,
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
      owner = this.structOf(field);
      const inner = owner === undefined ? "" : this.documentation(owner.name);
      text = [own, inner].filter((part) => part !== "").join("\n");
    }
    const head = `${type.group === "" ? "" : `GROUP:      ${type.group}\n`}KIND:       ${type.kind}\nVERSION:    ${type.version}\n\n`;
    const shown = field === undefined ? "" : fieldHead(path.at(-1) ?? "", field);
    const body = `DESCRIPTION:\n${indent(`${wrap(text === "" ? "<empty>" : text)}\n`, 4)}\n`;
    return `${head}${shown}${body}${this.fieldList(owner)}\n`;
  }

  /** The struct a field holds, alone, in a list or in a map. */
  private structOf(field: FieldSchema): DefinitionSchema | undefined {
    const inner = field.items ?? field.values;
    if (inner !== undefined) return this.structOf(inner);
    return field.ref === undefined ? undefined : this.source.definition(field.ref);
  }

  private documentation(name: string): string {
    return this.source.describe(name)?.description ?? "";
  }

  private fieldDocumentation(owner: string, name: string): string {
    return this.source.describe(owner)?.fields[name] ?? "";
  }

  private fieldList(owner: DefinitionSchema | undefined): string {
    if (owner === undefined || Object.keys(owner.fields).length === 0) return "";
    if (this.isRecursive) return `FIELDS:\n${this.tree(owner, 2, [])}`;
    const rows = Object.entries(owner.fields).map(([name, field]) => {
      const required = owner.required.includes(name) ? " -required-" : "";
      const values = field.enum === undefined ? "" : `  ${choices(field.enum)}\n`;
      const text = wrap(this.fieldDocumentation(owner.name, name) || "<no description>");
      return `  ${name}\t<${typeText(field)}>${required}\n${values}${indent(text, 4)}\n\n`;
    });
    return `FIELDS:\n${rows.join("")}`;
  }

  private tree(owner: DefinitionSchema, depth: number, above: readonly string[]): string {
    return Object.entries(owner.fields)
      .map(([name, field]) => {
        const required = owner.required.includes(name) ? " -required-" : "";
        const values = field.enum === undefined ? "" : `${" ".repeat(depth)}${choices(field.enum)}\n`;
        const inner = this.structOf(field);
        const isKnown = inner !== undefined && !above.includes(inner.name);
        const below = isKnown ? this.tree(inner, depth + 2, [...above, inner.name]) : "";
        return `${" ".repeat(depth)}${name}\t<${typeText(field)}>${required}\n${values}${below}`;
      })
      .join("");
  }
}

/** The list of fields shows that many values of an enumeration. */
const SHOWN_CHOICES = 4;

function choices(values: readonly string[]): string {
  const sorted = [...values].sort().map((value) => value || '""');
  const more = sorted.length > SHOWN_CHOICES ? ", ...." : "";
  return `enum: ${sorted.slice(0, SHOWN_CHOICES).join(", ")}${more}`;
}

function fieldHead(name: string, field: FieldSchema): string {
  const values =
    field.enum === undefined
      ? "\n"
      : `ENUM:\n${[...field.enum]
          .sort()
          .map((value) => `    ${value || '""'}\n`)
          .join("")}`;
  return `FIELD: ${name} <${typeText(field)}>\n${values}\n`;
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
