/** Empties a namespace that is being deleted, then lets it go. Models the namespace controller, v1.36. */
import type { ApiClient } from "../api/types.ts";
import { type Controller, type ControllerContext, timestamp } from "./context.ts";
import { isReason } from "./errors.ts";
import type { Condition, KubeObject, Namespace } from "./objects.ts";
import { customResources, type StoredResource } from "./resources.ts";
import { runController } from "./run-controller.ts";

const COMPONENT = "namespace-controller";
/** All API servers of a cluster shall have heard of the deletion first (namespaceDeletionGracePeriod). */
const DELAY_MS = 5_000;
/** Pods in grace are looked after again this often, as the real controller estimates. */
const RECHECK_MS = 1_000;

export function startNamespaceController(context: ControllerContext, resources: readonly StoredResource[]): Controller {
  const { api } = context;
  return runController(context, {
    name: COMPONENT,
    sync: (key, again) => sync(context, resources, key.slice(1), again),
    watch: (queue) => [
      api.watch<Namespace>("namespaces", ({ type, object }) => {
        if (type === "DELETED" || object.metadata.deletionTimestamp === undefined) return;
        queue.addAfter(`/${object.metadata.name}`, DELAY_MS);
      }),
    ],
  });
}

function sync(
  context: ControllerContext,
  builtIn: readonly StoredResource[],
  name: string,
  again: (delayMs: number) => void,
): void {
  const { api } = context;
  const namespace = api.get<Namespace>("namespaces", "", name);
  if (namespace?.metadata.deletionTimestamp === undefined) return;
  if (!namespace.spec?.finalizers?.includes("kubernetes")) return;
  const remaining: { readonly resource: StoredResource; readonly objects: readonly KubeObject[] }[] = [];
  for (const resource of [...builtIn, ...customResources(api)].filter(({ isNamespaced }) => isNamespaced)) {
    for (const object of api.list(resource.name, name)) deleteContent(api, resource, object);
    const objects = api.list(resource.name, name);
    if (objects.length > 0) remaining.push({ resource, objects });
  }
  if (remaining.length === 0) {
    finalize(api, name);
    return;
  }
  noteRemaining(context, name, remaining);
  again(RECHECK_MS);
}

function deleteContent(api: ApiClient, resource: StoredResource, object: KubeObject): void {
  if (object.metadata.deletionTimestamp !== undefined) return;
  try {
    api.delete(resource.name, object.metadata.namespace ?? "", object.metadata.name, {
      propagationPolicy: "Background",
    });
  } catch (error) {
    if (!isReason(error, "NotFound")) throw error;
  }
}

function finalize(api: ApiClient, name: string): void {
  api.mutate<Namespace>("namespaces", "", name, (namespace) => ({
    ...namespace,
    spec: {
      ...namespace.spec,
      finalizers: (namespace.spec?.finalizers ?? []).filter((finalizer) => finalizer !== "kubernetes"),
    },
  }));
}

/** The conditions that tell why a namespace hangs in Terminating. */
function noteRemaining(
  { api, clock }: ControllerContext,
  name: string,
  remaining: readonly { readonly resource: StoredResource; readonly objects: readonly KubeObject[] }[],
): void {
  const lastTransitionTime = timestamp(clock.now());
  const finalizers = new Map<string, number>();
  for (const { objects } of remaining) {
    for (const object of objects) {
      for (const finalizer of object.metadata.finalizers ?? []) {
        finalizers.set(finalizer, (finalizers.get(finalizer) ?? 0) + 1);
      }
    }
  }
  const content = remaining
    .map(
      ({ resource, objects }) =>
        `${resource.name}${resource.group ? "" : "."} has ${objects.length} resource instances`,
    )
    .join(", ");
  const blockers = [...finalizers]
    .map(([finalizer, count]) => `${finalizer} in ${count} resource instances`)
    .join(", ");
  const condition = (
    type: string,
    isBad: boolean,
    good: string,
    bad: string,
    goodText: string,
    badText: string,
  ): Condition => ({
    type,
    status: isBad ? "True" : "False",
    lastTransitionTime,
    reason: isBad ? bad : good,
    message: isBad ? badText : goodText,
  });
  const conditions = [
    condition(
      "NamespaceDeletionDiscoveryFailure",
      false,
      "ResourcesDiscovered",
      "",
      "All resources successfully discovered",
      "",
    ),
    condition(
      "NamespaceDeletionGroupVersionParsingFailure",
      false,
      "ParsedGroupVersions",
      "",
      "All legacy kube types successfully parsed",
      "",
    ),
    condition(
      "NamespaceDeletionContentFailure",
      false,
      "ContentDeleted",
      "",
      "All content successfully deleted, may be waiting on finalization",
      "",
    ),
    condition(
      "NamespaceContentRemaining",
      true,
      "",
      "SomeResourcesRemain",
      "",
      `Some resources are remaining: ${content}`,
    ),
    condition(
      "NamespaceFinalizersRemaining",
      finalizers.size > 0,
      "ContentHasNoFinalizers",
      "SomeFinalizersRemain",
      "All content-preserving finalizers finished",
      `Some content in the namespace has finalizers remaining: ${blockers}`,
    ),
  ];
  api.mutate<Namespace>(
    "namespaces",
    "",
    name,
    (namespace) => {
      const same =
        (namespace.status?.conditions ?? []).map(({ message }) => message).join() ===
        conditions.map(({ message }) => message).join();
      return same ? undefined : { ...namespace, status: { ...namespace.status, phase: "Terminating", conditions } };
    },
    { subresource: "status" },
  );
}
