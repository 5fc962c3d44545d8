import express, { type Express } from "express";
import { ipKeyGenerator, rateLimit } from "express-rate-limit";
import helmet from "helmet";
import type { ErrorBody } from "../protocol.ts";
import { answerErrors, HttpError } from "./errors.ts";
import { learnerOf, rememberLearner } from "./learner-cookie.ts";
import { lessonRoutes, type RouteContext } from "./lesson-routes.ts";
import type { Metrics } from "./metrics.ts";
import { requireOwnOrigin } from "./origin.ts";
import { sessionRoutes } from "./session-routes.ts";
import { staticPage } from "./static-page.ts";

export interface AppOptions extends RouteContext {
  readonly webRoot: string;
  readonly allowedOrigins: readonly string[];
  readonly metrics: Metrics;
  readonly requestsPerMinute: number;
  readonly isReady: () => boolean;
}

/** Everything that is asked over plain HTTP. */
export function createApp(options: AppOptions): Express {
  const { services, metrics } = options;
  const app = express();
  app.disable("x-powered-by");
  app.set("trust proxy", "loopback, linklocal, uniquelocal");
  app.set("etag", "weak");
  app.use(secureHeaders());
  app.use((request, response, next) => {
    const end = metrics.requests.startTimer({ method: request.method });
    response.once("finish", () => end({ status: String(response.statusCode) }));
    next();
  });

  app.get("/healthz", (_request, response) => void response.type("text").send("ok\n"));
  app.get("/readyz", async (_request, response) => {
    if (!options.isReady()) throw new HttpError(503, "closing", "The server is stopping.");
    await services.store.ping().catch(() => {
      throw new HttpError(503, "no-database", "The database does not answer.");
    });
    response.type("text").send("ok\n");
  });
  app.get("/metrics", async (_request, response) => {
    response.type(metrics.registry.contentType).send(await metrics.registry.metrics());
  });

  app.use("/api", (_request, response, next) => {
    response.setHeader("Cache-Control", "no-store");
    next();
  });
  app.use("/api", limitRate(options.requestsPerMinute));
  app.use("/api", requireOwnOrigin(options.allowedOrigins));
  app.use("/api", express.json({ limit: "16kb", strict: true }));
  app.use(rememberLearner());
  app.use("/api", lessonRoutes(options), sessionRoutes(options));
  app.use("/api", () => {
    throw new HttpError(404, "not-found", "There is nothing at this address.");
  });
  app.use(staticPage(options.webRoot));
  app.use(answerErrors((error, request) => services.host.reportFault(error, `${request.method} ${request.path}`)));
  return app;
}

function secureHeaders(): ReturnType<typeof helmet> {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", "data:"],
        fontSrc: ["'self'"],
        connectSrc: ["'self'"],
        manifestSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
    },
    // The lab is often served over plain HTTP in a classroom; a proxy that adds TLS adds this.
    strictTransportSecurity: false,
    originAgentCluster: false,
    crossOriginOpenerPolicy: false,
  });
}

function limitRate(requestsPerMinute: number): ReturnType<typeof rateLimit> {
  return rateLimit({
    windowMs: 60_000,
    limit: requestsPerMinute,
    standardHeaders: "draft-8",
    legacyHeaders: false,
    // A whole class may share one address.
    keyGenerator: (request) => learnerOf(request) ?? ipKeyGenerator(request.ip ?? ""),
    handler: (_request, response) => {
      const body: ErrorBody = { error: { code: "too-many", message: "Too many requests; wait a moment." } };
      response.status(429).json(body);
    },
  });
}
