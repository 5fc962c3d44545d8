/**
 * One entry a line, unless lines belong together: a here-document, a continued line,
 * an open quote, bracket or loop. Then they stay one.
 */
export function splitCommands(commands: string): readonly string[] {
  const entries: string[] = [];
  let open: string[] = [];
  for (const line of commands.replace(/\n+$/, "").split("\n")) {
    open.push(line);
    const so = open.join("\n");
    if (isComplete(so)) {
      if (so.trim() !== "") entries.push(so);
      open = [];
    }
  }
  if (open.length > 0) entries.push(open.join("\n"));
  return entries;
}

function isComplete(source: string): boolean {
  if (/\\$/.test(source)) return false;
  const heredoc = /<<-?\s*(['"]?)(\w+)\1/.exec(source);
  if (heredoc) {
    const end = new RegExp(`\\n\\t*${heredoc[2]}\\s*$`);
    if (!end.test(source)) return false;
    return true;
  }
  const bare = source
    .replace(/\\./g, "")
    .replace(/'[^']*'/g, "")
    .replace(/"[^"]*"/g, "");
  if (/['"]/.test(bare)) return false;
  const count = (pattern: RegExp): number => bare.match(pattern)?.length ?? 0;
  if (count(/(^|[;\s])(do|then|case)\b/g) > count(/(^|[;\s])(done|fi|esac)\b/g)) return false;
  return count(/[({]/g) <= count(/[)}]/g);
}
