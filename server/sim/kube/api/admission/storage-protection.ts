/** StorageObjectInUseProtection: claims and volumes stay until nobody uses them any more. */
import type { AdmissionPlugin } from "./plugin.ts";

const FINALIZERS: Readonly<Record<string, string>> = {
  PersistentVolumeClaim: "kubernetes.io/pvc-protection",
  PersistentVolume: "kubernetes.io/pv-protection",
};

export const storageProtection: AdmissionPlugin = ({ verb, kind, subresource }, draft) => {
  const finalizer = kind.group === "" ? FINALIZERS[kind.kind] : undefined;
  if (finalizer === undefined || verb !== "create" || subresource !== "") return;
  const metadata = draft["metadata"] as { finalizers?: readonly string[] };
  const present = metadata.finalizers ?? [];
  if (!present.includes(finalizer)) metadata.finalizers = [...present, finalizer];
};
