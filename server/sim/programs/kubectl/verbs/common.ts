/** Options and messages that many verbs share. */
import type { ApiObject, Query } from "../client/rest-client.ts";
import { klogHeader, type Kubectl } from "../context.ts";
import { KubectlError } from "../errors.ts";
import { outputPrinter, TemplateFailure, type ObjectPrinter, type OutputOptions } from "../printers/output.ts";
import type { ResourceType } from "../resources/discovery.ts";
import { printedKind } from "../resources/discovery.ts";
import type { Selection } from "../resources/select.ts";
import type { DryRun } from "./verb.ts";

/** Reads `--dry-run`; a bare flag or a boolean still means client, with a log line. */
export async function dryRunOf(kubectl: Kubectl): Promise<DryRun> {
  if (!kubectl.flags.set.byName.has("dry-run")) return "none";
  const value = kubectl.flags.string("dry-run");
  if (value === "none" || value === "client" || value === "server") return value;
  const deprecated = (text: string) => kubectl.err(`${klogHeader("W", kubectl.process)}helpers.go:719] ${text}\n`);
  if (value === "unchanged") {
    await deprecated("--dry-run is deprecated and can be replaced with --dry-run=client.");
    return "client";
  }
  if (/^(1|t|T|TRUE|true|True)$/.test(value)) {
    await deprecated(`--dry-run=${value} is deprecated (boolean value) and can be replaced with --dry-run=client.`);
    return "client";
  }
  if (/^(0|f|F|FALSE|false|False)$/.test(value)) {
    await deprecated(`--dry-run=${value} is deprecated (boolean value) and can be replaced with --dry-run=none.`);
    return "none";
  }
  throw new KubectlError(`Invalid dry-run value (${value}). Must be "none", "server", or "client".`);
}

/** ` (dry run)`, ` (server dry run)` or nothing. */
export function dryRunSuffix(dryRun: DryRun): string {
  return dryRun === "client" ? " (dry run)" : dryRun === "server" ? " (server dry run)" : "";
}

/** Query parameters of a change. */
export function writeQuery(kubectl: Kubectl, dryRun: DryRun, fieldValidation?: string): Query {
  const query: (readonly [string, string])[] = [];
  if (dryRun === "server") query.push(["dryRun", "All"]);
  const manager = kubectl.flags.string("field-manager");
  if (manager !== "") query.push(["fieldManager", manager]);
  if (fieldValidation !== undefined) query.push(["fieldValidation", fieldValidation]);
  return query;
}

/** `--validate`: what the server is asked to do about unknown fields. Throws for other words. */
export function validationOf(kubectl: Kubectl): "Strict" | "Warn" | "Ignore" {
  const value = kubectl.flags.string("validate");
  switch (value) {
    case "true":
    case "strict":
      return "Strict";
    case "warn":
      return "Warn";
    case "false":
    case "ignore":
      return "Ignore";
    default:
      if (/^(1|t|T|TRUE|True)$/.test(value)) return "Strict";
      if (/^(0|f|F|FALSE|False)$/.test(value)) return "Ignore";
      throw new KubectlError(
        `invalid - validate option "${value}"; must be one of: strict (or true), warn, ignore (or false)`,
      );
  }
}

/** The file flags of a command as a selection. */
export function fileSelection(kubectl: Kubectl): Pick<Selection, "filenames" | "kustomize" | "isRecursive"> {
  return {
    filenames: kubectl.flags.list("filename"),
    kustomize: kubectl.flags.string("kustomize"),
    isRecursive: kubectl.flags.bool("recursive"),
  };
}

/** Whether no file was named: kubectl's IsFilenameSliceEmpty. */
export function hasNoFiles(kubectl: Kubectl): boolean {
  return kubectl.flags.list("filename").length === 0 && kubectl.flags.string("kustomize") === "";
}

/** Says what was done to an object: `deployment.apps/web created`, or the object in the format of `-o`. */
export class ResultPrinter {
  private readonly printer: ObjectPrinter | undefined;

  constructor(
    private readonly kubectl: Kubectl,
    private readonly dryRun: DryRun,
    options: OutputOptions = {},
  ) {
    this.printer = outputPrinter(kubectl, options);
  }

  get isSilent(): boolean {
    return this.printer !== undefined;
  }

  async print(
    type: Pick<ResourceType, "group" | "kind">,
    name: string,
    operation: string,
    object: ApiObject,
  ): Promise<void> {
    if (this.printer === undefined) {
      await this.kubectl.out(
        `${printedKind(type.group, type.kind)}/${name} ${operation}${dryRunSuffix(this.dryRun)}\n`,
      );
    } else {
      await printWith(this.kubectl, this.printer, object);
    }
  }
}

/** Prints one object; what a failing template printed first goes out too. */
export async function printWith(kubectl: Kubectl, printer: ObjectPrinter, object: ApiObject): Promise<void> {
  try {
    await kubectl.out(printer.print(object));
  } catch (error) {
    if (error instanceof TemplateFailure) await kubectl.out(error.output);
    throw error;
  }
}
