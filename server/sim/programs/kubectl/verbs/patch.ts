/** `kubectl patch`: sends a patch of one of three kinds. */
import type { ApiObject } from "../client/rest-client.ts";
import type { Kubectl } from "../context.ts";
import { KubectlError } from "../errors.ts";
import { compactJson } from "../printers/json.ts";
import { forEachTarget } from "../resources/select.ts";
import { sendObject } from "../resources/target.ts";
import { parseYaml } from "../yaml/parse.ts";
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
    const selection = {
      ...fileSelection(kubectl),
      args: kubectl.args,
      isLatest: true,
      subresource: flags.string("subresource"),
    };
    const count = await forEachTarget(kubectl, selection, async (target) => {
      // The client-side dry run cannot patch unknown kinds; the object is shown as it is.
      const patched =
        dryRun === "client" && !flags.bool("local")
          ? target.object
          : await sendObject(kubectl, "PATCH", target, {
              query: writeQuery(kubectl, dryRun),
              contentType,
              body,
              subresource: flags.string("subresource"),
            });
      const operation = dryRun === "client" || hasChanged(target.object, patched) ? "patched" : "patched (no change)";
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
