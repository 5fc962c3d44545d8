/** What small servers call a file by the ending of its name. */
const TYPES: Readonly<Record<string, string>> = {
  html: "text/html",
  htm: "text/html",
  css: "text/css",
  txt: "text/plain",
  md: "text/markdown",
  csv: "text/csv",
  xml: "text/xml",
  js: "text/javascript",
  json: "application/json",
  pdf: "application/pdf",
  gz: "application/gzip",
  tar: "application/x-tar",
  zip: "application/zip",
  gif: "image/gif",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  png: "image/png",
  svg: "image/svg+xml",
  ico: "image/vnd.microsoft.icon",
};

export function mediaTypeOf(path: string): string | undefined {
  const name = path.slice(path.lastIndexOf("/") + 1);
  return name.includes(".") ? TYPES[name.slice(name.lastIndexOf(".") + 1).toLowerCase()] : undefined;
}

/** The path of a request target, decoded, without `..`; a final slash stays. */
export function requestPath(target: string): string {
  let path = target.replace(/^https?:\/\/[^/]*/, "").replace(/[?#].*$/, "");
  try {
    path = decodeURIComponent(path);
  } catch {
    // Broken escapes stay as they are.
  }
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  const isFolder = /\/\.{0,2}$/.test(path) || path === "";
  return parts.length === 0 ? "/" : `/${parts.join("/")}${isFolder ? "/" : ""}`;
}
