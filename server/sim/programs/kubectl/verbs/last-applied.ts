/** `kubectl apply view-last-applied|set-last-applied|edit-last-applied`. */
import type { Kubectl } from "../context.ts";
import { KubectlError } from "../errors.ts";
import { compactJson, indentedJson } from "../printers/json.ts";
import { lastApplied, LAST_APPLIED, withLastApplied } from "../resources/last-applied.ts";
import { collect, visit } from "../resources/select.ts";
import { getObject, sendObject, stringMap } from "../resources/target.ts";
import { emitYaml } from "../yaml/emit.ts";
import { parseYaml } from "../yaml/parse.ts";
import { dryRunOf, fileSelection, hasNoFiles, ResultPrinter } from "./common.ts";
import { runEditor } from "./edit.ts";
import type { ApiObject } from "../client/rest-client.ts";
import type { Verb } from "./verb.ts";

const view: Verb = {
  words: "apply view-last-applied",
  async run(kubectl) {
    const { flags } = kubectl;
    const output = flags.string("output");
    if (output !== "yaml" && output !== "json") {
      throw kubectl.usage(`Unexpected -o output mode: ${output}, the flag 'output' must be one of yaml|json`);
    }
    const { targets, failure } = await collect(kubectl, {
      ...fileSelection(kubectl),
      args: kubectl.args,
      labelSelector: flags.string("selector"),
      selectAll: flags.bool("all"),
      isLatest: true,
    });
    if (failure !== undefined) throw failure;
    for (const target of targets) {
      const applied = lastApplied(target.object);
      if (applied === undefined) continue;
      await kubectl.out(output === "json" ? `${indentedJson(applied, "  ")}\n` : emitYaml(applied));
    }
    return 0;
  },
};

const set: Verb = {
  words: "apply set-last-applied",
  async run(kubectl) {
    const dryRun = await dryRunOf(kubectl);
    if (hasNoFiles(kubectl)) throw new KubectlError("must specify one of -f and -k");
    const results = new ResultPrinter(kubectl, dryRun);
    for await (const item of visit(kubectl, { ...fileSelection(kubectl), continuesOnError: true })) {
      if (item instanceof Error) throw item;
      const current = await getObject(kubectl, item.type, item.namespace, item.name);
      if (stringMap(current, "annotations")[LAST_APPLIED] === undefined && !kubectl.flags.bool("create-annotation")) {
        throw new KubectlError(
          `no last-applied-configuration annotation found on resource: ${item.name}, to create the annotation, run the command with --create-annotation`,
        );
      }
      const annotation = stringMap(withLastApplied(item.object), "annotations")[LAST_APPLIED];
      const body = compactJson({ metadata: { annotations: { [LAST_APPLIED]: annotation } } });
      const isSame = stringMap(current, "annotations")[LAST_APPLIED] === annotation;
      const updated =
        dryRun === "client" || isSame
          ? current
          : await sendObject(kubectl, "PATCH", item, {
              query: dryRun === "server" ? [["dryRun", "All"]] : [],
              contentType: "application/merge-patch+json",
              body,
            });
      await results.print(item.type, item.name, "configured", updated);
    }
    return 0;
  },
};

const edit: Verb = {
  words: "apply edit-last-applied",
  async run(kubectl) {
    const { targets, failure } = await collect(kubectl, {
      ...fileSelection(kubectl),
      args: kubectl.args,
      isLatest: true,
    });
    if (failure !== undefined) throw failure;
    for (const target of targets) await editOne(kubectl, target);
    return 0;
  },
};

async function editOne(
  kubectl: Kubectl,
  target: Awaited<ReturnType<typeof collect>>["targets"][number],
): Promise<void> {
  const { process } = kubectl;
  const applied = lastApplied(target.object);
  if (applied === undefined) {
    throw new KubectlError(
      `no last-applied-configuration annotation found on resource: ${target.name}, to create the annotation, use the command with set-last-applied --create-annotation`,
    );
  }
  const path = `/tmp/kubectl-edit-${process.random.text(9, "0123456789")}.yaml`;
  const before = emitYaml(applied);
  process.machine.fs.writeFile(path, before, { mode: 0o600, as: process.credentials });
  await runEditor(kubectl, path);
  const after = process.machine.fs.readText(path, process.credentials);
  process.machine.fs.unlink(path);
  if (after === before) {
    await kubectl.err("Edit cancelled, no changes made.\n");
    return;
  }
  const edited = parseYaml(after) as ApiObject;
  const body = compactJson({ metadata: { annotations: { [LAST_APPLIED]: `${compactJson(edited)}\n` } } });
  const updated = await sendObject(kubectl, "PATCH", target, { contentType: "application/merge-patch+json", body });
  await new ResultPrinter(kubectl, "none", { format: "" }).print(target.type, target.name, "edited", updated);
}

export const lastAppliedVerbs: readonly Verb[] = [view, set, edit];
