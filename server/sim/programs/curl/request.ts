/** The request that the options ask for: method, body, headers. */
import type { Process } from "../../machine/types.ts";
import { encode } from "../coreutils/base64.ts";
import { bytesOf, joinBytes, readAll } from "../toolkit/input.ts";
import { ToolError } from "../toolkit/tool.ts";
import type { ParsedOptions } from "../toolkit/options.ts";
import { CurlFailure } from "./failure.ts";
import type { WebAddress } from "../wget/url.ts";

const DATA_OPTIONS: readonly string[] = ["data", "data-raw", "data-binary", "data-ascii", "data-urlencode", "json"];

export function requestMethod(options: ParsedOptions): string {
  const explicit = options.value("request");
  if (explicit !== undefined) return explicit;
  if (options.has("head")) return "HEAD";
  if (options.has("upload-file")) return "PUT";
  const hasData = DATA_OPTIONS.some((name) => options.has(name)) || options.has("form");
  return hasData && !options.has("get") ? "POST" : "GET";
}

/** Undefined when the request has none. */
export async function requestBody(process: Process, options: ParsedOptions): Promise<Uint8Array | undefined> {
  const upload = options.value("upload-file");
  if (upload !== undefined) return readBounded(process, upload);
  const form = options.values("form");
  if (form.length > 0) {
    const parts = form.map(
      (field) =>
        `--------------------------netpollab\r\nContent-Disposition: form-data; name="${field.split("=")[0]}"\r\n\r\n${field.slice(field.indexOf("=") + 1)}\r\n`,
    );
    return bytesOf(`${parts.join("")}--------------------------netpollab--\r\n`);
  }
  const pieces: Uint8Array[] = [];
  for (const { name, value } of options.given) {
    if (!DATA_OPTIONS.includes(name)) continue;
    if (pieces.length > 0 && name !== "json") pieces.push(bytesOf("&"));
    pieces.push(await dataPiece(process, name, value ?? ""));
  }
  return pieces.length === 0 ? undefined : joinBytes(pieces);
}

async function dataPiece(process: Process, name: string, value: string): Promise<Uint8Array> {
  if (name === "data-urlencode") {
    const [, key = "", text = ""] = /^(?:([^=]*)=)?([\s\S]*)$/.exec(value) ?? [];
    return bytesOf(`${key === "" ? "" : `${key}=`}${encodeURIComponent(text)}`);
  }
  if (!value.startsWith("@") || name === "data-raw") return bytesOf(value);
  const content = await readBounded(process, value.slice(1));
  return name === "data-binary" || name === "json" ? content : content.filter((byte) => byte !== 10 && byte !== 13);
}

/** CURLE_OUT_OF_MEMORY for a file without an end. */
async function readBounded(process: Process, path: string): Promise<Uint8Array> {
  try {
    return await readAll(process, path);
  } catch (error) {
    if (error instanceof ToolError) throw new CurlFailure(27, "Out of memory");
    throw error;
  }
}

export function requestHeaders(
  options: ParsedOptions,
  version: string,
  web: WebAddress,
  body: Uint8Array | undefined,
): (readonly [string, string])[] {
  const given = options.values("header").map((line) => {
    const at = line.indexOf(":");
    return [
      line.slice(0, at === -1 ? line.length : at).replace(/;$/, ""),
      at === -1 ? "" : line.slice(at + 1).trim(),
    ] as const;
  });
  const isGiven = (name: string): boolean => given.some(([key]) => key.toLowerCase() === name.toLowerCase());
  const headers: (readonly [string, string])[] = [];
  const add = (name: string, value: string | undefined): void => {
    if (value !== undefined && !isGiven(name)) headers.push([name, value]);
  };
  const user = options.value("user") ?? web.credentials ?? undefined;
  add(
    "Authorization",
    user === undefined ? undefined : `Basic ${encode(bytesOf(user.includes(":") ? user : `${user}:`))}`,
  );
  const bearer = options.value("oauth2-bearer");
  add("Authorization", bearer === undefined ? undefined : `Bearer ${bearer}`);
  add("Range", options.has("range") ? `bytes=${options.value("range")}` : undefined);
  add("User-Agent", options.value("user-agent") ?? `curl/${version}`);
  add("Accept", options.has("json") ? "application/json" : "*/*");
  add("Referer", options.value("referer"));
  add("Cookie", options.value("cookie"));
  add("Accept-Encoding", options.has("compressed") ? "deflate, gzip, br" : undefined);
  headers.push(...given.filter(([name, value]) => value !== "" || name.toLowerCase() === "host"));
  if (body !== undefined && !options.has("upload-file") && !isGiven("Content-Type")) {
    headers.push([
      "Content-Type",
      options.has("json")
        ? "application/json"
        : options.has("form")
          ? "multipart/form-data; boundary=------------------------netpollab"
          : "application/x-www-form-urlencoded",
    ]);
  }
  return headers;
}
