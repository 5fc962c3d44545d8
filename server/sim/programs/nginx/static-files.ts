/** Serving files below `root` or `alias`: index, try_files, autoindex, conditions and ranges. */
import type { Credentials, FileStat, FileSystem } from "../../machine/types.ts";
import { errnoNumber } from "../../machine/errno.ts";
import type { ErrnoError } from "../../machine/types.ts";
import { formatDate } from "../toolkit/dates.ts";
import { isErrno } from "../toolkit/tool.ts";
import type { Exchange, Reply } from "./exchange.ts";
import { folderPage } from "./pages.ts";
import { expand } from "./variables.ts";

export type ContentOutcome =
  | { readonly kind: "reply"; readonly reply: Reply; readonly complaint?: string }
  /** Start over with this URI, or at a named location. */
  | { readonly kind: "redirect"; readonly uri: string };

export interface FileContext {
  readonly fs: FileSystem;
  /** The workers' user. */
  readonly as: Credentials;
  readonly types: ReadonlyMap<string, string>;
  readonly defaultType: string;
}

const error = (status: number, complaint?: string): ContentOutcome => ({
  kind: "reply",
  reply: { status, body: null },
  ...(complaint === undefined ? {} : { complaint }),
});

/** Sets `$document_root` and `$request_filename`. */
export function locateFile(exchange: Exchange): void {
  const alias = exchange.scope.first("alias")?.[0];
  const match = exchange.location?.match;
  if (alias !== undefined && match) {
    exchange.root = expand(alias, exchange);
    const isPrefix = match.kind === "prefix" || match.kind === "priority" || match.kind === "exact";
    exchange.filename = exchange.root + (isPrefix ? exchange.uri.slice(match.text.length) : "");
    return;
  }
  const root = expand(exchange.scope.first("root")?.[0] ?? "html", exchange).replace(/\/$/, "");
  exchange.root = root.startsWith("/") ? root : `/etc/nginx/${root}`;
  exchange.filename = exchange.root + exchange.uri;
}

export function tryFiles(exchange: Exchange, context: FileContext): ContentOutcome | null {
  const candidates =
    exchange.scope.own("try_files").at(-1)?.args ?? exchange.scope.parent?.own("try_files").at(-1)?.args;
  if (!candidates) return null;
  for (const candidate of candidates.slice(0, -1)) {
    const uri = expand(candidate, exchange);
    const wantsFolder = uri.endsWith("/");
    const saved = exchange.uri;
    exchange.uri = uri.startsWith("/") ? uri : `/${uri}`;
    locateFile(exchange);
    const stat = statOf(context, exchange.filename);
    if (stat && (stat.kind === "directory") === wantsFolder) return null;
    exchange.uri = saved;
  }
  const last = candidates.at(-1) ?? "";
  if (/^=\d+$/.test(last)) return error(Number(last.slice(1)));
  return { kind: "redirect", uri: expand(last, exchange) };
}

export function serveFile(exchange: Exchange, context: FileContext): ContentOutcome {
  const { method } = exchange.request;
  locateFile(exchange);
  if (exchange.uri.endsWith("/")) return serveFolder(exchange, context);
  const path = exchange.filename;
  let stat: FileStat;
  let content: Uint8Array;
  try {
    stat = context.fs.stat(path, context.as);
    if (stat.kind === "directory") {
      const query = exchange.args === "" ? "" : `?${exchange.args}`;
      return { kind: "reply", reply: { status: 301, body: null, location: `${encodeURI(exchange.uri)}/${query}` } };
    }
    content = context.fs.readFile(path, context.as);
  } catch (failure) {
    if (!isErrno(failure)) throw failure;
    return failedToOpen(path, failure);
  }
  if (method !== "GET" && method !== "HEAD") return error(405);
  return { kind: "reply", reply: fileReply(exchange, context, path, stat, content) };
}

function failedToOpen(path: string, failure: ErrnoError): ContentOutcome {
  const status =
    failure.code === "EACCES"
      ? 403
      : failure.code === "ENAMETOOLONG" || failure.code === "ENOENT" || failure.code === "ENOTDIR"
        ? 404
        : 500;
  return error(status, `open() "${path}" failed (${errnoNumber(failure.code)}: ${failure.message})`);
}

function statOf(context: FileContext, path: string): FileStat | undefined {
  try {
    return context.fs.stat(path, context.as);
  } catch {
    return undefined;
  }
}

function serveFolder(exchange: Exchange, context: FileContext): ContentOutcome {
  const { method } = exchange.request;
  const folder = exchange.filename;
  const names = exchange.scope.all("index").flatMap((directive) => directive.args);
  for (const name of names.length > 0 ? names : ["index.html"]) {
    const index = expand(name, exchange);
    if (index.startsWith("/")) return { kind: "redirect", uri: index };
    if (statOf(context, folder + index)?.kind === "file") return { kind: "redirect", uri: exchange.uri + index };
  }
  const stat = statOf(context, folder);
  if (!stat) {
    const isDenied = context.fs.exists(folder);
    const reason = isDenied ? "13: Permission denied" : "2: No such file or directory";
    return error(isDenied ? 403 : 404, `"${folder}${names[0] ?? "index.html"}" is not found (${reason})`);
  }
  if (method !== "GET" && method !== "HEAD") return error(405);
  if (!exchange.scope.isOn("autoindex")) return error(403, `directory index of "${folder}" is forbidden`);
  const entries = context.fs
    .readdir(folder)
    .filter((name) => !name.startsWith("."))
    .flatMap((name) => {
      const entry = statOf(context, `${folder}${name}`);
      return entry ? [[name, entry] as const] : [];
    });
  const body = new TextEncoder().encode(folderPage(exchange.uri, entries));
  return { kind: "reply", reply: { status: 200, body, contentType: "text/html" } };
}

export function typeOf(path: string, context: Pick<FileContext, "types" | "defaultType">): string {
  const name = path.slice(path.lastIndexOf("/") + 1);
  const dot = name.lastIndexOf(".");
  return (dot === -1 ? undefined : context.types.get(name.slice(dot + 1).toLowerCase())) ?? context.defaultType;
}

export const httpDate = (ms: number): string => formatDate(ms, "%a, %d %b %Y %H:%M:%S GMT");

function fileReply(exchange: Exchange, context: FileContext, path: string, stat: FileStat, content: Uint8Array): Reply {
  const { headers } = exchange.request;
  const seconds = Math.floor(stat.modifiedMs / 1000);
  const etag = `"${seconds.toString(16)}-${content.length.toString(16)}"`;
  const lastModified = httpDate(seconds * 1000);
  const noneMatch = headers.get("If-None-Match");
  const since = headers.get("If-Modified-Since");
  const isUnchanged =
    noneMatch === undefined
      ? since === lastModified
      : noneMatch === "*" || noneMatch.split(/,\s*/).some((one) => one.replace(/^W\//, "") === etag);
  const etagHeader = exchange.scope.isOn("etag", true) ? [["ETag", etag] as const] : [];
  if (isUnchanged) return { status: 304, body: null, lastModified, headers: etagHeader };
  const contentType = typeOf(path, context);
  const range = /^bytes=(\d*)-(\d*)$/.exec(headers.get("Range") ?? "");
  if (range && (range[1] || range[2])) return rangeReply(range, content, contentType, lastModified, etagHeader);
  const all = [...etagHeader, ["Accept-Ranges", "bytes"] as const];
  return { status: 200, body: content, contentType, contentLength: content.length, lastModified, headers: all };
}

function rangeReply(
  range: RegExpExecArray,
  content: Uint8Array,
  contentType: string,
  lastModified: string,
  etag: readonly (readonly [string, string])[],
): Reply {
  const size = content.length;
  const isSuffix = range[1] === "";
  const first = isSuffix ? Math.max(0, size - Number(range[2])) : Number(range[1]);
  const last = isSuffix || range[2] === "" ? size - 1 : Math.min(Number(range[2]), size - 1);
  if (first >= size || first > last) {
    return { status: 416, body: null, headers: [["Content-Range", `bytes */${size}`]] };
  }
  const body = content.slice(first, last + 1);
  const headers = [...etag, ["Content-Range", `bytes ${first}-${last}/${size}`] as const];
  return { status: 206, body, contentType, contentLength: body.length, lastModified, headers };
}
