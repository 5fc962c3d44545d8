/** The printer that `-o` names, or what is wrong with the name. */
import type { ApiObject } from "../client/rest-client.ts";
import type { Kubectl } from "../context.ts";
import { KubectlError } from "../errors.ts";
import { listItems } from "../resources/select.ts";
import { printedKind } from "../resources/discovery.ts";
import { nameOf, withMetadata } from "../resources/target.ts";
import { emitYaml } from "../yaml/emit.ts";
import { goSyntax, goValue } from "./go-format.ts";
import { GoTemplate } from "./go-template.ts";
import { TemplateError } from "./go-template-syntax.ts";
import { compactJson, indentedJson } from "./json.ts";
import { JsonPath, JsonPathError, relaxedPath } from "./jsonpath.ts";
import { emitKyaml } from "./kyaml.ts";
import { TabWriter } from "./tabwriter.ts";

export interface ObjectPrinter {
  print(object: ApiObject): string;
  /** What is left after the last object (tables of custom columns). */
  finish(): string;
}

export interface OutputOptions {
  /** `get` also has tables; others have not. */
  readonly hasTables?: boolean;
  /** Objects that stand for Go structs keep their order of fields in JSON. */
  readonly keepsOrder?: boolean;
  /** Overrides `--output`. */
  readonly format?: string;
}

const COMMON = [
  "go-template",
  "go-template-file",
  "json",
  "jsonpath",
  "jsonpath-as-json",
  "jsonpath-file",
  "kyaml",
  "name",
  "template",
  "templatefile",
  "yaml",
];
const TABLES = ["custom-columns", "custom-columns-file", "wide"];
/** All that `get` prints in. */
export const GET_FORMATS: readonly string[] = [...COMMON, ...TABLES];
const TEMPLATES = [
  "jsonpath-as-json",
  "jsonpath-file",
  "jsonpath",
  "go-template-file",
  "go-template",
  "templatefile",
  "template",
];

/** The allowed formats in the order of the error message. */
function allowedFormats(hasTables: boolean): string {
  return [...COMMON, ...(hasTables ? TABLES : [])].sort().join(",");
}

/** Undefined when `-o` is empty or `wide`: the verb prints in its own way. Throws KubectlError. */
export function outputPrinter(kubectl: Kubectl, options: OutputOptions = {}): ObjectPrinter | undefined {
  const format = options.format ?? kubectl.flags.string("output");
  const template = kubectl.flags.string("template");
  if (format === "" && template !== "" && !kubectl.flags.isChanged("output")) {
    return goTemplatePrinter(kubectl, template);
  }
  if (format === "" || (format === "wide" && options.hasTables)) return undefined;
  const showsManagedFields = kubectl.flags.bool("show-managed-fields");
  const trim = (object: ApiObject) => (showsManagedFields ? object : withoutManagedFields(object));
  switch (format.toLowerCase()) {
    case "json":
      return simple((object) => `${indentedJson(trim(object), "    ", !options.keepsOrder)}\n`);
    case "yaml":
      return yamlPrinter(trim);
    case "kyaml":
      return simple((object) => emitKyaml(trim(object)));
    case "name":
      return simple((object) => printNames(object));
    default:
  }
  const equals = format.indexOf("=");
  const kind = equals < 0 ? format : format.slice(0, equals);
  const value = equals < 0 ? "" : format.slice(equals + 1);
  if (TEMPLATES.includes(kind)) return templatePrinter(kubectl, kind, value || template);
  if (options.hasTables && kind.startsWith("custom-columns")) return columnsPrinter(kubectl, kind, value);
  throw new KubectlError(
    `unable to match a printer suitable for the output format ${JSON.stringify(format)}, allowed formats are: ${allowedFormats(options.hasTables ?? false)}`,
  );
}

function simple(print: (object: ApiObject) => string): ObjectPrinter {
  return { print, finish: () => "" };
}

function yamlPrinter(trim: (object: ApiObject) => ApiObject): ObjectPrinter {
  let count = 0;
  return simple((object) => `${count++ > 0 ? "---\n" : ""}${emitYaml(trim(object))}`);
}

/** Hides `metadata.managedFields`, in lists too. */
export function withoutManagedFields(object: ApiObject): ApiObject {
  const own =
    object.metadata?.["managedFields"] === undefined ? object : withMetadata(object, { managedFields: undefined });
  const items = own["items"];
  return Array.isArray(items) ? { ...own, items: (items as readonly ApiObject[]).map(withoutManagedFields) } : own;
}

function printNames(object: ApiObject): string {
  if (Array.isArray(object["items"]) && (object.kind ?? "").endsWith("List"))
    return listItems(object).map(printNames).join("");
  const apiVersion = object.apiVersion ?? "";
  const group = apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "";
  return `${printedKind(group, object.kind ?? "<unknown>")}/${nameOf(object)}\n`;
}

// ------------------------------------------------------------------ templates

function templatePrinter(kubectl: Kubectl, kind: string, value: string): ObjectPrinter {
  if (value === "") throw new KubectlError("template format specified but no template given");
  const isFile = kind.endsWith("file");
  const template = isFile ? readTemplate(kubectl, value) : value;
  return kind.startsWith("jsonpath")
    ? jsonPathPrinter(kubectl, template, kind === "jsonpath-as-json")
    : goTemplatePrinter(kubectl, template);
}

function readTemplate(kubectl: Kubectl, path: string): string {
  try {
    return kubectl.process.machine.fs.readText(kubectl.process.resolve(path), kubectl.process.credentials);
  } catch (error) {
    const reason = (error as Error).message;
    throw new KubectlError(
      `error reading --template ${path}, open ${path}: ${reason.charAt(0).toLowerCase()}${reason.slice(1)}`,
    );
  }
}

function jsonPathPrinter(kubectl: Kubectl, template: string, asJson: boolean): ObjectPrinter {
  const parser = attempt(
    () => new JsonPath(template, kubectl.flags.bool("allow-missing-template-keys")),
    (message) => `error parsing jsonpath ${template}, ${message}`,
  );
  return simple((object) =>
    attempt(
      () => parser.execute(object, asJson),
      (message) =>
        `error executing jsonpath ${JSON.stringify(template)}: Error executing template: ${message}. Printing more information for debugging the template:\n\ttemplate was:\n\t\t${template}\n\tobject given to jsonpath engine was:\n\t\t${goSyntax(object)}\n\n\n`,
    ),
  );
}

function attempt<T>(work: () => T, explain: (message: string) => string): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof JsonPathError || error instanceof TemplateError)
      throw new KubectlError(explain(error.message));
    throw error;
  }
}

/** Printed on stdout before the error, as the real printer does. */
export class TemplateFailure extends KubectlError {
  constructor(
    message: string,
    readonly output: string,
  ) {
    super(message);
  }
}

function goTemplatePrinter(kubectl: Kubectl, template: string): ObjectPrinter {
  const parsed = attempt(
    () => new GoTemplate(template, kubectl.flags.bool("allow-missing-template-keys")),
    (message) => `error parsing template ${template}, ${message}`,
  );
  return simple((object) => {
    try {
      return parsed.execute(object);
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      const details = `Error executing template: ${error.message}. Printing more information for debugging the template:\n\ttemplate was:\n\t\t${template}\n\traw data was:\n\t\t${compactJson(object)}\n\n\tobject given to template engine was:\n\t\t${goValue(object)}\n\n`;
      throw new TemplateFailure(`error executing template ${JSON.stringify(template)}: ${error.message}`, details);
    }
  });
}

// ------------------------------------------------------------- custom columns

interface CustomColumn {
  readonly header: string;
  readonly path: JsonPath;
}

function columnsPrinter(kubectl: Kubectl, kind: string, spec: string): ObjectPrinter {
  if (spec === "") throw new KubectlError("custom-columns format specified but no custom columns given");
  const columns = kind === "custom-columns-file" ? columnsFromFile(kubectl, spec) : parseColumns(spec);
  const writer = new TabWriter();
  if (!kubectl.flags.bool("no-headers")) writer.write(`${columns.map(({ header }) => header).join("\t")}\n`);
  const printOne = (object: ApiObject) => {
    const cells = columns.map(({ path }) => {
      const values = attempt(
        () => path.find(object),
        (message) => message,
      );
      if (values.length === 0 || (values[0] ?? []).length === 0) return "<none>";
      return values.flat().map(goValue).join(",");
    });
    writer.write(`${cells.join("\t")}\n`);
  };
  return {
    print: (object) => {
      const isList = Array.isArray(object["items"]) && (object.kind ?? "").endsWith("List");
      for (const item of isList ? listItems(object) : [object]) printOne(item);
      return "";
    },
    finish: () => writer.flush(),
  };
}

function parseColumns(spec: string): readonly CustomColumn[] {
  return spec.split(",").map((part) => {
    const colon = part.indexOf(":");
    if (colon < 0)
      throw new KubectlError(`unexpected custom-columns spec: ${part}, expected <header>:<json-path-expr>`);
    return column(part.slice(0, colon), part.slice(colon + 1));
  });
}

function column(header: string, path: string): CustomColumn {
  return attempt(
    () => ({ header, path: new JsonPath(relaxedPath(path)) }),
    (message) => message,
  );
}

function columnsFromFile(kubectl: Kubectl, path: string): readonly CustomColumn[] {
  const [headers = "", fields = ""] = readTemplate(kubectl, path).split("\n");
  const names = headers.split(/\s+/).filter((word) => word !== "");
  const paths = fields.split(/\s+/).filter((word) => word !== "");
  if (names.length !== paths.length) {
    throw new KubectlError(
      `number of headers (${names.length}) and field specifications (${paths.length}) don't match`,
    );
  }
  return names.map((name, index) => column(name, paths[index] ?? ""));
}
