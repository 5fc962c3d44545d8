/** Volumes as file systems to mount. Models kubelet's volume plugins, v1.36, for the kinds that need no storage system. */
import { fromBase64 } from "../../../machine/bytes.ts";
import { createFileSystem, MemoryFileSystem } from "../../../machine/fs/file-system.ts";
import { type FileContent, FsImageBuilder } from "../../../machine/fs/image.ts";
import type { FileSystem } from "../../../machine/types.ts";
import type { ApiClient } from "../../api/types.ts";
import type { ConfigMap, DownwardItem, KeyToPath, Pod, Secret, Volume, VolumeProjection } from "../objects.ts";
import type { PersistentVolume, PersistentVolumeClaim } from "../persistent-volume.ts";
import { fieldValue, resourceValue } from "./environment.ts";

/** A volume cannot be set up (yet): event FailedMount. */
export class VolumeError extends Error {}

export interface VolumeContext {
  readonly api: ApiClient;
  readonly pod: Pod;
  readonly nowMs: number;
  readonly podIp: string;
  readonly hostIp: string;
  /** The node's file system, for hostPath. */
  readonly hostFs: FileSystem;
  readonly nodeCpus: number;
  readonly nodeMemoryBytes: number;
  issueToken(audience: string | undefined, expirationSeconds: number): string;
}

interface PayloadFile {
  readonly content: FileContent;
  readonly mode?: number;
}

/** File system of a volume. Throws VolumeError. */
export function createVolume(context: VolumeContext, volume: Volume): MemoryFileSystem {
  if (volume.hostPath) return hostPath(context, volume.hostPath);
  if (volume.persistentVolumeClaim) return claimedVolume(context, volume.persistentVolumeClaim.claimName);
  const payload = payloadOf(context, volume);
  if (payload === undefined) return emptyDirectory(context);
  return atomicDirectory(payload, context, volume.secret || volume.projected ? 0o1777 : 0o777);
}

const SET_GROUP_ID = 0o2000;

/** Open to all; with `fsGroup` new files get that group. */
function emptyDirectory({ pod, nowMs }: VolumeContext): MemoryFileSystem {
  const gid = pod.spec.securityContext?.fsGroup;
  const builder = new FsImageBuilder({ modifiedMs: nowMs });
  builder.directory("/", gid === undefined ? { mode: 0o777 } : { mode: 0o777 | SET_GROUP_ID, gid });
  return createFileSystem({ image: builder.build() });
}

/** The directory behind a bound claim; volumes of other kinds than hostPath are empty. */
function claimedVolume(context: VolumeContext, claimName: string): MemoryFileSystem {
  const { api, pod } = context;
  const claim = api.get<PersistentVolumeClaim>("persistentvolumeclaims", pod.metadata.namespace ?? "", claimName);
  const volumeName = claim?.spec.volumeName;
  if (volumeName === undefined) throw new VolumeError(`persistentvolumeclaim "${claimName}" not bound`);
  const volume = api.get<PersistentVolume>("persistentvolumes", "", volumeName);
  if (volume === undefined) throw new VolumeError(`persistentvolume "${volumeName}" not found`);
  return volume.spec.hostPath ? hostPath(context, volume.spec.hostPath) : emptyDirectory(context);
}

/** What the kubelet writes from API objects nobody in the pod may change, whatever the mount says. */
export const isReadOnlyVolume = (volume: Volume): boolean =>
  volume.configMap !== undefined ||
  volume.secret !== undefined ||
  volume.projected !== undefined ||
  volume.downwardAPI !== undefined ||
  volume.persistentVolumeClaim?.readOnly === true;

/** Secrets never reach a disk. */
export const isInMemory = (volume: Volume): boolean =>
  volume.secret !== undefined || volume.projected !== undefined || volume.emptyDir?.medium === "Memory";

/** ConfigMaps and Secrets a volume shows, as `configmaps/NAME`, `secrets/NAME`. */
export function referencesOf(volume: Volume): readonly string[] {
  return [
    ...(volume.configMap ? [`configmaps/${volume.configMap.name}`] : []),
    ...(volume.secret ? [`secrets/${volume.secret.secretName}`] : []),
    ...(volume.projected?.sources ?? []).flatMap(({ configMap, secret }) => [
      ...(configMap ? [`configmaps/${configMap.name}`] : []),
      ...(secret ? [`secrets/${secret.name}`] : []),
    ]),
  ];
}

function payloadOf(context: VolumeContext, volume: Volume): ReadonlyMap<string, PayloadFile> | undefined {
  const { configMap, secret, downwardAPI, projected } = volume;
  if (configMap) {
    return withMode(
      configMapFiles(context, configMap.name, configMap.items, configMap.optional),
      configMap.defaultMode,
    );
  }
  if (secret) {
    return withMode(secretFiles(context, secret.secretName, secret.items, secret.optional), secret.defaultMode);
  }
  if (downwardAPI) return withMode(downwardFiles(context, downwardAPI.items ?? []), downwardAPI.defaultMode);
  if (projected) {
    const files = new Map<string, PayloadFile>();
    for (const source of projected.sources ?? []) {
      for (const [path, file] of projectedFiles(context, source)) files.set(path, file);
    }
    return withMode(files, projected.defaultMode);
  }
  return undefined;
}

function withMode(files: ReadonlyMap<string, PayloadFile>, defaultMode = 0o644): ReadonlyMap<string, PayloadFile> {
  return new Map([...files].map(([path, file]) => [path, { ...file, mode: file.mode ?? defaultMode }]));
}

function configMapFiles(
  { api, pod }: VolumeContext,
  name: string,
  items: readonly KeyToPath[] | undefined,
  optional = false,
): ReadonlyMap<string, PayloadFile> {
  const object = api.get<ConfigMap>("configmaps", pod.metadata.namespace ?? "", name);
  if (object === undefined && !optional) throw new VolumeError(`configmap "${name}" not found`);
  const data = new Map<string, FileContent>([
    ...Object.entries(object?.data ?? {}),
    ...Object.entries(object?.binaryData ?? {}).map(([key, text]) => [key, fromBase64(text)] as const),
  ]);
  return select(data, items, optional, "configmap");
}

function secretFiles(
  { api, pod }: VolumeContext,
  name: string,
  items: readonly KeyToPath[] | undefined,
  optional = false,
): ReadonlyMap<string, PayloadFile> {
  const object = api.get<Secret>("secrets", pod.metadata.namespace ?? "", name);
  if (object === undefined && !optional) throw new VolumeError(`secret "${name}" not found`);
  const data = new Map<string, FileContent>(
    Object.entries(object?.data ?? {}).map(([key, text]) => [key, fromBase64(text)] as const),
  );
  return select(data, items, optional, "secret");
}

function select(
  data: ReadonlyMap<string, FileContent>,
  items: readonly KeyToPath[] | undefined,
  optional: boolean,
  kind: string,
): ReadonlyMap<string, PayloadFile> {
  if (items === undefined || items.length === 0) {
    return new Map([...data].map(([key, content]) => [key, { content }]));
  }
  const files = new Map<string, PayloadFile>();
  for (const { key, path, mode } of items) {
    const content = data.get(key);
    if (content !== undefined) files.set(path, { content, ...(mode === undefined ? {} : { mode }) });
    else if (!optional) throw new VolumeError(`references non-existent ${kind} key: ${key}`);
  }
  return files;
}

function downwardFiles(context: VolumeContext, items: readonly DownwardItem[]): ReadonlyMap<string, PayloadFile> {
  const [container] = context.pod.spec.containers;
  return new Map(
    items.map(({ path, mode, fieldRef, resourceFieldRef }) => {
      const content = fieldRef
        ? fieldValue(context, fieldRef.fieldPath)
        : resourceFieldRef && container
          ? resourceValue({ ...context, container }, resourceFieldRef)
          : "";
      return [path, { content, ...(mode === undefined ? {} : { mode }) }];
    }),
  );
}

function projectedFiles(context: VolumeContext, source: VolumeProjection): ReadonlyMap<string, PayloadFile> {
  const { configMap, secret, downwardAPI, serviceAccountToken } = source;
  if (configMap) return configMapFiles(context, configMap.name, configMap.items, configMap.optional);
  if (secret) return secretFiles(context, secret.name, secret.items, secret.optional);
  if (downwardAPI) return downwardFiles(context, downwardAPI.items ?? []);
  if (serviceAccountToken) {
    const { path, audience, expirationSeconds = 3600 } = serviceAccountToken;
    // Signing costs time; most containers never read their token.
    return new Map([[path, { content: () => context.issueToken(audience, expirationSeconds) }]]);
  }
  return new Map();
}

/** The layout of kubelet's atomic writer: `..data` points to a dated directory, the names point through it. */
function atomicDirectory(
  files: ReadonlyMap<string, PayloadFile>,
  { pod, nowMs }: VolumeContext,
  rootMode: number,
): MemoryFileSystem {
  // With `fsGroup` the group owns everything and may read it.
  const gid = pod.spec.securityContext?.fsGroup;
  const directory = gid === undefined ? {} : { gid, mode: 0o755 | SET_GROUP_ID };
  const builder = new FsImageBuilder({ modifiedMs: nowMs });
  const stamp = new Date(nowMs).toISOString();
  const dated = `..${stamp.slice(0, 10).replaceAll("-", "_")}_${stamp.slice(11, 19).replaceAll(":", "_")}.${String(Math.floor(nowMs * 7919) % 4_000_000_000)}`;
  builder.directory("/", gid === undefined ? { mode: rootMode } : { gid, mode: rootMode | SET_GROUP_ID });
  builder.directory(`/${dated}`, directory);
  for (const [path, { content, mode }] of files) {
    const options = gid === undefined ? { mode } : { gid, mode: (mode ?? 0o644) | 0o440 };
    builder.file(`/${dated}/${path}`, content, options);
    const top = path.split("/")[0] ?? path;
    builder.symlink(`/${top}`, `..data/${top}`);
  }
  builder.symlink("/..data", dated);
  return createFileSystem({ image: builder.build(), device: "tmpfs" });
}

function hostPath({ hostFs }: VolumeContext, { path, type = "" }: NonNullable<Volume["hostPath"]>): MemoryFileSystem {
  if (!(hostFs instanceof MemoryFileSystem))
    throw new VolumeError(`hostPath type check failed: ${path} is not a directory`);
  if (!hostFs.exists(path)) {
    if (type === "" || type === "DirectoryOrCreate") hostFs.mkdir(path, { recursive: true });
    else if (type === "FileOrCreate") hostFs.writeFile(path, "");
    else {
      const what = type === "Directory" ? "directory" : type === "File" ? "file" : `${type.toLowerCase()} file`;
      throw new VolumeError(`hostPath type check failed: ${path} is not a ${what}`);
    }
  }
  const { kind } = hostFs.stat(path);
  if (type.startsWith("Directory") && kind !== "directory") {
    throw new VolumeError(`hostPath type check failed: ${path} is not a directory`);
  }
  if (type.startsWith("File") && kind !== "file")
    throw new VolumeError(`hostPath type check failed: ${path} is not a file`);
  return hostFs.subtree(path);
}
