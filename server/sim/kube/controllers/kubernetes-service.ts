/**
 * The Service `kubernetes` with its endpoints, which kube-apiserver itself looks after: what is
 * deleted or changed comes back with its next round. Models the default service reconciler, v1.36.
 */
import type { Controller, ControllerContext } from "./context.ts";
import { isReason } from "./errors.ts";
import type { KubeObject } from "./objects.ts";
import { runController } from "./run-controller.ts";

const ROUND_MS = 10_000;
const RESOURCES = ["services", "endpoints", "endpointslices.discovery.k8s.io"];

export function startKubernetesServiceController(context: ControllerContext): Controller {
  const { api } = context;
  const kept = new Map<string, KubeObject>();
  for (const resource of RESOURCES) {
    const present = api.get(resource, "default", "kubernetes");
    if (present) kept.set(resource, present);
  }
  return runController(context, {
    name: "kubernetes-service-controller",
    sync: (resource) => recreate(context, resource, kept.get(resource)),
    watch: (queue) =>
      RESOURCES.map((resource) =>
        api.watch(
          resource,
          ({ type, object }) => {
            const { namespace, name } = object.metadata;
            if (type === "DELETED" && namespace === "default" && name === "kubernetes")
              queue.addAfter(resource, ROUND_MS);
          },
          { skipInitial: true },
        ),
      ),
  });
}

function recreate({ api }: ControllerContext, resource: string, kept: KubeObject | undefined): void {
  if (kept === undefined || api.get(resource, "default", "kubernetes") !== undefined) return;
  const { name, namespace, labels } = kept.metadata;
  const { status: _status, ...object } = kept;
  try {
    api.create(resource, { ...object, metadata: { name, namespace, ...(labels ? { labels } : {}) } });
  } catch (error) {
    if (!isReason(error, "AlreadyExists")) throw error;
  }
}
