/** Volumes of a pod. */
import { type Fields, fields, isAbsent, objects, strings, text } from "../fields.ts";
import { duplicate, type FieldErrors, forbidden, invalid, invalids, notSupported, required } from "./errors.ts";
import { isConfigMapKey, isDns1123Label, isDns1123Subdomain } from "./names.ts";

export function validateVolumes(volumes: unknown, path: string): FieldErrors {
  const names = objects(volumes).map((volume) => text(volume["name"]));
  return objects(volumes).flatMap((volume, index) => {
    const volumePath = `${path}[${index}]`;
    const name = text(volume["name"]);
    return [
      ...validateSource(volume, volumePath),
      ...(name === "" ? [required(`${volumePath}.name`)] : invalids(`${volumePath}.name`, name, isDns1123Label(name))),
      ...(name !== "" && names.indexOf(name) < index ? [duplicate(`${volumePath}.name`, name)] : []),
    ];
  });
}

/** The order in which the server looks for sources: all but the first are one too many. */
const SOURCE_ORDER = (
  "emptyDir hostPath gitRepo gcePersistentDisk awsElasticBlockStore secret nfs iscsi glusterfs persistentVolumeClaim " +
  "rbd cinder cephfs quobyte flocker downwardAPI fc flexVolume configMap azureFile vsphereVolume photonPersistentDisk " +
  "portworxVolume azureDisk storageos projected scaleIO csi ephemeral image"
).split(" ");

function validateSource(volume: Fields, path: string): FieldErrors {
  const given = Object.keys(volume)
    .filter((field) => field !== "name" && !isAbsent(volume[field]))
    .sort((left, right) => SOURCE_ORDER.indexOf(left) - SOURCE_ORDER.indexOf(right));
  if (given.length === 0) return [required(path, "must specify a volume type")];
  return given.flatMap((type, index) =>
    index > 0
      ? [forbidden(`${path}.${type}`, "may not specify more than 1 volume type")]
      : validateSourceType(type, fields(volume[type]), `${path}.${type}`),
  );
}

function validateSourceType(type: string, source: Fields, path: string): FieldErrors {
  switch (type) {
    case "hostPath":
      return validateHostPath(source, path);
    case "secret":
      return [
        ...(text(source["secretName"]) === "" ? [required(`${path}.secretName`)] : []),
        ...validateMode(source["defaultMode"], `${path}.defaultMode`),
        ...validateItems(source["items"], path),
      ];
    case "configMap":
      return [
        ...(text(source["name"]) === "" ? [required(`${path}.name`)] : []),
        ...validateMode(source["defaultMode"], `${path}.defaultMode`),
        ...validateItems(source["items"], path),
      ];
    case "persistentVolumeClaim":
      return text(source["claimName"]) === "" ? [required(`${path}.claimName`)] : [];
    case "nfs":
      return [
        ...(text(source["server"]) === "" ? [required(`${path}.server`)] : []),
        ...(text(source["path"]) === ""
          ? [required(`${path}.path`)]
          : validateAbsolute(source["path"], `${path}.path`)),
      ];
    case "projected":
      return objects(source["sources"]).flatMap((projection, index) =>
        validateProjection(projection, `${path}.sources[${index}]`),
      );
    default:
      return [];
  }
}

const HOST_PATH_TYPES = [
  "",
  "BlockDevice",
  "CharDevice",
  "Directory",
  "DirectoryOrCreate",
  "File",
  "FileOrCreate",
  "Socket",
];

export function validateHostPath(source: Fields, path: string): FieldErrors {
  const hostPath = text(source["path"]);
  if (hostPath === "") return [required(`${path}.path`)];
  const type = text(source["type"]);
  return [
    ...(hostPath.split("/").includes("..") ? [invalid(`${path}.path`, hostPath, "must not contain '..'")] : []),
    ...(HOST_PATH_TYPES.includes(type) ? [] : [notSupported(`${path}.type`, type, HOST_PATH_TYPES)]),
  ];
}

function validateProjection(projection: Fields, path: string): FieldErrors {
  const configMap = projection["configMap"];
  const secret = projection["secret"];
  const named = { configMap, secret };
  return Object.entries(named).flatMap(([type, source]) => {
    if (isAbsent(source)) return [];
    const name = text(fields(source)["name"]);
    return [
      ...(name === "" ? [required(`${path}.${type}.name`)] : []),
      ...invalids(`${path}.${type}.name`, name, name === "" ? [] : isDns1123Subdomain(name)),
      ...validateItems(fields(source)["items"], `${path}.${type}`),
    ];
  });
}

function validateItems(items: unknown, path: string): FieldErrors {
  return objects(items).flatMap((item, index) => {
    const itemPath = `${path}.items[${index}]`;
    const key = text(item["key"]);
    const target = text(item["path"]);
    return [
      ...(key === "" ? [required(`${itemPath}.key`)] : invalids(`${itemPath}.key`, key, isConfigMapKey(key))),
      ...(target === "" ? [required(`${itemPath}.path`)] : validateRelative(target, `${itemPath}.path`)),
      ...validateMode(item["mode"], `${itemPath}.mode`),
    ];
  });
}

export function validateMode(mode: unknown, path: string): FieldErrors {
  if (typeof mode !== "number" || (mode >= 0 && mode <= 0o777)) return [];
  return [invalid(path, mode, "must be a number between 0 and 0777 (octal), both inclusive")];
}

export function validateRelative(target: string, path: string): FieldErrors {
  return [
    ...(target.startsWith("/") ? [invalid(path, target, "must be a relative path")] : []),
    ...(target.split("/").includes("..") ? [invalid(path, target, "must not contain '..'")] : []),
  ];
}

function validateAbsolute(target: unknown, path: string): FieldErrors {
  return text(target).startsWith("/") ? [] : [invalid(path, text(target), "must be an absolute path")];
}

/** Names that containers may mount. */
export function volumeNames(spec: Fields): ReadonlySet<string> {
  return new Set(objects(spec["volumes"]).map((volume) => text(volume["name"])));
}

export function validateSubPath(mount: Fields, path: string): FieldErrors {
  const subPath = text(mount["subPath"]);
  const expression = text(mount["subPathExpr"]);
  return [
    ...(subPath === "" ? [] : validateRelative(subPath, `${path}.subPath`)),
    ...(subPath !== "" && expression !== ""
      ? [invalid(`${path}.subPathExpr`, expression, "subPathExpr and subPath are mutually exclusive")]
      : []),
    ...(expression === "" ? [] : validateRelative(expression, `${path}.subPathExpr`)),
  ];
}

export function accessModeErrors(modes: unknown, path: string): FieldErrors {
  const supported = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];
  const given = strings(modes);
  return [
    ...given.flatMap((mode) => (supported.includes(mode) ? [] : [notSupported(path, mode, supported)])),
    ...(given.includes("ReadWriteOncePod") && given.length > 1
      ? [forbidden(path, "may not use ReadWriteOncePod with other access modes")]
      : []),
  ];
}
