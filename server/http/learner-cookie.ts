import { randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { RequestHandler, Request } from "express";

/** The cookie that makes a visitor the same learner the next time. There is no account. */
const cookieName = "netpol-learner";
const pattern = /^[A-Za-z0-9_-]{22}$/;
const yearSeconds = 365 * 24 * 3600;

const learners = new WeakMap<IncomingMessage, string>();

/** The learner a request comes from; undefined when it carries no valid cookie. */
export function learnerOf(request: IncomingMessage): string | undefined {
  const known = learners.get(request);
  if (known) return known;
  for (const part of (request.headers.cookie ?? "").split(";")) {
    const [name, value] = part.trim().split("=");
    if (name === cookieName && value && pattern.test(value)) return value;
  }
  return undefined;
}

/** Gives each visitor without a cookie a new one. */
export function rememberLearner(): RequestHandler {
  return (request, response, next) => {
    const known = learnerOf(request);
    const learner = known ?? randomBytes(16).toString("base64url");
    learners.set(request, learner);
    if (!known) {
      response.cookie(cookieName, learner, {
        httpOnly: true,
        sameSite: "lax",
        secure: request.secure,
        maxAge: yearSeconds * 1000,
        path: "/",
      });
    }
    next();
  };
}

/** The learner of a request that went through `rememberLearner`. */
export function requireLearner(request: Request): string {
  const learner = learnerOf(request);
  if (!learner) throw new Error("rememberLearner was not run for this route");
  return learner;
}
