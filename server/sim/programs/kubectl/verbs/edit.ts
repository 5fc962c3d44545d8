/** `kubectl edit`: an object in an editor, and what changed sent as a patch. */
import type { ApiObject } from "../client/rest-client.ts";
import type { Kubectl } from "../context.ts";
import { asFailure, KubectlError, StatusFailure } from "../errors.ts";
import { compactJson, indentedJson } from "../printers/json.ts";
import { withoutManagedFields } from "../printers/output.ts";
import { collect } from "../resources/select.ts";
import { threeWayPatch } from "../resources/strategic-diff.ts";
import { nameOf, sendObject, type Target } from "../resources/target.ts";
import { emitYaml } from "../yaml/emit.ts";
import { parseYaml } from "../yaml/parse.ts";
import { sendChangeCause } from "./change-cause.ts";
import { fileSelection, ResultPrinter, validationOf, writeQuery } from "./common.ts";
import type { Verb } from "./verb.ts";

const INTRODUCTION = `# Please edit the object below. Lines beginning with a '#' will be ignored,
# and an empty file will abort the edit. If an error occurs while saving this file will be
# reopened with the relevant failures.
#
`;

/** Reopening stops here: an editor that never changes anything would go on forever. */
const MAX_ROUNDS = 50;

export const edit: Verb = {
  words: "edit",
  async run(kubectl) {
    const { flags } = kubectl;
    const { targets, failure } = await collect(kubectl, {
      ...fileSelection(kubectl),
      args: kubectl.args,
      continuesOnError: true,
      isLatest: true,
      subresource: flags.string("subresource"),
    });
    if (failure !== undefined) throw failure;
    if (targets.length === 0) {
      await kubectl.err("Edit cancelled, no objects found.\n");
      return 1;
    }
    return new EditSession(kubectl, targets).run();
  },
};

class EditSession {
  private readonly isJson: boolean;
  private readonly results: ResultPrinter;

  constructor(
    private readonly kubectl: Kubectl,
    private readonly targets: readonly Target[],
  ) {
    this.isJson = kubectl.flags.string("output") === "json";
    this.results = new ResultPrinter(kubectl, "none", { format: "" });
  }

  async run(): Promise<number> {
    const original = this.encode(this.targets.map(({ object }) => withoutManagedFields(object)));
    let text = original;
    let problem = "";
    let path = "";
    for (let round = 0; round < MAX_ROUNDS; round++) {
      path = await this.openEditor(`${INTRODUCTION}${commentOf(problem)}${text}`);
      const edited = this.readEdited(path);
      const isSame = edited === text;
      if (problem !== "" && isSame) return this.giveUp(path);
      if (edited === original) return this.cancel(path, "Edit cancelled, no changes made.");
      const outcome = await this.save(edited);
      if (outcome === undefined) {
        this.kubectl.process.machine.fs.unlink(this.kubectl.process.resolve(path));
        return 0;
      }
      if (outcome.isFinal) return this.keep(path, outcome.message);
      problem = outcome.message;
      text = edited;
    }
    return this.giveUp(path);
  }

  private encode(objects: readonly ApiObject[]): string {
    const [first] = objects;
    const shown =
      objects.length === 1 && first !== undefined
        ? first
        : { apiVersion: "v1", kind: "List", items: objects, metadata: {} };
    return this.isJson ? `${indentedJson(shown)}\n` : emitYaml(shown);
  }

  private async openEditor(text: string): Promise<string> {
    const { process } = this.kubectl;
    const suffix = process.random.text(10, "0123456789").replace(/^0/, "1");
    const path = `${process.env.get("TMPDIR") ?? "/tmp"}/kubectl-edit-${suffix}.${this.isJson ? "json" : "yaml"}`;
    process.machine.fs.writeFile(process.resolve(path), text, { mode: 0o600, as: process.credentials });
    await runEditor(this.kubectl, path);
    return path;
  }

  /** The file without comment lines. */
  private readEdited(path: string): string {
    const text = this.kubectl.process.machine.fs.readText(
      this.kubectl.process.resolve(path),
      this.kubectl.process.credentials,
    );
    return text
      .split("\n")
      .filter((line) => !/^\s*#/.test(line))
      .join("\n");
  }

  private async refuse(message: string): Promise<string> {
    const [target] = this.targets;
    const label = target === undefined ? "" : `${groupResource(target)} ${JSON.stringify(target.name)} is invalid`;
    await this.kubectl.err(`error: ${label}\n`);
    return message === "" ? label : message;
  }

  private async cancel(path: string, message: string): Promise<number> {
    this.kubectl.process.machine.fs.unlink(this.kubectl.process.resolve(path));
    await this.kubectl.err(`${message}\n`);
    return 0;
  }

  private async giveUp(path: string): Promise<number> {
    return this.keep(path, "Edit cancelled, no valid changes were saved.");
  }

  private async keep(path: string, message: string): Promise<number> {
    await this.kubectl.err(`A copy of your changes has been stored to ${JSON.stringify(path)}\nerror: ${message}\n`);
    return 1;
  }

  /** Undefined when saved; else why not, and whether editing ends with it. */
  private async save(text: string): Promise<{ readonly message: string; readonly isFinal: boolean } | undefined> {
    let document: unknown;
    try {
      document = parseYaml(text);
    } catch (error) {
      return {
        message: await this.refuse(`The edited file had a syntax error: ${(error as Error).message}`),
        isFinal: false,
      };
    }
    const edited = ((document as { items?: readonly ApiObject[] } | null)?.items ?? [document]) as readonly ApiObject[];
    for (const [index, target] of this.targets.entries()) {
      const object = edited[index];
      const problem = await this.saveOne(target, object);
      if (problem !== undefined) return problem;
    }
    return undefined;
  }

  private async saveOne(
    target: Target,
    object: ApiObject | undefined,
  ): Promise<{ readonly message: string; readonly isFinal: boolean } | undefined> {
    if (
      object === undefined ||
      object === null ||
      typeof object.kind !== "string" ||
      typeof object.apiVersion !== "string"
    ) {
      return { message: await this.refuse(""), isFinal: false };
    }
    const original = withoutManagedFields(target.object);
    if (object.kind !== original.kind || object.apiVersion !== original.apiVersion || nameOf(object) !== target.name) {
      return { message: "At least one of apiVersion, kind and name was changed", isFinal: true };
    }
    const { contentType, patch } = threeWayPatch(original, object, original);
    const body = compactJson(patch);
    if (body === "{}") {
      await this.kubectl.out(`${target.type.kind.toLowerCase()}/${target.name} skipped\n`);
      return undefined;
    }
    try {
      const query = writeQuery(this.kubectl, "none", validationOf(this.kubectl));
      const subresource = this.kubectl.flags.string("subresource");
      const updated = await sendObject(this.kubectl, "PATCH", target, { query, contentType, body, subresource });
      await sendChangeCause(this.kubectl, target);
      await this.results.print(target.type, target.name, "edited", updated);
      return undefined;
    } catch (error) {
      const failure = asFailure(error);
      if (failure instanceof StatusFailure && failure.isNotFound) return { message: failure.message, isFinal: true };
      return { message: await this.refuse(failure.message), isFinal: false };
    }
  }
}

function groupResource(target: Target): string {
  return target.type.group === "" ? target.type.name : `${target.type.name}.${target.type.group}`;
}

function commentOf(problem: string): string {
  if (problem === "") return "";
  return `${problem
    .split("\n")
    .map((line) => `# ${line}`)
    .join("\n")}\n#\n`;
}

/** Runs $KUBE_EDITOR, $EDITOR or vi; a value with blanks or quotes goes through the shell. */
export async function runEditor(kubectl: Kubectl, path: string): Promise<void> {
  const { process } = kubectl;
  const editor = process.env.get("KUBE_EDITOR") || process.env.get("EDITOR") || "vi";
  const needsShell = /["'\\\s]/.test(editor);
  const shell = process.env.get("SHELL") || "/bin/bash";
  const program = needsShell ? process.findExecutable(shell) : process.findExecutable(editor);
  if (program === undefined) throw new KubectlError(`unable to launch the editor ${JSON.stringify(editor)}`);
  const argv = needsShell ? [shell, "-c", `${editor} ${JSON.stringify(path)}`] : [editor, path];
  const status = await process.spawn(program, argv).exit;
  if (status.kind === "exited" && status.code === 0) return;
  if (needsShell && status.kind === "exited" && status.code === 127)
    throw new KubectlError(`unable to launch the editor ${JSON.stringify(editor)}`);
  throw new KubectlError(`there was a problem with the editor ${JSON.stringify(editor)}`);
}
