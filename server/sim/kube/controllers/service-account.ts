/** The `default` ServiceAccount and `kube-root-ca.crt` ConfigMap in every namespace. Models their two controllers, v1.36. */
import type { Controller, ControllerContext } from "./context.ts";
import { isReason } from "./errors.ts";
import type { ConfigMap, KubeObject, Namespace } from "./objects.ts";
import { runController } from "./run-controller.ts";

const ROOT_CA = "kube-root-ca.crt";
const DESCRIPTION =
  "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.";

export function startServiceAccountController(context: ControllerContext, caCertificate: string): Controller {
  const { api } = context;
  return runController(context, {
    name: "serviceaccount-controller",
    sync: (key) => sync(context, key.slice(1), caCertificate),
    watch: (queue, options) => {
      const byNamespace = ({ object }: { readonly object: KubeObject }): void =>
        queue.add(`/${object.metadata.namespace}`);
      return [
        api.watch<Namespace>("namespaces", ({ object }) => queue.add(`/${object.metadata.name}`), options),
        api.watch(
          "serviceaccounts",
          (event) => {
            if (event.type === "DELETED") byNamespace(event);
          },
          { skipInitial: true },
        ),
        api.watch(
          "configmaps",
          (event) => {
            if (event.object.metadata.name === ROOT_CA) byNamespace(event);
          },
          { skipInitial: true },
        ),
      ];
    },
  });
}

function sync({ api }: ControllerContext, name: string, caCertificate: string): void {
  const namespace = api.get<Namespace>("namespaces", "", name);
  if (namespace === undefined || namespace.metadata.deletionTimestamp !== undefined) return;
  const data = { "ca.crt": caCertificate };
  try {
    if (api.get("serviceaccounts", name, "default") === undefined) {
      api.create("serviceaccounts", {
        apiVersion: "v1",
        kind: "ServiceAccount",
        metadata: { name: "default", namespace: name },
      });
    }
    const present = api.get<ConfigMap>("configmaps", name, ROOT_CA);
    if (present === undefined) {
      const annotations = { "kubernetes.io/description": DESCRIPTION };
      api.create("configmaps", {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: ROOT_CA, namespace: name, annotations },
        data,
      });
    } else if (present.data?.["ca.crt"] !== caCertificate || Object.keys(present.data).length !== 1) {
      api.update<ConfigMap>("configmaps", { ...present, data });
    }
  } catch (error) {
    if (!isReason(error, "AlreadyExists")) throw error;
  }
}
