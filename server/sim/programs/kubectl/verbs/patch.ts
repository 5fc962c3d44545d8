/** `kubectl patch`: sends a patch of one of three kinds. */
import { definitionOfKind } from "../../../kube/kinds/schema.ts";
import type { ApiObject } from "../client/rest-client.ts";
import type { Kubectl } from "../context.ts";
import { KubectlError } from "../errors.ts";
import { compactJson } from "../printers/json.ts";
import { applyMergePatch, applyStrategicPatch } from "../resources/apply-patch.ts";
import { parseGoJson } from "../resources/go-json.ts";
import { applyJsonPatch } from "../resources/json-patch.ts";
import { forEachTarget } from "../resources/select.ts";
import { sendObject, type Target } from "../resources/target.ts";
import { parseYaml } from "../yaml/parse.ts";
import { sendChangeCause } from "./change-cause.ts";
import { dryRunOf, fileSelection, ResultPrinter, writeQuery } from "./common.ts";
import type { Verb } from "./verb.ts";

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  json: "application/json-patch+json",
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
};

export const patch: Verb = {
  words: "patch",
  async run(kubectl) {
    const { flags } = kubectl;
    const type = flags.string("type").toLowerCase();
    const contentType = CONTENT_TYPES[type];
    if (flags.string("patch") !== "" && flags.string("patch-file") !== "")
      throw new KubectlError("cannot specify --patch and --patch-file together");
    if (flags.string("patch") === "" && flags.string("patch-file") === "") {
      throw new KubectlError("must specify --patch or --patch-file containing the contents of the patch");
    }
    if (contentType === undefined)
      throw new KubectlError(
        `--type must be one of [json merge strategic], not ${JSON.stringify(flags.string("type"))}`,
      );
    const dryRun = await dryRunOf(kubectl);
    const body = patchBody(kubectl);
    const results = new ResultPrinter(kubectl, "none");
    const isLocal = flags.bool("local");
    if (isLocal && dryRun === "server") {
      throw new KubectlError("cannot specify --local and --dry-run=server - did you mean --dry-run=client?");
    }
    const selection = {
      ...fileSelection(kubectl),
      args: kubectl.args,
      isLatest: !isLocal,
      subresource: flags.string("subresource"),
    };
    const count = await forEachTarget(kubectl, selection, async (target) => {
      const patched =
        isLocal || dryRun === "client"
          ? patchedByClient(target, type, body)
          : await sendObject(kubectl, "PATCH", target, {
              query: writeQuery(kubectl, dryRun),
              contentType,
              body,
              subresource: flags.string("subresource"),
            });
      if (dryRun === "none" && !isLocal) await sendChangeCause(kubectl, target);
      const operation = hasChanged(target.object, patched) ? "patched" : "patched (no change)";
      const isScale = flags.string("subresource") === "scale";
      await results.print(
        isScale ? { group: "autoscaling", kind: "Scale" } : target.type,
        target.name,
        operation,
        patched,
      );
    });
    if (count === 0) throw new KubectlError("no objects passed to patch");
    return 0;
  },
};

function patchedByClient({ object, type }: Target, patchType: string, body: string): ApiObject {
  const patch: unknown = parseGoJson(body);
  if (patchType === "merge") return applyMergePatch(object, patch) as ApiObject;
  if (patchType === "json") return applyJsonPatch(object, patch as Parameters<typeof applyJsonPatch>[1]) as ApiObject;
  if (definitionOfKind(type.group, type.version, type.kind) !== undefined) {
    return applyStrategicPatch(object, patch) as ApiObject;
  }
  const name = `${type.group}/${type.version}, Kind=${type.kind}`;
  throw new KubectlError(`strategic merge patch is not supported for ${name} locally, try --type merge`);
}

function hasChanged(before: ApiObject, after: ApiObject): boolean {
  return compactJson(before) !== compactJson(after);
}

function patchBody(kubectl: Kubectl): string {
  const { flags, process } = kubectl;
  const file = flags.string("patch-file");
  let text = flags.string("patch");
  if (file !== "") {
    try {
      text = process.machine.fs.readText(process.resolve(file), process.credentials);
    } catch (error) {
      const reason = (error as Error).message;
      throw new KubectlError(
        `unable to read patch file: open ${file}: ${reason.charAt(0).toLowerCase()}${reason.slice(1)}`,
      );
    }
  }
  // Text that begins as JSON is sent as it is; anything else is YAML.
  if (/^\s*[{[]/.test(text)) return text;
  try {
    return compactJson(parseYaml(text) ?? null);
  } catch (error) {
    throw new KubectlError(`unable to parse ${JSON.stringify(text)}: ${(error as Error).message}`);
  }
}
