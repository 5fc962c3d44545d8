/** The sources of ConfigMaps and Secrets: literals, files, folders and env files. */
import type { Kubectl } from "../../context.ts";
import { KubectlError } from "../../errors.ts";

export interface KeyValue {
  readonly key: string;
  readonly value: Uint8Array;
}

/** Every pair that the `--from-*` flags name, in kubectl's order. `what` is `ConfigMap` or `Secret`. */
export function readKeyValues(kubectl: Kubectl, what: string, name: string): readonly KeyValue[] {
  const { flags } = kubectl;
  const literals = flags.list("from-literal");
  const files = flags.list("from-file");
  const envFiles = flags.list("from-env-file");
  if (envFiles.length > 0 && (files.length > 0 || literals.length > 0)) {
    throw new KubectlError("from-env-file cannot be combined with from-file or from-literal");
  }
  const pairs = [
    ...literals.map(readLiteral),
    ...files.flatMap((source) => readFileSource(kubectl, source)),
    ...envFiles.flatMap((path) => readEnvFile(kubectl, path)),
  ];
  const seen = new Set<string>();
  for (const { key } of pairs) {
    if (!/^[-._a-zA-Z0-9]+$/.test(key)) throw new KubectlError(badKey(key, what));
    if (seen.has(key)) {
      throw new KubectlError(
        `cannot add key ${JSON.stringify(key)}, another key by that name already exists in Data for ${what} ${JSON.stringify(name)}`,
      );
    }
    seen.add(key);
  }
  return pairs;
}

function badKey(key: string, what: string): string {
  return `${JSON.stringify(key)} is not a valid key name for a ${what}: a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')`;
}

const bytesOf = (text: string) => new TextEncoder().encode(text);

function readLiteral(source: string): KeyValue {
  const equals = source.indexOf("=");
  if (equals < 0 || equals === 0) throw new KubectlError(`invalid literal source ${source}, expected key=value`);
  return { key: source.slice(0, equals), value: bytesOf(source.slice(equals + 1).replace(/^["']+|["']+$/g, "")) };
}

function lowerReason(error: unknown): string {
  const reason = (error as Error).message;
  return reason.charAt(0).toLowerCase() + reason.slice(1);
}

function readFileSource(kubectl: Kubectl, source: string): readonly KeyValue[] {
  const parts = source.split("=");
  if (source.startsWith("=")) throw new KubectlError(`key name for file path ${source.slice(1)} missing`);
  if (source.endsWith("=")) throw new KubectlError(`file path for key name ${source.slice(0, -1)} missing`);
  if (parts.length > 2) throw new KubectlError("key names or file paths cannot contain '='");
  const hasKey = parts.length === 2;
  const path = hasKey ? (parts[1] ?? "") : source;
  const { process } = kubectl;
  const { fs } = process.machine;
  const full = process.resolve(path);
  if (!fs.exists(full)) throw new KubectlError(`error reading ${path}: no such file or directory`);
  if (fs.stat(full).kind === "directory") {
    if (hasKey) throw new KubectlError("cannot give a key name for a directory path");
    return fs
      .readdir(full)
      .filter((name) => fs.stat(`${full}/${name}`).kind === "file")
      .map((key) => ({ key, value: fs.readFile(`${full}/${key}`, process.credentials) }));
  }
  const key = hasKey ? (parts[0] ?? "") : (path.split("/").at(-1) ?? path);
  try {
    return [{ key, value: fs.readFile(full, process.credentials) }];
  } catch (error) {
    throw new KubectlError(`error reading ${path}: ${lowerReason(error)}`);
  }
}

function readEnvFile(kubectl: Kubectl, path: string): readonly KeyValue[] {
  const { process } = kubectl;
  let text: string;
  try {
    text = process.machine.fs.readText(process.resolve(path), process.credentials);
  } catch (error) {
    throw new KubectlError(`error reading ${path}: ${lowerReason(error)}`);
  }
  return text.split("\n").flatMap((row): readonly KeyValue[] => {
    const trimmed = row.replace(/\r$/, "").trimStart();
    if (trimmed === "" || trimmed.startsWith("#")) return [];
    const equals = trimmed.indexOf("=");
    const key = equals < 0 ? trimmed : trimmed.slice(0, equals);
    if (!/^[-._a-zA-Z][-._a-zA-Z0-9]*$/.test(key)) {
      throw new KubectlError(
        `${JSON.stringify(key)} is not a valid key name: a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and must not start with a digit (e.g. 'my.env-name',  or 'MY_ENV.NAME',  or 'MyEnvName1', regex used for validation is '[-._a-zA-Z][-._a-zA-Z0-9]*')`,
      );
    }
    const value = equals < 0 ? (process.env.get(key) ?? "") : trimmed.slice(equals + 1);
    return [{ key, value: bytesOf(value) }];
  });
}

/** UTF-8 text, or undefined for other bytes. */
export function asText(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

export function toBase64(bytes: Uint8Array): string {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}

/** Sorted by key, as Go's maps are printed. */
export function sortedRecord(entries: readonly (readonly [string, string])[]): Readonly<Record<string, string>> {
  return Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));
}
