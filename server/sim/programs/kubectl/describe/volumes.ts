/** Volumes and their sources. */
import { at, type Fields, fields, integer, isAbsent, isObject, objects, text } from "../../../kube/kinds/fields.ts";
import type { PrefixWriter } from "./prefix-writer.ts";
import { CURRENT_MINOR, SINCE_MINOR } from "./types.ts";

export function writeVolumes(
  w: PrefixWriter,
  volumes: readonly Fields[],
  indent: string,
  kubectlMinor = CURRENT_MINOR,
): void {
  if (volumes.length === 0) {
    w.line(0, `${indent}Volumes:\t<none>`);
    return;
  }
  w.line(0, `${indent}Volumes:`);
  for (const volume of volumes) {
    w.line(1, `${indent === "" ? "" : " "}${text(volume["name"])}:`);
    writeVolumeSource(w, volume, kubectlMinor);
  }
}

/** The source of a volume or persistent volume; every line stands at level 2. */
export function writeVolumeSource(w: PrefixWriter, volume: Fields, kubectlMinor = CURRENT_MINOR): void {
  const source = Object.entries(volume).find(([type, value]) => type in writers && isObject(value));
  if (source === undefined) {
    w.line(1, "<unknown>");
    return;
  }
  const [type, value] = source;
  for (const [label, text] of writers[type]?.(fields(value)) ?? []) w.field(label, text, 2);
  if (type === "projected") writeProjections(w, objects(fields(value)["sources"]), kubectlMinor);
  if (type === "downwardAPI") writeDownwardItems(w, objects(fields(value)["items"]));
}

function writeDownwardItems(w: PrefixWriter, items: readonly Fields[]): void {
  w.line(2, "Items:");
  for (const item of items) w.line(3, `${text(at(item, "fieldRef", "fieldPath"))} -> ${text(item["path"])}`);
}

type Lines = readonly (readonly [label: string, value: string])[];

const optional = (source: Fields) => String(source["optional"] === true);
const readOnly = (source: Fields) => String(source["readOnly"] === true);

const writers: Readonly<Record<string, (source: Fields) => Lines>> = {
  hostPath: (source) => [
    ["Type", "HostPath (bare host directory volume)"],
    ["Path", text(source["path"])],
    ["HostPathType", isAbsent(source["type"]) ? "<none>" : text(source["type"])],
  ],
  emptyDir: (source) => [
    ["Type", "EmptyDir (a temporary directory that shares a pod's lifetime)"],
    ["Medium", text(source["medium"])],
    ["SizeLimit", text(source["sizeLimit"]) || "<unset>"],
  ],
  secret: (source) => [
    ["Type", "Secret (a volume populated by a Secret)"],
    ["SecretName", text(source["secretName"])],
    ["Optional", optional(source)],
  ],
  configMap: (source) => [
    ["Type", "ConfigMap (a volume populated by a ConfigMap)"],
    ["Name", text(source["name"])],
    ["Optional", optional(source)],
  ],
  persistentVolumeClaim: (source) => [
    ["Type", "PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)"],
    ["ClaimName", text(source["claimName"])],
    ["ReadOnly", readOnly(source)],
  ],
  nfs: (source) => [
    ["Type", "NFS (an NFS mount that lasts the lifetime of a pod)"],
    ["Server", text(source["server"])],
    ["Path", text(source["path"])],
    ["ReadOnly", readOnly(source)],
  ],
  csi: (source) => [
    ["Type", "CSI (a Container Storage Interface (CSI) volume source)"],
    ["Driver", text(source["driver"])],
    ["FSType", text(source["fsType"])],
    ...(text(source["volumeHandle"]) === "" ? [] : ([["VolumeHandle", text(source["volumeHandle"])]] as const)),
    ["ReadOnly", readOnly(source)],
  ],
  local: (source) => [
    ["Type", "LocalVolume (a persistent volume backed by local storage on a node)"],
    ["Path", text(source["path"])],
  ],
  ephemeral: () => [
    ["Type", "EphemeralVolume (an inline specification for a volume that gets created and deleted with the pod)"],
  ],
  downwardAPI: () => [["Type", "DownwardAPI (a volume populated by information about the pod)"]],
  projected: () => [["Type", "Projected (a volume that contains injected data from multiple sources)"]],
};

function writeProjections(w: PrefixWriter, projections: readonly Fields[], kubectlMinor: number): void {
  for (const { secret, configMap, downwardAPI, serviceAccountToken } of projections) {
    if (isObject(secret)) {
      w.field("SecretName", text(secret["name"]), 2);
      writeOptional(w, "SecretOptionalName", secret, kubectlMinor);
    } else if (isObject(downwardAPI)) {
      w.field("DownwardAPI", "true", 2);
    } else if (isObject(configMap)) {
      w.field("ConfigMapName", text(configMap["name"]), 2);
      writeOptional(w, "ConfigMapOptional", configMap, kubectlMinor);
    } else if (isObject(serviceAccountToken)) {
      w.field("TokenExpirationSeconds", integer(serviceAccountToken["expirationSeconds"]), 2);
    }
  }
}

/** Older versions printed the pointer under a label of its own. */
function writeOptional(w: PrefixWriter, oldLabel: string, source: Fields, kubectlMinor: number): void {
  if (kubectlMinor >= SINCE_MINOR.plainOptional) w.field("Optional", optional(source), 2);
  else w.field(oldLabel, isAbsent(source["optional"]) ? "<nil>" : optional(source), 2);
}
