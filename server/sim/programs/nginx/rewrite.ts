/** The rewrite phase: set, if, rewrite, return, break. Source: nginx.org, ngx_http_rewrite_module. */
import { isErrno } from "../toolkit/tool.ts";
import type { Directive } from "./configuration.ts";
import type { Exchange, Reply } from "./exchange.ts";
import { compilePattern, Scope } from "./servers.ts";
import { expand, lookup } from "./variables.ts";

export type RewriteOutcome =
  | { readonly kind: "pass" }
  /** The URI changed: look for a location again. */
  | { readonly kind: "last" }
  | { readonly kind: "break" }
  | { readonly kind: "reply"; readonly reply: Reply };

const PASS: RewriteOutcome = { kind: "pass" };

export function runRewrites(exchange: Exchange, directives: readonly Directive[]): RewriteOutcome {
  let hasChanged = false;
  for (const directive of directives) {
    switch (directive.name) {
      case "set":
        exchange.variables.set((directive.args[0] ?? "").slice(1), expand(directive.args[1] ?? "", exchange));
        break;
      case "return":
        return { kind: "reply", reply: returned(exchange, directive.args) };
      case "break":
        return { kind: "break" };
      case "rewrite": {
        const outcome = rewrite(exchange, directive);
        if (outcome === "changed") hasChanged = true;
        else if (outcome !== "unmatched") return outcome;
        break;
      }
      case "if": {
        if (!holds(exchange, directive.args)) break;
        exchange.scope = new Scope(exchange.scope, directive.block ?? []);
        const outcome = runRewrites(exchange, directive.block ?? []);
        if (outcome.kind !== "pass") return outcome;
      }
    }
  }
  return hasChanged ? { kind: "last" } : PASS;
}

/** `return 200 text`, `return 301 url`, `return url`. */
function returned(exchange: Exchange, args: readonly string[]): Reply {
  const [first = "", text] = args;
  const code = Number(first);
  if (!Number.isInteger(code)) return { status: 302, body: null, location: expand(first, exchange) };
  if (text === undefined) return { status: code, body: null };
  const value = expand(text, exchange);
  if ([301, 302, 303, 307, 308].includes(code)) return { status: code, body: null, location: value };
  return { status: code, body: new TextEncoder().encode(value) };
}

function rewrite(exchange: Exchange, directive: Directive): RewriteOutcome | "changed" | "unmatched" {
  const [pattern = "", replacement = "", flag] = directive.args;
  const match = compilePattern(pattern, false, directive).exec(exchange.uri);
  if (!match) return "unmatched";
  exchange.captures = match;
  const target = expand(replacement, exchange);
  const isRedirect = /^(https?:\/\/|\$scheme)/.test(replacement) || flag === "redirect" || flag === "permanent";
  const [path = "", args] = splitOnce(target, "?");
  // A `?` at the very end drops the query; otherwise the old one is appended.
  const newArgs =
    args === undefined ? exchange.args : args === "" ? "" : [args, exchange.args].filter(Boolean).join("&");
  if (isRedirect) {
    const location = newArgs === "" ? path : `${path}?${newArgs}`;
    return { kind: "reply", reply: { status: flag === "permanent" ? 301 : 302, body: null, location } };
  }
  exchange.uri = path;
  exchange.args = newArgs;
  if (flag === "last") return { kind: "last" };
  return flag === "break" ? { kind: "break" } : "changed";
}

export function splitOnce(text: string, mark: string): readonly [string, string | undefined] {
  const at = text.indexOf(mark);
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + mark.length)];
}

function holds(exchange: Exchange, args: readonly string[]): boolean {
  const words = [...args];
  words[0] = (words[0] ?? "").replace(/^\(/, "");
  words[words.length - 1] = (words.at(-1) ?? "").replace(/\)$/, "");
  const [left = "", operator, right = ""] = words.filter((word) => word !== "");
  if (operator === undefined) {
    const value = lookup(left.slice(1), exchange) ?? "";
    return value !== "" && value !== "0";
  }
  if (/^!?-[fdex]$/.test(left)) return testsFile(exchange, left, expand(operator, exchange));
  const value = expand(left, exchange);
  switch (operator) {
    case "=":
      return value === expand(right, exchange);
    case "!=":
      return value !== expand(right, exchange);
    default: {
      const isNegated = operator.startsWith("!");
      const match = new RegExp(right, operator.endsWith("*") ? "i" : "").exec(value);
      if (match) exchange.captures = match;
      return (match !== null) !== isNegated;
    }
  }
}

function testsFile(exchange: Exchange, operator: string, path: string): boolean {
  const isNegated = operator.startsWith("!");
  const letter = operator.at(-1);
  let isTrue = false;
  try {
    const stat = exchange.process.machine.fs.stat(path);
    isTrue =
      letter === "e" ||
      (letter === "f" && stat.kind === "file") ||
      (letter === "d" && stat.kind === "directory") ||
      (letter === "x" && (stat.mode & 0o111) !== 0);
  } catch (error) {
    if (!isErrno(error)) throw error;
  }
  return isTrue !== isNegated;
}
