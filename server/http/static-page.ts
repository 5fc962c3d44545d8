import { existsSync } from "node:fs";
import { join } from "node:path";
import express, { type RequestHandler, Router } from "express";
import { HttpError } from "./errors.ts";

/**
 * The built page. Files under `assets/` carry their content's hash in the name and are
 * kept for ever; the document itself is asked for each time. The build leaves a `.br`
 * beside each text file.
 */
export function staticPage(root: string): Router {
  const router = Router();
  router.use(preferCompressed(root));
  router.use(
    express.static(root, {
      index: false,
      redirect: false,
      setHeaders: (response, path) => {
        const isHashed = path.includes(`${join(root, "assets")}`);
        response.setHeader("Cache-Control", isHashed ? "public, max-age=31536000, immutable" : "no-cache");
        const type = compressedTypes.get(/\.[a-z]+(?=\.br$)/.exec(path)?.[0] ?? "");
        if (!type) return;
        response.setHeader("Content-Type", type);
        response.setHeader("Content-Encoding", "br");
        response.setHeader("Vary", "Accept-Encoding");
      },
    }),
  );
  // Not as a pattern, which would want to decode addresses that cannot be.
  router.use(sendDocument(root));
  return router;
}

const compressedTypes: ReadonlyMap<string, string> = new Map([
  [".js", "text/javascript; charset=utf-8"],
  [".css", "text/css; charset=utf-8"],
  [".svg", "image/svg+xml"],
]);

function preferCompressed(root: string): RequestHandler {
  const known = new Map<string, boolean>();
  return (request, _response, next) => {
    const isText = /^\/assets\/[\w.-]+\.(?:js|css|svg)$/.test(request.path);
    if (!isText || !/\bbr\b/.test(request.headers["accept-encoding"] ?? "")) return next();
    let exists = known.get(request.path);
    if (exists === undefined) {
      exists = existsSync(join(root, `${request.path}.br`));
      known.set(request.path, exists);
    }
    if (exists) request.url = request.url.replace(request.path, `${request.path}.br`);
    next();
  };
}

/** Every place of the page is the same document; the page reads the address itself. */
function sendDocument(root: string): RequestHandler {
  return (request, response, next) => {
    if (request.method !== "GET" && request.method !== "HEAD")
      return next(new HttpError(404, "not-found", "There is nothing at this address."));
    if (/\.[a-z0-9]{2,5}$/i.test(request.path)) return next(new HttpError(404, "not-found", "There is no such file."));
    response.setHeader("Cache-Control", "no-cache");
    response.sendFile("index.html", { root }, (error) => {
      if (!error) return;
      if (response.headersSent) return next(error);
      next(new HttpError(503, "not-built", "The page has not been built; run npm run build."));
    });
  };
}
