/** Label selectors evaluated by the client: `-l` over objects read from files. */
import { KubectlError } from "../errors.ts";

export interface Selector {
  matches(labels: Readonly<Record<string, string>>): boolean;
}

type Requirement = (labels: Readonly<Record<string, string>>) => boolean;

/** Parses `a=b,c in (d,e),!f`. Throws KubectlError with apimachinery's words where it is malformed. */
export function parseSelector(text: string): Selector {
  const requirements = splitRequirements(text).map(parseRequirement);
  return { matches: (labels) => requirements.every((requirement) => requirement(labels)) };
}

function splitRequirements(text: string): readonly string[] {
  const parts: string[] = [];
  let depth = 0;
  let current = "";
  for (const char of text) {
    if (char === "(") depth++;
    if (char === ")") depth--;
    if (char === "," && depth === 0) {
      parts.push(current);
      current = "";
    } else current += char;
  }
  parts.push(current);
  return parts.map((part) => part.trim()).filter((part) => part !== "");
}

function parseRequirement(text: string): Requirement {
  const set = /^(\S+)\s+(in|notin)\s*\(([^)]*)\)$/.exec(text);
  if (set !== null) {
    const [, key = "", operator, list = ""] = set;
    const values = list.split(",").map((value) => value.trim());
    return operator === "in"
      ? (labels) => labels[key] !== undefined && values.includes(labels[key])
      : (labels) => labels[key] === undefined || !values.includes(labels[key]);
  }
  const equality = /^([^=!\s]+)\s*(==|=|!=)\s*([^=!\s]*)$/.exec(text);
  if (equality !== null) {
    const [, key = "", operator, value = ""] = equality;
    return operator === "!=" ? (labels) => labels[key] !== value : (labels) => labels[key] === value;
  }
  const absent = /^!\s*([^=!\s]+)$/.exec(text)?.[1];
  if (absent !== undefined) return (labels) => labels[absent] === undefined;
  if (/^[^=!\s]+$/.test(text)) return (labels) => labels[text] !== undefined;
  throw new KubectlError(`unable to parse requirement: ${JSON.stringify(text)} is not a valid label selector`);
}
