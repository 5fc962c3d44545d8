/** `kubectl describe`: fetches an object and what belongs to it, and lets its describer write. */
import type { KubeObject } from "../../../kube/api/types.ts";
import type { ApiObject } from "../client/rest-client.ts";
import type { Kubectl } from "../context.ts";
import { asFailure, combine, KubectlError, StatusFailure } from "../errors.ts";
import { describerFor, type RelatedQuery, type RelatedResult } from "../describe/index.ts";
import { collect, listItems, visit, type Selection } from "../resources/select.ts";
import { resourcePath, type Target } from "../resources/target.ts";
import { fileSelection, hasNoFiles } from "./common.ts";
import { typeOf } from "./create.ts";
import type { Verb } from "./verb.ts";

export const describe: Verb = {
  words: "describe",
  async run(kubectl) {
    const { args, flags } = kubectl;
    if (args.length === 0 && hasNoFiles(kubectl)) {
      throw new KubectlError(
        `You must specify the type of resource to describe. Use "kubectl api-resources" for a complete list of supported resources.\n`,
      );
    }
    const selection: Selection = {
      ...fileSelection(kubectl),
      args,
      allowsBareType: true,
      allNamespaces: flags.bool("all-namespaces"),
      labelSelector: flags.string("selector"),
      chunkSize: flags.number("chunk-size"),
      continuesOnError: true,
      isLatest: true,
    };
    const targets: Target[] = [];
    const failures: Error[] = [];
    for await (const item of visit(kubectl, selection)) {
      if (item instanceof Error) failures.push(item);
      else targets.push(item);
    }
    const [onlyFailure] = failures;
    if (
      failures.length === 1 &&
      targets.length === 0 &&
      onlyFailure instanceof StatusFailure &&
      onlyFailure.isNotFound &&
      args.length === 2
    ) {
      return describeMatching(kubectl, selection, args[0] ?? "", args[1] ?? "", onlyFailure);
    }
    await describeAll(kubectl, targets, failures);
    if (targets.length === 0 && failures.length === 0) await sayNothingFound(kubectl);
    const failure = combine(failures);
    if (failure !== undefined) throw failure;
    return 0;
  },
};

async function sayNothingFound(kubectl: Kubectl): Promise<void> {
  const isAll = kubectl.flags.bool("all-namespaces");
  await kubectl.err(isAll ? "No resources found\n" : `No resources found in ${kubectl.namespace} namespace.\n`);
}

/** A name that does not exist may be the beginning of names that do. */
async function describeMatching(
  kubectl: Kubectl,
  selection: Selection,
  type: string,
  prefix: string,
  original: StatusFailure,
): Promise<number> {
  const { targets, failure } = await collect(kubectl, { ...selection, args: [type] });
  const matching = targets.filter((target) => target.name.startsWith(prefix));
  if (failure !== undefined || matching.length === 0) throw original;
  const failures: Error[] = [];
  await describeAll(kubectl, matching, failures);
  const combined = combine(failures);
  if (combined !== undefined) throw combined;
  return 0;
}

async function describeAll(kubectl: Kubectl, targets: readonly Target[], failures: Error[]): Promise<void> {
  let isFirst = true;
  for (const target of targets) {
    try {
      // Events are left out when several objects are described, unless they are asked for.
      const showsEvents = targets.length < 2 || kubectl.flags.isChanged("show-events");
      const text = await describeTarget(kubectl, target, showsEvents && kubectl.flags.bool("show-events"));
      await kubectl.out(`${isFirst ? "" : "\n\n"}${text}`);
      isFirst = false;
    } catch (error) {
      failures.push(asFailure(error));
    }
  }
}

/** The description of one object. */
export async function describeTarget(kubectl: Kubectl, target: Target, showsEvents: boolean): Promise<string> {
  const describer = describerFor(target.type.group, target.type.kind);
  const object = target.object as unknown as KubeObject;
  const related: Record<string, RelatedResult> = {};
  for (const query of describer.queries(object)) {
    if (query.name === "events" && !showsEvents) continue;
    related[query.name] = await fetchRelated(kubectl, query);
  }
  return describer.describe(object, related, kubectl.process.clock.now(), kubectl.minorVersion);
}

async function fetchRelated(kubectl: Kubectl, query: RelatedQuery): Promise<RelatedResult> {
  const type = typeOf({
    group: query.group,
    version: query.version,
    kind: "",
    plural: query.resource,
    isNamespaced: (query.namespace ?? "") !== "",
  });
  const parameters: (readonly [string, string])[] = [];
  if (query.fieldSelector) parameters.push(["fieldSelector", query.fieldSelector]);
  if (query.labelSelector) parameters.push(["labelSelector", query.labelSelector]);
  try {
    const answer = await kubectl
      .client()
      .request("GET", resourcePath(type, query.namespace ?? "", query.objectName ?? ""), { query: parameters });
    const items: readonly ApiObject[] = query.objectName ? [answer] : listItems(answer);
    return { items: items as unknown as readonly KubeObject[] };
  } catch (error) {
    return { items: [], error: asFailure(error).message };
  }
}
