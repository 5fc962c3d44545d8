/** The pages nginx makes itself: errors, folders. Lines end with CR LF, as in the real ones. */
import type { FileStat } from "../../machine/types.ts";
import { formatDate } from "../toolkit/dates.ts";

/** nginx's own reason phrases, which are not all those of the RFC. */
export const NGINX_REASONS: Readonly<Record<number, string>> = {
  200: "OK",
  201: "Created",
  202: "Accepted",
  204: "No Content",
  206: "Partial Content",
  301: "Moved Permanently",
  302: "Moved Temporarily",
  303: "See Other",
  304: "Not Modified",
  307: "Temporary Redirect",
  308: "Permanent Redirect",
  400: "Bad Request",
  401: "Unauthorized",
  402: "Payment Required",
  403: "Forbidden",
  404: "Not Found",
  405: "Not Allowed",
  406: "Not Acceptable",
  408: "Request Time-out",
  409: "Conflict",
  410: "Gone",
  411: "Length Required",
  412: "Precondition Failed",
  413: "Request Entity Too Large",
  414: "Request-URI Too Large",
  415: "Unsupported Media Type",
  416: "Requested Range Not Satisfiable",
  421: "Misdirected Request",
  429: "Too Many Requests",
  500: "Internal Server Error",
  501: "Not Implemented",
  502: "Bad Gateway",
  503: "Service Temporarily Unavailable",
  504: "Gateway Time-out",
  505: "HTTP Version Not Supported",
  507: "Insufficient Storage",
};

/** Undefined for statuses without a page: those below 300, 304, and unknown ones. */
export function errorPage(status: number, signature: string): string | undefined {
  const reason = NGINX_REASONS[status];
  if (reason === undefined || status < 300 || status === 304) return undefined;
  const title = `${status} ${reason}`;
  return page(`<center><h1>${title}</h1></center>\r\n<hr><center>${signature}</center>\r\n`, title);
}

function page(body: string, title: string): string {
  return `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n${body}</body>\r\n</html>\r\n`;
}

const NAME_COLUMNS = 50;

export function folderPage(uri: string, entries: readonly (readonly [name: string, stat: FileStat])[]): string {
  const sorted = [...entries].sort(([left, a], [right, b]) => {
    const folders = Number(b.kind === "directory") - Number(a.kind === "directory");
    return folders !== 0 ? folders : left < right ? -1 : 1;
  });
  const lines = sorted.map(([name, stat]) => {
    const shown = stat.kind === "directory" ? `${name}/` : name;
    const cut = shown.length > NAME_COLUMNS ? `${shown.slice(0, NAME_COLUMNS - 3)}..&gt;` : shown;
    const gap = " ".repeat(Math.max(1, NAME_COLUMNS + 1 - shown.length));
    const size = stat.kind === "directory" ? "-" : String(stat.sizeBytes);
    const date = formatDate(stat.modifiedMs, "%d-%b-%Y %H:%M");
    return `<a href="${encodeURI(shown)}">${cut}</a>${gap}${date} ${size.padStart(19)}\r\n`;
  });
  const title = `Index of ${uri}`;
  const list = `<h1>${title}</h1><hr><pre><a href="../">../</a>\r\n${lines.join("")}</pre><hr>`;
  return `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n${list}</body>\r\n</html>\r\n`;
}
