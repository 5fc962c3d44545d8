/** A command as one short line, as labels need it. */
export function shortCommand(command: string, most = 42): string {
  const [first = ""] = command.trim().split("\n");
  if (first.length > most) return `${first.slice(0, most - 1).trimEnd()}…`;
  return first.length < command.trim().length ? `${first} …` : first;
}
