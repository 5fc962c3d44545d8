/** Alias expansion, as an edit of the text before it is parsed for good. */
import { type Command, forEachChild, type SyntaxNode, type Word } from "unbash";
import { parseText } from "./parser.ts";

interface Region {
  start: number;
  end: number;
  readonly names: ReadonlySet<string>;
}

const MAX_REPLACEMENTS = 200;
const RESERVED = new Set([
  "if",
  "then",
  "else",
  "elif",
  "fi",
  "do",
  "done",
  "case",
  "esac",
  "while",
  "until",
  "for",
  "in",
  "function",
  "select",
  "time",
  "{",
  "}",
  "!",
  "[[",
  "]]",
]);

/** The text with every alias at the start of a command replaced; each name once along a chain. */
export function expandAliases(text: string, aliases: ReadonlyMap<string, string>): string {
  if (aliases.size === 0) return text;
  let current = text;
  const regions: Region[] = [];
  for (let count = 0; count < MAX_REPLACEMENTS; count++) {
    const place = findAlias(current, aliases, regions);
    if (!place) return current;
    const { word, value } = place;
    current = current.slice(0, word.pos) + value + current.slice(word.end);
    const growth = value.length - (word.end - word.pos);
    const outer = regions
      .filter((region) => region.start <= word.pos && region.end >= word.end)
      .flatMap((region) => [...region.names]);
    for (const region of regions) {
      if (region.start >= word.end) region.start += growth;
      if (region.end >= word.end) region.end += growth;
    }
    regions.push({ start: word.pos, end: word.pos + value.length, names: new Set([...outer, word.text]) });
  }
  return current;
}

function findAlias(
  text: string,
  aliases: ReadonlyMap<string, string>,
  regions: readonly Region[],
): { word: Word; value: string } | undefined {
  const { script } = parseText(text);
  let found: { word: Word; value: string } | undefined;
  const consider = (word: Word): boolean => {
    const value = aliases.get(word.text);
    if (found || value === undefined || RESERVED.has(word.text)) return false;
    if (regions.some((region) => region.start <= word.pos && word.end <= region.end && region.names.has(word.text)))
      return false;
    found = { word, value };
    return true;
  };
  const visit = (node: SyntaxNode): void => {
    if (found) return;
    if (node.type === "Command") considerCommand(node, aliases, regions, text, consider);
    // Text between backquotes with escapes has positions of its own.
    if (node.type === "CommandExpansion" && node.script?.source !== undefined) return;
    forEachChild(node, visit);
  };
  visit(script);
  return found;
}

function considerCommand(
  command: Command,
  aliases: ReadonlyMap<string, string>,
  regions: readonly Region[],
  text: string,
  consider: (word: Word) => boolean,
): void {
  const { name } = command;
  if (!name || consider(name)) return;
  // An alias that ends in a blank has the next word checked too.
  for (const argument of command.suffix) {
    if (argument.type !== "Word") break;
    const before = regions.find(
      (region) =>
        region.end <= argument.pos &&
        text.slice(region.end, argument.pos).trim() === "" &&
        /[ \t]$/.test(text.slice(region.start, region.end)),
    );
    if (!before) break;
    if (consider(argument) || !aliases.has(argument.text)) break;
  }
}
