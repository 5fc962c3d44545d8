/** The API without HTTP, for controllers, the scheduler and kubelets. */
import type { Cancel } from "../../machine/types.ts";
import type { Draft } from "../kinds/types.ts";
import { cloneTree, equalTrees } from "../store/freeze.ts";
import { notFound } from "./errors.ts";
import { recordEvent } from "./events.ts";
import { assignPod } from "./handlers/binding.ts";
import { groupResource, storagePrefix } from "./kind-registry.ts";
import type { Operation } from "./operation.ts";
import type { Resources } from "./resources.ts";
import type { ApiClient, EventInput, KubeObject, ResourceName, UserInfo, WatchEvent } from "./types.ts";

export interface ClientOptions {
  readonly user: UserInfo;
  /** Name in `managedFields`: `kube-controller-manager`, `kubelet`. */
  readonly manager: string;
}

export function createClient(resources: Resources, options: ClientOptions): ApiClient {
  const { registry, store } = resources;
  const operation = (): Operation => ({ ...options, isDryRun: false, warnings: [] });
  /** A status written with the main object counts only through its subresource. */
  const write = (resource: ResourceName, object: KubeObject, subresource: string): KubeObject =>
    resources.update(
      registry.resource(resource),
      object.metadata.namespace ?? "",
      object.metadata.name,
      () => cloneTree(object) as unknown as Draft,
      operation(),
      { subresource },
    );
  const client: ApiClient = {
    get: <T extends KubeObject>(resource: ResourceName, namespace: string, name: string) =>
      resources.find(registry.resource(resource), namespace, name) as T | undefined,
    list: <T extends KubeObject>(resource: ResourceName, namespace = "") =>
      resources.list(registry.resource(resource), namespace) as readonly T[],
    create<T extends KubeObject>(resource: ResourceName, object: unknown): T {
      const draft = cloneTree(object) as Draft;
      const namespace = String((draft["metadata"] as Draft | undefined)?.["namespace"] ?? "");
      if (resource === "pods/binding") return assignPod(resources, namespace, draft, operation()) as T;
      return resources.create(registry.resource(resource), namespace, draft, operation()) as T;
    },
    update: <T extends KubeObject>(resource: ResourceName, object: T) => write(resource, object, "") as T,
    updateStatus: <T extends KubeObject>(resource: ResourceName, object: T) => write(resource, object, "status") as T,
    mutate<T extends KubeObject>(
      resource: ResourceName,
      namespace: string,
      name: string,
      change: (current: T) => T | undefined,
      mutateOptions: { readonly subresource?: "status" | "scale" | "finalize" } = {},
    ): T | undefined {
      const kind = registry.resource(resource);
      const current = resources.find(kind, namespace, name) as T | undefined;
      if (!current) throw notFound(groupResource(kind), name);
      const next = change(current);
      if (next === undefined || next === current) return undefined;
      return write(resource, next, subresourceOf(resource, current, next, mutateOptions.subresource)) as T;
    },
    delete(resource, namespace, name, deleteOptions = {}) {
      resources.delete(
        registry.resource(resource),
        namespace,
        name,
        { ...deleteOptions, isDryRun: false },
        operation(),
      );
    },
    watch<T extends KubeObject>(
      resource: ResourceName,
      listener: (event: WatchEvent<T>, old?: T) => void,
      watchOptions: { readonly namespace?: string; readonly skipInitial?: boolean } = {},
    ): Cancel {
      const kind = registry.resource(resource);
      const namespace = watchOptions.namespace ?? "";
      const prefix = namespace && kind.isNamespaced ? `${storagePrefix(kind)}${namespace}/` : storagePrefix(kind);
      const cancel = store.watch(prefix, ({ type, object, previous }) => {
        const eventType = type === "delete" ? "DELETED" : previous ? "MODIFIED" : "ADDED";
        listener({ type: eventType, object: object as T }, previous as T | undefined);
      });
      if (!watchOptions.skipInitial) {
        for (const object of resources.list(kind, namespace)) listener({ type: "ADDED", object: object as T });
      }
      return cancel;
    },
    recordEvent: (event: EventInput) => recordEvent(resources, event, operation()),
  };
  return client;
}

/** Only `finalize` may change the finalizers in a namespace's spec. */
function subresourceOf(
  resource: ResourceName,
  current: KubeObject,
  next: KubeObject,
  asked: "status" | "scale" | "finalize" | undefined,
): string {
  if (asked !== undefined || resource !== "namespaces") return asked ?? "";
  return equalTrees(current["spec"], next["spec"]) ? "" : "finalize";
}
