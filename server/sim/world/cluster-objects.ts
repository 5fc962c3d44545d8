/** What kubeadm v1.36 and the network plugin's manifest put into a fresh cluster. */
import type { ApiClient } from "../kube/api/types.ts";
import { createCoreDns } from "./coredns-objects.ts";
import { createKubeProxy } from "./kube-proxy-objects.ts";
import { createKubeadmObjects } from "./kubeadm-objects.ts";
import { createCanal, createFlannel } from "./network-plugin-objects.ts";
import type { ClusterObjectsInput } from "./object-forms.ts";

export function createClusterObjects(input: ClusterObjectsInput): void {
  createKubeadmObjects(input);
  createKubeProxy(input);
  createCoreDns(input);
  createStorageClass(input.client);
  if (input.settings.plugin === "flannel") createFlannel(input);
  else if (input.settings.plugin !== "none") createCanal(input);
}

/** What the provider of a cluster adds: a default StorageClass. */
function createStorageClass(client: ApiClient): void {
  const annotations = { "storageclass.kubernetes.io/is-default-class": "true" };
  const provisioner = "rancher.io/local-path";
  const storageClass = {
    apiVersion: "storage.k8s.io/v1",
    kind: "StorageClass",
    metadata: { annotations, name: "local-path" },
    provisioner,
    volumeBindingMode: "WaitForFirstConsumer",
  };
  const applied = { "kubectl.kubernetes.io/last-applied-configuration": `${JSON.stringify(storageClass)}\n` };
  client.create("storageclasses.storage.k8s.io", {
    ...storageClass,
    metadata: { name: "local-path", annotations: { ...applied, ...annotations } },
  });
}
