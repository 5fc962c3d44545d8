import type {
  CheckView,
  ErrorBody,
  HintsView,
  HistoryView,
  LessonList,
  LessonView,
  ProgressView,
  SessionView,
  SolutionView,
  TerminalView,
} from "../server/protocol.ts";
import { text } from "./text.ts";

/** The server refused, or could not be asked; the message is for the person. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
    });
  } catch {
    throw new ApiError(0, text.errors.offline);
  }
  if (response.status === 204) return undefined as T;
  const answer: unknown = await response.json().catch(() => null);
  if (response.ok) return answer as T;
  throw new ApiError(response.status, messageOf(answer) ?? text.errors.offline);
}

function messageOf(answer: unknown): string | undefined {
  if (typeof answer !== "object" || answer === null || !("error" in answer)) return undefined;
  return (answer as ErrorBody).error.message;
}

const lesson = (id: string): string => `/api/lessons/${encodeURIComponent(id)}`;

export const api = {
  lessons: () => call<LessonList>("GET", "/api/lessons"),
  lesson: (id: string) => call<LessonView>("GET", lesson(id)),
  session: (id: string) => call<SessionView>("GET", `${lesson(id)}/session`),
  moveTo: (id: string, step: number) => call<ProgressView>("PUT", `${lesson(id)}/progress`, { step }),
  hints: (id: string, block: string, count: number) => call<HintsView>("POST", `${lesson(id)}/hints`, { block, count }),
  solution: (id: string) => call<SolutionView>("GET", `${lesson(id)}/solution`),
  check: (id: string, check: number) => call<CheckView>("POST", `${lesson(id)}/checks/${check}`),
  openTerminal: (id: string) => call<TerminalView>("POST", `${lesson(id)}/terminals`),
  closeTerminal: (id: string, terminal: string) => call<void>("DELETE", `${lesson(id)}/terminals/${terminal}`),
  undo: (id: string) => call<HistoryView>("POST", `${lesson(id)}/undo`),
  reset: (id: string) => call<HistoryView>("POST", `${lesson(id)}/reset`),
  skip: (id: string, seconds: number) => call<void>("POST", `${lesson(id)}/skip`, { seconds }),
};

/** The address of a WebSocket of this server. */
export function socketAddress(path: string): string {
  const url = new URL(path, location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url.href;
}

export const sockets = {
  events: (id: string) => socketAddress(`${lesson(id)}/events`),
  terminal: (id: string, terminal: string) => socketAddress(`${lesson(id)}/terminals/${terminal}/socket`),
};
