/** Names while a program is compiled: what they stand for, and where. */
import type { Op } from "./machine.ts";
import type { Definition, Pattern } from "./syntax.ts";

export interface Scope {
  readonly kind: "variable" | "parameter" | "function" | "label";
  readonly name: string;
  readonly binder: Binder;
  readonly next: Scope | null;
}
export interface Binder {
  readonly name: string;
  readonly params: readonly Binder[];
  body: Op | null;
}

export const binder = (name: string, params: readonly Binder[] = []): Binder => ({ name, params, body: null });

export const signatureOf = (definition: Definition): string => `${definition.name}/${definition.params.length}`;

export function namesOf(pattern: Pattern): readonly string[] {
  switch (pattern.kind) {
    case "variable":
      return [pattern.name];
    case "array":
      return pattern.items.flatMap(namesOf);
    case "object":
      return pattern.entries.flatMap(({ variable, pattern: inner }) => [
        ...(variable === null ? [] : [variable]),
        ...(inner ? namesOf(inner) : []),
      ]);
    default:
      return pattern satisfies never;
  }
}

export function find(scope: Scope | null, kind: Scope["kind"], name: string): Scope | null {
  for (let at = scope; at !== null; at = at.next) if (at.kind === kind && at.name === name) return at;
  return null;
}

/** The innermost function or parameter of this name. */
export function nearestOf(scope: Scope | null, signature: string): Scope | null {
  for (let at = scope; at !== null; at = at.next) {
    if ((at.kind === "function" || at.kind === "parameter") && at.name === signature) return at;
  }
  return null;
}
