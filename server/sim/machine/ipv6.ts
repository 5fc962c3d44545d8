/** IPv6 addresses as 16 bytes and in the canonical text of RFC 5952. */

export function parseIpv6(text: string): Uint8Array | undefined {
  const [address = ""] = text.split("%", 1);
  const halves = address.split("::");
  if (halves.length > 2 || !address.includes(":")) return undefined;
  const head = parseGroups(halves[0] ?? "");
  const tail = halves.length === 2 ? parseGroups(halves[1] ?? "") : [];
  if (!head || !tail) return undefined;
  const missing = 16 - head.length - tail.length;
  if (halves.length === 2 ? missing < 2 : missing !== 0) return undefined;
  return Uint8Array.from([...head, ...new Array<number>(missing).fill(0), ...tail]);
}

function parseGroups(text: string): number[] | undefined {
  if (text === "") return [];
  const bytes: number[] = [];
  for (const group of text.split(":")) {
    if (group.includes(".")) {
      const parts = group.split(".").map(Number);
      if (parts.length !== 4 || parts.some((part) => !(part >= 0 && part <= 255))) return undefined;
      bytes.push(...parts);
    } else {
      if (!/^[0-9a-fA-F]{1,4}$/.test(group)) return undefined;
      const value = Number.parseInt(group, 16);
      bytes.push(value >> 8, value & 0xff);
    }
  }
  return bytes;
}

export function formatIpv6(bytes: Uint8Array): string {
  const groups: string[] = [];
  for (let i = 0; i < 16; i += 2) groups.push((((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0)).toString(16));
  let best = { start: 0, length: 0 };
  for (let i = 0; i < 8; i++) {
    let end = i;
    while (groups[end] === "0") end++;
    if (end - i > best.length) best = { start: i, length: end - i };
  }
  if (best.length < 2) return groups.join(":");
  return `${groups.slice(0, best.start).join(":")}::${groups.slice(best.start + best.length).join(":")}`;
}
