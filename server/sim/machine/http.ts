/** HTTP/1.1 over simulated sockets. */
export { HttpHeaders, type HeaderInit } from "./http/headers.ts";
export {
  HttpAgent,
  HttpConnection,
  httpRequest,
  type HttpNetwork,
  type HttpRequest,
  type HttpResponse,
  openHttpConnection,
} from "./http/client.ts";
export { HttpBody, HttpError } from "./http/message-reader.ts";
export {
  type HttpHandler,
  type HttpServerOptions,
  type HttpServerRequest,
  type HttpServerResponse,
  serveHttp,
  serveHttpConnection,
} from "./http/server.ts";
export { REASONS } from "./http/wire.ts";
