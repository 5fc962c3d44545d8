/** `kubectl rollout status|history|undo|restart|pause|resume`. */
import type { ApiObject } from "../client/rest-client.ts";
import { readWatch } from "../client/watch.ts";
import type { Kubectl } from "../context.ts";
import { combine, asFailure, KubectlError, StatusFailure } from "../errors.ts";
import { compactJson } from "../printers/json.ts";
import { TabWriter } from "../printers/tabwriter.ts";
import { writePodTemplate } from "../describe/pod-template.ts";
import { PrefixWriter } from "../describe/prefix-writer.ts";
import { LAST_APPLIED } from "../resources/last-applied.ts";
import { formatSelector } from "../resources/pods.ts";
import { collect, listItems, type Selection } from "../resources/select.ts";
import { getObject, printedName, resourcePath, sendObject, stringMap, type Target } from "../resources/target.ts";
import { outputPrinter } from "../printers/output.ts";
import { dryRunOf, dryRunSuffix, fileSelection, hasNoFiles, printWith, ResultPrinter, writeQuery } from "./common.ts";
import { typeOf } from "./create.ts";
import { withDeadline } from "./deadline.ts";
import { changeObjects, getPath, setPath } from "./pod-template-change.ts";
import { rolloutStatus } from "./rollout-status.ts";
import type { Verb } from "./verb.ts";

const MISSING_RESOURCE = "required resource not specified";
const REVISION = "deployment.kubernetes.io/revision";
const CHANGE_CAUSE = "kubernetes.io/change-cause";

function selectionOf(kubectl: Kubectl): Selection {
  const { flags } = kubectl;
  return {
    ...fileSelection(kubectl),
    args: kubectl.args,
    labelSelector: flags.set.byName.has("selector") ? flags.string("selector") : "",
    continuesOnError: true,
    isLatest: true,
    allowsBareType: true,
  };
}

function requireTargets(kubectl: Kubectl): void {
  if (kubectl.args.length === 0 && hasNoFiles(kubectl)) throw new KubectlError(MISSING_RESOURCE);
}

async function targetsOf(kubectl: Kubectl): Promise<readonly Target[]> {
  requireTargets(kubectl);
  const { targets, failure } = await collect(kubectl, selectionOf(kubectl));
  if (failure !== undefined) throw failure;
  return targets;
}

// --------------------------------------------------------------------- status

const status: Verb = {
  words: "rollout status",
  async run(kubectl) {
    requireTargets(kubectl);
    const { targets, failure } = await collect(kubectl, selectionOf(kubectl));
    if (failure !== undefined) throw failure;
    if (targets.length === 0) await kubectl.err(`No resources found in ${kubectl.namespace} namespace.\n`);
    const timeout = kubectl.flags.number("timeout");
    for (const target of targets) {
      const isDone = await withDeadline(kubectl, timeout === 0 ? Number.POSITIVE_INFINITY : timeout, (interruption) =>
        watchStatus(kubectl, target, interruption),
      );
      if (isDone === undefined) throw new KubectlError("timed out waiting for the condition");
    }
    return 0;
  },
};

async function watchStatus(
  kubectl: Kubectl,
  target: Target,
  interruption: Parameters<Parameters<typeof withDeadline>[2]>[0],
): Promise<boolean> {
  const revision = kubectl.flags.number("revision");
  const show = async (object: ApiObject): Promise<boolean> => {
    const { message, isDone } = rolloutStatus(target, object, revision);
    await kubectl.out(message);
    return isDone;
  };
  const present = await getObject(kubectl, target.type, target.namespace, target.name);
  if ((await show(present)) || !kubectl.flags.bool("watch")) return true;
  const query = [
    ["fieldSelector", `metadata.name=${target.name}`],
    ["resourceVersion", String(present.metadata?.["resourceVersion"] ?? "0")],
    ["watch", "true"],
  ] as const;
  for await (const { type, object } of readWatch(kubectl.client(), resourcePath(target.type, target.namespace), {
    query,
    interruption,
  })) {
    if (type === "DELETED") throw new KubectlError("object has been deleted");
    if (type !== "BOOKMARK" && (await show(object))) return true;
  }
  throw new KubectlError("watch closed before UntilWithSync timeout");
}

// ------------------------------------------------------------------ revisions

interface Revision {
  readonly number: number;
  /** What `history -o` shows: the ReplicaSet, or the owner as it was. */
  readonly object: ApiObject;
  readonly cause: string;
  /** What `undo` puts back and `history --revision` shows. */
  readonly template: ApiObject;
  readonly annotations: Readonly<Record<string, string>>;
}

const isOwnedBy = (object: ApiObject, owner: ApiObject) =>
  ((object.metadata?.["ownerReferences"] ?? []) as readonly { readonly uid?: string }[]).some(
    ({ uid }) => uid !== undefined && uid === owner.metadata?.["uid"],
  );

/** Oldest first. */
async function revisionsOf(kubectl: Kubectl, target: Target): Promise<readonly Revision[]> {
  const isDeployment = target.type.kind === "Deployment";
  const type = typeOf({
    group: "apps",
    version: "v1",
    kind: isDeployment ? "ReplicaSet" : "ControllerRevision",
    plural: isDeployment ? "replicasets" : "controllerrevisions",
    isNamespaced: true,
  });
  const labelSelector = formatSelector(getPath(target.object, ["spec", "selector"]));
  const list = await kubectl
    .client()
    .request("GET", resourcePath(type, target.namespace), { query: [["labelSelector", labelSelector]] });
  const owned = listItems(list).filter((object) => isOwnedBy(object, target.object));
  const revisions = owned.map((object): Revision => {
    const annotations = stringMap(object, "annotations");
    const number = isDeployment ? Number(annotations[REVISION] ?? 0) : Number(object["revision"] ?? 0);
    const template = getPath(object, isDeployment ? ["spec", "template"] : ["data", "spec", "template"]) as ApiObject;
    const was = isDeployment ? object : setPath(target.object, ["spec", "template"], withoutDirective(template));
    return { number, object: was, cause: annotations[CHANGE_CAUSE] ?? "", template, annotations };
  });
  return revisions.filter(({ number }) => number > 0).sort((a, b) => a.number - b.number);
}

function requireHistory(target: Target): void {
  if (["Deployment", "DaemonSet", "StatefulSet"].includes(target.type.kind)) return;
  throw new KubectlError(
    `no history viewer has been implemented for ${JSON.stringify(`${target.type.kind}${target.type.group === "" ? "" : `.${target.type.group}`}`)}`,
  );
}

const history: Verb = {
  words: "rollout history",
  async run(kubectl) {
    const revision = kubectl.flags.number("revision");
    if (revision < 0) throw new KubectlError(`revision must be a positive integer: ${revision}`);
    const printer = outputPrinter(kubectl);
    for (const target of await targetsOf(kubectl)) {
      requireHistory(target);
      const revisions = await revisionsOf(kubectl, target);
      const found = revisions.find(({ number }) => number === revision);
      if (revision > 0 && found === undefined) throw new KubectlError(`unable to find the specified revision`);
      if (printer !== undefined) {
        for (const { object } of found === undefined ? revisions : [found]) await printWith(kubectl, printer, object);
        continue;
      }
      const head = `${printedName(target.type, target.name)} ${found === undefined ? "" : `with revision #${revision}`}`;
      await kubectl.out(
        `${head}\n${found === undefined ? historyTable(revisions) : describeTemplate(withCause(found))}\n`,
      );
    }
    return 0;
  },
};

function describeTemplate(template: ApiObject): string {
  const writer = new PrefixWriter();
  writePodTemplate(writer, template);
  return writer.toString();
}

function withCause(revision: Revision): ApiObject {
  if (revision.cause === "") return revision.template;
  const metadata = { ...revision.template.metadata, annotations: { [CHANGE_CAUSE]: revision.cause } };
  return { ...revision.template, metadata: metadata as never };
}

function historyTable(revisions: readonly Revision[]): string {
  const writer = new TabWriter({ minWidth: 0, padding: 2 });
  writer.write("REVISION\tCHANGE-CAUSE\n");
  for (const { number, cause } of revisions) writer.write(`${number}\t${cause || "<none>"}\n`);
  return writer.flush();
}

const undo: Verb = {
  words: "rollout undo",
  async run(kubectl) {
    const dryRun = await dryRunOf(kubectl);
    const wanted = kubectl.flags.number("to-revision");
    if (wanted < 0) throw new KubectlError(`revision must be a positive integer: ${wanted}`);
    const failures: Error[] = [];
    for (const target of await targetsOf(kubectl)) {
      try {
        await undoTarget(kubectl, target, wanted, dryRun);
      } catch (error) {
        failures.push(asFailure(error));
      }
    }
    const failure = combine(failures);
    if (failure !== undefined) throw failure;
    return 0;
  },
};

async function undoTarget(
  kubectl: Kubectl,
  target: Target,
  wanted: number,
  dryRun: Awaited<ReturnType<typeof dryRunOf>>,
): Promise<void> {
  requireHistory(target);
  if (getPath(target.object, ["spec", "paused"]) === true) {
    throw new KubectlError(
      `you cannot rollback a paused deployment; resume it first with 'kubectl rollout resume deployment/${target.name}' and try again`,
    );
  }
  const revisions = await revisionsOf(kubectl, target);
  const revision = wanted === 0 ? revisions.at(-2) : revisions.find(({ number }) => number === wanted);
  if (revision === undefined) {
    throw new KubectlError(
      wanted === 0
        ? `no rollout history found for deployment ${JSON.stringify(target.name)}`.replace(
            "deployment",
            target.type.kind.toLowerCase(),
          )
        : "unable to find the specified revision",
    );
  }
  if (stringMap(target.object, "annotations")[LAST_APPLIED] !== undefined) {
    await kubectl.err(
      `Warning: resource ${target.type.name}/${target.name} was previously managed with 'kubectl apply'. Rolling back will not update the ${LAST_APPLIED} annotation, which may cause unexpected behavior on future 'kubectl apply' operations. Consider using 'kubectl apply' with your previous configuration file instead.\n`,
    );
  }
  const template = withoutHash(revision.template);
  const name = printedName(target.type, target.name);
  if (compactJson(template) === compactJson(getPath(target.object, ["spec", "template"]))) {
    await kubectl.out(`${name} skipped rollback (current template already matches revision ${revision.number})\n`);
    return;
  }
  if (dryRun !== "client") {
    const isDeployment = target.type.kind === "Deployment";
    const patch = isDeployment
      ? {
          contentType: "application/json-patch+json",
          body: compactJson([{ op: "replace", path: "/spec/template", value: template }]),
        }
      : {
          contentType: "application/strategic-merge-patch+json",
          body: compactJson({ spec: { template: { ...template, $patch: "replace" } } }),
        };
    await sendObject(kubectl, "PATCH", target, { query: dryRun === "server" ? [["dryRun", "All"]] : [], ...patch });
  }
  await kubectl.out(`${name} rolled back${dryRunSuffix(dryRun)}\n`);
}

function withoutDirective(template: ApiObject): ApiObject {
  const { $patch: _, ...plain } = template as Record<string, unknown>;
  return plain as ApiObject;
}

/** The label that tells replica sets apart is not part of the deployment's template. */
function withoutHash(template: ApiObject): ApiObject {
  const plain = withoutDirective(template);
  const { "pod-template-hash": _hash, ...labels } = stringMap(plain, "labels");
  return setPath(plain, ["metadata", "labels"], labels);
}

// -------------------------------------------------------- restart and pausing

const restart: Verb = {
  words: "rollout restart",
  async run(kubectl) {
    requireTargets(kubectl);
    const now = `${new Date(kubectl.process.clock.now()).toISOString().slice(0, 19)}Z`;
    const change = (target: Target): ApiObject => {
      const { name, group } = target.type;
      const subject = `${name}${group === "" ? "" : `.${group}`} ${JSON.stringify(target.name)}`;
      if (!["Deployment", "DaemonSet", "StatefulSet"].includes(target.type.kind)) {
        throw new KubectlError(`${subject} restarting is not supported`);
      }
      if (getPath(target.object, ["spec", "paused"]) === true) {
        throw new KubectlError(`${subject} can't restart paused deployment (run rollout resume first)`);
      }
      return setPath(
        target.object,
        ["spec", "template", "metadata", "annotations", "kubectl.kubernetes.io/restartedAt"],
        now,
      );
    };
    return changeObjects(kubectl, kubectl.args, "restarted", change, { allowsBareType: true });
  },
};

const pausing = (words: string, value: boolean, operation: string): Verb => ({
  words: `rollout ${words}`,
  async run(kubectl) {
    const dryRun = "none" as const;
    const results = new ResultPrinter(kubectl, dryRun);
    const failures: Error[] = [];
    for (const target of await targetsOf(kubectl)) {
      const label = `${target.type.name} ${JSON.stringify(target.name)}`;
      if (target.type.kind !== "Deployment") {
        failures.push(
          new KubectlError(`error: ${label} ${words === "pause" ? "pausing" : "resuming"} is not supported`),
        );
        continue;
      }
      if ((getPath(target.object, ["spec", "paused"]) === true) === value) {
        failures.push(
          new KubectlError(
            `error: ${target.type.name}.${target.type.group} ${JSON.stringify(target.name)} is ${value ? "already paused" : "not paused"}`,
          ),
        );
        continue;
      }
      try {
        const body = compactJson({ spec: { paused: value ? true : null } });
        const updated = await sendObject(kubectl, "PATCH", target, {
          query: writeQuery(kubectl, dryRun),
          contentType: "application/strategic-merge-patch+json",
          body,
        });
        await results.print(target.type, target.name, operation, updated);
      } catch (error) {
        if (!(error instanceof StatusFailure)) throw error;
        failures.push(error);
      }
    }
    const failure = combine(failures);
    if (failure !== undefined) throw failure;
    return 0;
  },
});

export const rolloutVerbs: readonly Verb[] = [
  status,
  history,
  undo,
  restart,
  pausing("pause", true, "paused"),
  pausing("resume", false, "resumed"),
];
