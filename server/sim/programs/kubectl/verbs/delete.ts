/** `kubectl delete`: by file, name, selector or all; waits for what it deleted. */
import type { ApiObject } from "../client/rest-client.ts";
import type { Kubectl } from "../context.ts";
import { asFailure, combine, KubectlError, StatusFailure, withSource } from "../errors.ts";
import { printedKind } from "../resources/discovery.ts";
import { visit, type Selection } from "../resources/select.ts";
import { getObject, printedName, type Target } from "../resources/target.ts";
import { dryRunOf, dryRunSuffix, fileSelection } from "./common.ts";
import { deleteTarget, waitForDeletion, type DeleteOptions } from "./delete-object.ts";
import type { DryRun, Verb } from "./verb.ts";

export const deleteVerb: Verb = {
  words: "delete",
  async run(kubectl) {
    const { flags } = kubectl;
    const cascade = cascadeOf(kubectl, flags.string("cascade"));
    const dryRun = await dryRunOf(kubectl);
    const settings = deleteSettings(kubectl, cascade, dryRun);
    if (flags.string("raw") !== "") return deleteRaw(kubectl);
    await refuseContradictions(kubectl);
    return deleteSelected(kubectl, selectionOf(kubectl), settings);
  },
};

export interface DeleteSettings extends DeleteOptions {
  readonly waits: boolean;
  readonly isForced: boolean;
  readonly timeoutMs: number;
  readonly ignoresNotFound: boolean;
  readonly isQuiet: boolean;
}

export function cascadeOf(_kubectl: Kubectl, value: string): DeleteOptions["propagationPolicy"] {
  switch (value) {
    case "background":
    case "true":
      return "Background";
    case "foreground":
      return "Foreground";
    case "orphan":
    case "false":
      return "Orphan";
    default:
      throw new KubectlError(`invalid cascade value (${value}). Must be "background", "foreground", or "orphan"`);
  }
}

function deleteSettings(
  kubectl: Kubectl,
  propagationPolicy: DeleteOptions["propagationPolicy"],
  dryRun: DryRun,
): DeleteSettings {
  const { flags } = kubectl;
  const isForced = flags.bool("force");
  let gracePeriodSeconds = flags.number("grace-period");
  if (flags.bool("now")) {
    if (gracePeriodSeconds !== -1) throw new KubectlError("--now and --grace-period cannot be specified together");
    gracePeriodSeconds = 1;
  }
  let waits = flags.bool("wait");
  if (gracePeriodSeconds === 0 && !isForced) {
    // Without --force the object gets one second and is waited for.
    gracePeriodSeconds = 1;
  } else if (isForced && gracePeriodSeconds < 0) {
    gracePeriodSeconds = 0;
  }
  if (isForced && !flags.isChanged("wait")) waits = false;
  return {
    gracePeriodSeconds,
    propagationPolicy,
    dryRun,
    isForced,
    waits: waits && dryRun === "none",
    timeoutMs: flags.number("timeout"),
    ignoresNotFound: flags.bool("ignore-not-found") || flags.bool("all"),
    isQuiet: flags.string("output") === "name",
  };
}

async function refuseContradictions(kubectl: Kubectl): Promise<void> {
  const { flags } = kubectl;
  const output = flags.string("output");
  if (output !== "" && output !== "name") {
    throw kubectl.usage(`unexpected -o output mode: ${output}. We only support '-o name'`);
  }
  if (flags.bool("all") && flags.string("selector") !== "")
    throw new KubectlError("cannot set --all and --selector at the same time");
  if (flags.bool("all") && flags.string("field-selector") !== "") {
    throw new KubectlError("cannot set --all and --field-selector at the same time");
  }
  const isForced = flags.bool("force");
  if (flags.number("grace-period") > 0 && isForced) {
    throw new KubectlError("--force and --grace-period greater than 0 cannot be specified together");
  }
  if (isForced && flags.bool("now")) throw new KubectlError("--force and --now cannot be specified together");
  if (isForced) {
    await kubectl.err(
      "Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. The resource may continue to run on the cluster indefinitely.\n",
    );
  }
}

async function deleteRaw(kubectl: Kubectl): Promise<number> {
  const answer = await kubectl.client().send("DELETE", kubectl.flags.string("raw"), {});
  await kubectl.out(await answer.text());
  return 0;
}

function selectionOf(kubectl: Kubectl): Selection {
  const { flags } = kubectl;
  return {
    ...fileSelection(kubectl),
    args: kubectl.args,
    allNamespaces: flags.bool("all-namespaces"),
    labelSelector: flags.string("selector"),
    fieldSelector: flags.string("field-selector"),
    selectAll: flags.bool("all"),
    continuesOnError: true,
    skipsRetrieval: true,
  };
}

interface Deleted {
  readonly target: Target;
  readonly answer: ApiObject;
}

/** Deletes everything selected, says so, and waits for it. */
export async function deleteSelected(
  kubectl: Kubectl,
  selection: Selection,
  settings: DeleteSettings,
): Promise<number> {
  const failures: Error[] = [];
  const deleted: Deleted[] = [];
  let found = 0;
  let items: AsyncIterable<Target | Error> | readonly (Target | Error)[] = visit(kubectl, selection);
  if (kubectl.words === "delete" && kubectl.flags.bool("interactive")) {
    const confirmed = await confirm(kubectl, items);
    if (confirmed === undefined) return 0;
    items = confirmed;
  }
  for await (const item of items) {
    if (item instanceof Error) {
      failures.push(item);
      continue;
    }
    found++;
    try {
      const answer =
        settings.dryRun === "client" ? await dryDelete(kubectl, item) : await deleteTarget(kubectl, item, settings);
      await reportDeletion(kubectl, item, settings);
      deleted.push({ target: item, answer });
    } catch (error) {
      const failure = asFailure(error);
      if (settings.ignoresNotFound && failure instanceof StatusFailure && failure.isNotFound) continue;
      failures.push(withSource("deleting", item.source, failure));
    }
  }
  const failure = combine(failures);
  if (failure !== undefined) throw failure;
  if (found === 0) {
    await kubectl.out("No resources found\n");
    return 0;
  }
  if (settings.waits)
    for (const { target, answer } of deleted) await waitForDeletion(kubectl, target, answer, settings.timeoutMs);
  return 0;
}

/** `--dry-run=client` still reads the object, so that a missing one is an error. */
function dryDelete(kubectl: Kubectl, target: Target): Promise<ApiObject> {
  return getObject(kubectl, target.type, target.namespace, target.name);
}

async function reportDeletion(kubectl: Kubectl, target: Target, settings: DeleteSettings): Promise<void> {
  if (settings.isQuiet) return kubectl.out(`${printedName(target.type, target.name)}\n`);
  const operation = settings.isForced && settings.gracePeriodSeconds === 0 ? "force deleted" : "deleted";
  const place = target.type.isNamespaced && kubectl.minorVersion >= 34 ? ` from ${target.namespace} namespace` : "";
  const kind = printedKind(target.type.group, target.type.kind);
  await kubectl.out(`${kind} ${JSON.stringify(target.name)} ${operation}${place}${dryRunSuffix(settings.dryRun)}\n`);
}

/** `-i`: shows what would go and asks. Undefined when the answer is not yes. */
async function confirm(
  kubectl: Kubectl,
  items: AsyncIterable<Target | Error>,
): Promise<readonly (Target | Error)[] | undefined> {
  const all: (Target | Error)[] = [];
  for await (const item of items) all.push(item);
  const failure = combine(all.filter((item) => item instanceof Error));
  if (failure !== undefined) throw failure;
  const names = all.map((item) => (item instanceof Error ? "" : `${printedName(item.type, item.name)}\n`)).join("");
  await kubectl.out(
    `You are about to delete the following ${all.length} resource(s):\n${names}Do you want to continue? (y/N): `,
  );
  const answer = (await kubectl.process.stdin.readLine())?.trim().toLowerCase();
  if (answer === "y" || answer === "yes") return all;
  await kubectl.out("deletion is cancelled\n");
  return undefined;
}
