/** The little that sockets must know of address notation. */

export function isIpv4(text: string): boolean {
  const parts = text.split(".");
  return parts.length === 4 && parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255);
}

export function isIpv6(text: string): boolean {
  const [address = ""] = text.split("%", 1);
  if (!address.includes(":") || !/^[0-9a-fA-F:.]+$/.test(address)) return false;
  const halves = address.split("::");
  if (halves.length > 2) return false;
  const groups = address.split(":").filter((group) => group !== "");
  const last = groups[groups.length - 1] ?? "";
  const count = groups.length + (last.includes(".") ? 1 : 0);
  const areGroupsValid = groups.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group) || isIpv4(group));
  return areGroupsValid && (halves.length === 2 ? count < 8 : count === 8);
}

export function isLoopback(address: string): boolean {
  return address.startsWith("127.") || address === "::1";
}

/** An address that stands for all of a host's. */
export function isWildcard(address: string): boolean {
  return address === "0.0.0.0" || address === "::" || address === "" || address === "*";
}
