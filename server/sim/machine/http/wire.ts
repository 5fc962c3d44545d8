import { concatBytes, encodeText } from "../bytes.ts";
import type { Interruption, OpenFile } from "../types.ts";

const LINE_END = encodeText("\r\n");

/** One chunk of a chunked body; an empty piece writes nothing, for it would end the body. */
export function writeChunk(file: OpenFile, piece: Uint8Array, interruption?: Interruption): Promise<void> {
  if (piece.length === 0) return Promise.resolve();
  const size = encodeText(`${piece.length.toString(16)}\r\n`);
  return file.write(concatBytes([size, piece, LINE_END]), interruption);
}

/** The reason phrases of RFC 9110 and what proxies and the API server add. */
export const REASONS: Readonly<Record<number, string>> = {
  100: "Continue",
  101: "Switching Protocols",
  200: "OK",
  201: "Created",
  202: "Accepted",
  204: "No Content",
  206: "Partial Content",
  301: "Moved Permanently",
  302: "Found",
  303: "See Other",
  304: "Not Modified",
  307: "Temporary Redirect",
  308: "Permanent Redirect",
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  406: "Not Acceptable",
  408: "Request Timeout",
  409: "Conflict",
  410: "Gone",
  411: "Length Required",
  413: "Request Entity Too Large",
  414: "Request-URI Too Long",
  415: "Unsupported Media Type",
  416: "Requested Range Not Satisfiable",
  417: "Expectation Failed",
  422: "Unprocessable Entity",
  429: "Too Many Requests",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  501: "Not Implemented",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout",
  505: "HTTP Version Not Supported",
};
