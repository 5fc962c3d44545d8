/** `kubectl replace`, with `--force` as delete and create. */
import type { Kubectl } from "../context.ts";
import { asFailure, KubectlError, withSource } from "../errors.ts";
import { lastApplied, LAST_APPLIED, withLastApplied } from "../resources/last-applied.ts";
import { forEachTarget, type Selection } from "../resources/select.ts";
import { nameOf, sendObject, stringMap, type Target } from "../resources/target.ts";
import { dryRunOf, fileSelection, hasNoFiles, ResultPrinter, validationOf, writeQuery } from "./common.ts";
import { cascadeOf, deleteSelected } from "./delete.ts";
import type { Verb } from "./verb.ts";

export const replace: Verb = {
  words: "replace",
  async run(kubectl) {
    const { flags } = kubectl;
    const dryRun = await dryRunOf(kubectl);
    const validation = validationOf(kubectl);
    const isForced = flags.bool("force");
    if (flags.number("grace-period") >= 0 && !isForced)
      throw new KubectlError("--grace-period must have --force specified");
    if (flags.number("timeout") !== 0 && !isForced) throw new KubectlError("--timeout must have --force specified");
    if (flags.isChanged("cascade") && !isForced) throw new KubectlError("--cascade must have --force specified");
    if (hasNoFiles(kubectl)) throw kubectl.usage("must specify --filename to replace");
    const selection: Selection = {
      ...fileSelection(kubectl),
      continuesOnError: true,
      isValidated: validation !== "Ignore",
    };
    const results = new ResultPrinter(kubectl, dryRun);
    if (isForced) await deleteOld(kubectl, selection);
    const count = await forEachTarget(kubectl, selection, async (target) => {
      const object = keepsConfig(kubectl, target) ? withLastApplied(target.object) : target.object;
      if (dryRun === "client") return results.print(target.type, target.name, "replaced", object);
      const query = writeQuery(kubectl, dryRun, validation);
      try {
        const method = isForced ? "POST" : "PUT";
        const replaced = await sendObject(kubectl, method, target, { query, body: object });
        await results.print(target.type, nameOf(replaced), "replaced", replaced);
      } catch (error) {
        throw isForced ? asFailure(error) : withSource("replacing", target.source, asFailure(error));
      }
    });
    if (count === 0) throw new KubectlError("no objects passed to replace");
    return 0;
  },
};

/** The annotation of apply is kept up to date when the manifest has it. */
function keepsConfig(kubectl: Kubectl, target: Target): boolean {
  return (
    kubectl.flags.bool("save-config") ||
    (stringMap(target.object, "annotations")[LAST_APPLIED] !== undefined && lastApplied(target.object) !== undefined)
  );
}

async function deleteOld(kubectl: Kubectl, selection: Selection): Promise<void> {
  const { flags } = kubectl;
  await deleteSelected(
    kubectl,
    { ...selection, isValidated: false },
    {
      gracePeriodSeconds: flags.number("grace-period"),
      propagationPolicy: cascadeOf(kubectl, flags.string("cascade")),
      dryRun: "none",
      isForced: false,
      waits: true,
      timeoutMs: flags.number("timeout"),
      ignoresNotFound: true,
      isQuiet: false,
    },
  );
}
