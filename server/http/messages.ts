/** What comes in from outside, checked once; past this file it has a type. */
import { z } from "zod";
import type { TerminalClientMessage } from "../protocol.ts";

export const lessonId = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/);
export const terminalId = z.string().regex(/^[0-9]{1,3}$/);

const screenSide = (most: number) => z.number().int().min(2).max(most);

const terminalMessage = z.discriminatedUnion("type", [
  z.object({ type: z.literal("resize"), columns: screenSide(500), rows: screenSide(300) }),
  z.object({ type: z.literal("ack"), bytes: z.number().int().nonnegative() }),
  z.object({ type: z.literal("ping") }),
]);

export const terminalQuery = z.object({
  client: z.string().regex(/^[A-Za-z0-9_-]{6,40}$/),
  epoch: z.string().max(40).optional(),
  offset: z.coerce.number().int().nonnegative().optional(),
  acked: z.coerce.number().int().nonnegative().default(0),
});

export const stepBody = z.object({ step: z.number().int().min(0).max(999) });
export const hintBody = z.object({
  block: z.string().regex(/^\d{1,3}\/\d{1,3}$/),
  count: z.number().int().min(1).max(50),
});
export const skipBody = z.object({ seconds: z.number().int().min(1).max(86_400) });
export const checkNumber = z.coerce.number().int().min(0).max(9999);

export type MessageResult =
  | { readonly kind: "message"; readonly message: TerminalClientMessage }
  | { readonly kind: "malformed"; readonly code: 1003 | 1007; readonly reason: string };

/** Reads one text frame. `code` is the WebSocket close code that says what was wrong. */
export function readTerminalMessage(text: string): MessageResult {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { kind: "malformed", code: 1007, reason: "a text frame must be one JSON message; keys go in binary frames" };
  }
  const result = terminalMessage.safeParse(value);
  if (result.success) return { kind: "message", message: result.data };
  return { kind: "malformed", code: 1003, reason: `not a message of this terminal: ${firstIssue(result.error)}` };
}

/** The first thing that is wrong, in one short line. */
export function firstIssue(error: z.ZodError): string {
  const issue = error.issues[0];
  if (!issue) return "invalid";
  const place = issue.path.join(".");
  return (place ? `${place}: ${issue.message}` : issue.message).replaceAll("\n", " ").slice(0, 90);
}
