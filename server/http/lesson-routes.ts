import { type Request, Router } from "express";
import type { ProgressBook } from "../classroom/progress-book.ts";
import type { Lesson } from "../lesson/types.ts";
import type { HintsView, LessonList, LessonView, ProgressView, SolutionView } from "../protocol.ts";
import type { SessionRegistry } from "../session/registry.ts";
import type { SessionServices } from "../session/services.ts";
import { HttpError } from "./errors.ts";
import { requireLearner } from "./learner-cookie.ts";
import { hintBody, lessonId, stepBody } from "./messages.ts";
import { hintsOf, viewLesson, viewLessonList } from "./views.ts";

export interface RouteContext {
  readonly services: SessionServices;
  readonly registry: SessionRegistry;
  readonly progress: ProgressBook;
  readonly version: string;
}

/** The lesson a path names. Throws 404. */
export function lessonOf(request: Request, { services }: RouteContext): Lesson {
  const id = lessonId.safeParse(request.params["lesson"]);
  const lesson = id.success ? services.lessons.get(id.data) : undefined;
  if (!lesson)
    throw new HttpError(404, "not-found", `There is no lesson ${String(request.params["lesson"]).slice(0, 100)}.`);
  return lesson;
}

/** Texts, hints, solutions and progress: what needs no world. */
export function lessonRoutes(context: RouteContext): Router {
  const { services, progress, registry } = context;
  const router = Router();

  router.get("/lessons", async (request, response) => {
    const learner = requireLearner(request);
    const list: LessonList = viewLessonList(services.lessons, await progress.list(learner), context.version);
    response.json(list);
  });

  router.get("/lessons/:lesson", async (request, response) => {
    const lesson = lessonOf(request, context);
    const learner = requireLearner(request);
    const view: LessonView = viewLesson(
      lesson,
      services.lessons,
      await progress.view(learner, lesson),
      await progress.hintsShown(learner, lesson),
    );
    response.json(view);
  });

  router.put("/lessons/:lesson/progress", async (request, response) => {
    const lesson = lessonOf(request, context);
    const learner = requireLearner(request);
    const { step } = stepBody.parse(request.body);
    if (step >= lesson.steps.length)
      throw new HttpError(400, "bad-request", `This lesson has ${lesson.steps.length} steps.`);
    await services.store.touchLearner(learner, services.host.now());
    const view: ProgressView = await progress.moveTo(learner, lesson, step);
    registry.awake(learner, lesson.id)?.announce({ type: "progress", progress: view });
    response.json(view);
  });

  router.post("/lessons/:lesson/hints", async (request, response) => {
    const lesson = lessonOf(request, context);
    const { block, count } = hintBody.parse(request.body);
    const hints = hintsOf(lesson, block);
    if (!hints) throw new HttpError(404, "not-found", "There are no hints at this place.");
    const shown = hints.slice(0, count);
    await progress.showHints(requireLearner(request), lesson, block, shown.length);
    const view: HintsView = { id: block, count: hints.length, shown };
    response.json(view);
  });

  router.get("/lessons/:lesson/solution", (request, response) => {
    const { solution } = lessonOf(request, context);
    if (!solution) throw new HttpError(404, "not-found", "This lesson has no solution to show.");
    const view: SolutionView = { name: solution.name, script: solution.script };
    response.json(view);
  });

  return router;
}
