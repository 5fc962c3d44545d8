/** `kubectl apply`: creates what is missing and patches what differs. */
import type { ApiObject } from "../client/rest-client.ts";
import type { Kubectl } from "../context.ts";
import { asFailure, combine, KubectlError, StatusFailure, withSource } from "../errors.ts";
import { compactJson } from "../printers/json.ts";
import { outputPrinter } from "../printers/output.ts";
import { printedGroupVersionKind, visit, type Selection } from "../resources/select.ts";
import { lastApplied, LAST_APPLIED, withLastApplied } from "../resources/last-applied.ts";
import { threeWayPatch } from "../resources/strategic-diff.ts";
import { getObject, sendObject, stringMap, type Target } from "../resources/target.ts";
import { withChangeCause } from "./change-cause.ts";
import { dryRunOf, fileSelection, hasNoFiles, printWith, ResultPrinter, validationOf, writeQuery } from "./common.ts";
import { deleteTarget, waitForDeletion } from "./delete-object.ts";
import { pruneObjects } from "./apply-prune.ts";
import type { DryRun, Verb } from "./verb.ts";

interface ApplyOptions {
  readonly dryRun: DryRun;
  readonly fieldValidation: "Strict" | "Warn" | "Ignore";
  readonly isServerSide: boolean;
  readonly printsObjects: boolean;
  readonly results: ResultPrinter;
}

export const apply: Verb = {
  words: "apply",
  async run(kubectl) {
    const options = await applyOptions(kubectl);
    const selection: Selection = {
      ...fileSelection(kubectl),
      labelSelector: kubectl.flags.string("selector"),
      continuesOnError: true,
      isValidated: options.fieldValidation !== "Ignore",
    };
    const targets: Target[] = [];
    const failures: Error[] = [];
    for await (const item of visit(kubectl, selection)) {
      if (item instanceof Error) failures.push(item);
      else targets.push(item);
    }
    if (targets.length === 0 && failures.length === 0) throw new KubectlError("no objects passed to apply");
    const applied: ApiObject[] = [];
    for (const target of targets) {
      try {
        applied.push(await applyTarget(kubectl, target, options));
      } catch (error) {
        failures.push(asFailure(error));
      }
    }
    if (options.printsObjects) await printApplied(kubectl, applied);
    if (kubectl.flags.bool("prune") && failures.length === 0) await pruneObjects(kubectl, targets, options.dryRun);
    const failure = combine(failures);
    if (failure !== undefined) throw failure;
    return 0;
  },
};

async function applyOptions(kubectl: Kubectl): Promise<ApplyOptions> {
  const { flags } = kubectl;
  const dryRun = await dryRunOf(kubectl);
  const isServerSide = flags.bool("server-side");
  if (isServerSide && dryRun === "client") {
    throw new KubectlError("--dry-run=client doesn't work with --server-side (did you mean --dry-run=server instead?)");
  }
  if (flags.bool("force-conflicts") && !isServerSide)
    throw new KubectlError("--force-conflicts only works with --server-side");
  if (kubectl.args.length > 0) throw kubectl.usage(`Unexpected args: [${kubectl.args.join(" ")}]`);
  if (flags.bool("force") && isServerSide) throw new KubectlError("--force cannot be used with --server-side");
  if (hasNoFiles(kubectl)) throw new KubectlError("must specify one of -f and -k");
  if (flags.bool("prune") && flags.string("selector") === "" && !flags.bool("all")) {
    throw new KubectlError(
      "all resources selected for prune without explicitly passing --all. To prune all resources, pass the --all flag. If you did not mean to prune all resources, specify a label selector",
    );
  }
  const fieldValidation = validationOf(kubectl);
  const results = new ResultPrinter(kubectl, dryRun);
  return {
    dryRun,
    fieldValidation,
    isServerSide,
    results,
    printsObjects: results.isSilent && flags.string("output") !== "name",
  };
}

async function printApplied(kubectl: Kubectl, objects: readonly ApiObject[]): Promise<void> {
  const printer = outputPrinter(kubectl);
  const [first] = objects;
  if (printer === undefined || first === undefined) return;
  const shown =
    objects.length === 1
      ? first
      : { apiVersion: "v1", kind: "List", items: objects, metadata: { resourceVersion: "" } };
  await printWith(kubectl, printer, shown);
}

async function applyTarget(kubectl: Kubectl, given: Target, options: ApplyOptions): Promise<ApiObject> {
  const target = { ...given, object: withChangeCause(kubectl, given.object) };
  const generateName = target.object.metadata?.["generateName"];
  if (target.name === "" && typeof generateName === "string" && generateName !== "") {
    throw new KubectlError(`from ${generateName}: cannot use generate name with apply`);
  }
  if (options.isServerSide) return applyServerSide(kubectl, target, options);
  const current = await readCurrent(kubectl, target);
  if (current === undefined) return createTarget(kubectl, target, options);
  return patchTarget(kubectl, target, current, options);
}

/** `Resource: "…", GroupVersionKind: "…"` and the name, as messages describe an object. */
export function describeTarget(target: Target): string {
  const resource = `${target.type.group === "" ? "/" : `${target.type.group}/`}${target.type.version}, Resource=${target.type.name}`;
  return `Resource: ${JSON.stringify(resource)}, GroupVersionKind: ${JSON.stringify(printedGroupVersionKind(target.type))}\nName: ${JSON.stringify(target.name)}, Namespace: ${JSON.stringify(target.namespace)}`;
}

async function readCurrent(kubectl: Kubectl, target: Target): Promise<ApiObject | undefined> {
  try {
    return await getObject(kubectl, target.type, target.namespace, target.name);
  } catch (error) {
    const failure = asFailure(error);
    if (failure instanceof StatusFailure && failure.isNotFound) return undefined;
    throw withSource(
      `retrieving current configuration of:\n${describeTarget(target)}\nfrom server for:`,
      target.source,
      failure,
    );
  }
}

async function createTarget(kubectl: Kubectl, target: Target, options: ApplyOptions): Promise<ApiObject> {
  const object = withLastApplied(target.object);
  const query = writeQuery(kubectl, options.dryRun, options.fieldValidation);
  const created =
    options.dryRun === "client"
      ? object
      : await sendObject(kubectl, "POST", target, { query, body: object }).catch((error: unknown) => {
          throw withSource("creating", target.source, asFailure(error));
        });
  await report(options, target, "created", created);
  return created;
}

async function report(options: ApplyOptions, target: Target, operation: string, object: ApiObject): Promise<void> {
  if (!options.printsObjects) await options.results.print(target.type, target.name, operation, object);
}

async function patchTarget(
  kubectl: Kubectl,
  target: Target,
  current: ApiObject,
  options: ApplyOptions,
): Promise<ApiObject> {
  if (stringMap(current, "annotations")[LAST_APPLIED] === undefined) {
    await kubectl.err(
      `Warning: resource ${target.type.name}/${target.name} is missing the ${LAST_APPLIED} annotation which is required by kubectl apply. kubectl apply should only be used on resources created declaratively by either kubectl create --save-config or kubectl apply. The missing annotation will be patched automatically.\n`,
    );
  }
  const modified = withLastApplied(target.object);
  const { contentType, patch } = threeWayPatch(lastApplied(current), modified, current);
  const body = compactJson(patch);
  if (body === "{}") {
    await report(options, target, "unchanged", current);
    return current;
  }
  const patched = options.dryRun === "client" ? current : await sendPatch(kubectl, target, contentType, body, options);
  await warnIfDeleting(kubectl, target, patched);
  await report(options, target, "configured", patched);
  return patched;
}

async function sendPatch(
  kubectl: Kubectl,
  target: Target,
  contentType: string,
  body: string,
  options: ApplyOptions,
): Promise<ApiObject> {
  const query = writeQuery(kubectl, options.dryRun, options.fieldValidation);
  try {
    return await sendObject(kubectl, "PATCH", target, { query, contentType, body });
  } catch (error) {
    const failure = asFailure(error);
    const isForced =
      kubectl.flags.bool("force") &&
      failure instanceof StatusFailure &&
      ["Conflict", "Invalid"].includes(failure.reason);
    if (isForced) return replaceByForce(kubectl, target, options);
    throw withSource(`applying patch:\n${body}\nto:\n${describeTarget(target)}\nfor:`, target.source, failure);
  }
}

/** `--force`: what cannot be patched is deleted and created again. */
async function replaceByForce(kubectl: Kubectl, target: Target, options: ApplyOptions): Promise<ApiObject> {
  const deleted = await deleteTarget(kubectl, target, {
    gracePeriodSeconds: -1,
    propagationPolicy: "Background",
    dryRun: "none",
  });
  await waitForDeletion(kubectl, target, deleted, 0);
  const query = writeQuery(kubectl, options.dryRun, options.fieldValidation);
  return sendObject(kubectl, "POST", target, { query, body: withLastApplied(target.object) });
}

async function warnIfDeleting(kubectl: Kubectl, target: Target, object: ApiObject): Promise<void> {
  if (object.metadata?.["deletionTimestamp"] === undefined) return;
  await kubectl.err(`Warning: Detected changes to resource ${target.name} which is currently being deleted.\n`);
}

const CONFLICT_HELP = `Please review the fields above--they currently have other managers. Here
are the ways you can resolve this warning:
* If you intend to manage all of these fields, please re-run the apply
  command with the \`--force-conflicts\` flag.
* If you do not intend to manage all of the fields, please edit your
  manifest to remove references to the fields that should keep their
  current managers.
* You may co-own fields by updating your manifest to match the existing
  value; in this case, you'll become the manager if the other manager(s)
  stop managing the field (remove it from their configuration).
See https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts`;

async function applyServerSide(kubectl: Kubectl, target: Target, options: ApplyOptions): Promise<ApiObject> {
  const manager = kubectl.flags.isChanged("field-manager") ? kubectl.flags.string("field-manager") : "kubectl";
  const query: (readonly [string, string])[] = [];
  if (options.dryRun === "server") query.push(["dryRun", "All"]);
  query.push(["fieldManager", manager], ["fieldValidation", options.fieldValidation]);
  query.push(["force", String(kubectl.flags.bool("force-conflicts"))]);
  try {
    const applied = await sendObject(kubectl, "PATCH", target, {
      query,
      contentType: "application/apply-patch+yaml",
      body: compactJson(target.object),
    });
    await warnIfDeleting(kubectl, target, applied);
    await report(options, target, "serverside-applied", applied);
    return applied;
  } catch (error) {
    const failure = asFailure(error);
    if (failure instanceof StatusFailure && failure.reason === "Conflict") {
      throw new KubectlError(`${failure.message}\n${CONFLICT_HELP}`);
    }
    throw failure;
  }
}
