import { type Request, Router } from "express";
import type { CheckView, HistoryView, SessionView, TerminalView } from "../protocol.ts";
import type { Session } from "../session/session.ts";
import { requireLearner } from "./learner-cookie.ts";
import { lessonOf, type RouteContext } from "./lesson-routes.ts";
import { checkNumber, skipBody, terminalId } from "./messages.ts";
import { viewCheck } from "./views.ts";

/** What is done to a learner's world: each call wakes it if it sleeps. */
export function sessionRoutes(context: RouteContext): Router {
  const { registry, progress, services } = context;
  const router = Router();
  const sessionOf = (request: Request): Promise<Session> =>
    registry.open(requireLearner(request), lessonOf(request, context).id);

  router.get("/lessons/:lesson/session", async (request, response) => {
    const session = await sessionOf(request);
    await services.store.touchLearner(session.learner, services.host.now());
    const view: SessionView = { terminals: session.terminalViews, history: session.history };
    response.json(view);
  });

  router.post("/lessons/:lesson/terminals", async (request, response) => {
    const view: TerminalView = (await sessionOf(request)).openTerminal();
    response.status(201).json(view);
  });

  router.delete("/lessons/:lesson/terminals/:terminal", async (request, response) => {
    (await sessionOf(request)).closeTerminal(terminalId.parse(request.params.terminal));
    response.status(204).end();
  });

  router.post("/lessons/:lesson/undo", async (request, response) => {
    const session = await sessionOf(request);
    await session.undo();
    const view: HistoryView = session.history;
    response.json(view);
  });

  router.post("/lessons/:lesson/reset", async (request, response) => {
    const session = await sessionOf(request);
    await session.reset();
    const view: HistoryView = session.history;
    response.json(view);
  });

  router.post("/lessons/:lesson/skip", async (request, response) => {
    const { seconds } = skipBody.parse(request.body);
    await (await sessionOf(request)).skip(seconds);
    response.status(204).end();
  });

  router.post("/lessons/:lesson/checks/:check", async (request, response) => {
    const lesson = lessonOf(request, context);
    const learner = requireLearner(request);
    const session = await sessionOf(request);
    const id = checkNumber.parse(request.params.check);
    const result = await session.check(id);
    const before = await progress.view(learner, lesson);
    const after = result.passed ? await progress.checkPassed(learner, lesson, id) : before;
    const view: CheckView = viewCheck(id, result, after.status === "done" && before.status !== "done");
    if (result.passed) session.announce({ type: "progress", progress: after });
    session.announce({ type: "check", check: view });
    response.json(view);
  });

  return router;
}
