/** A web address as the download tools read it; scheme and path may be missing. */
export interface WebAddress {
  readonly scheme: "http" | "https";
  readonly host: string;
  readonly port: number;
  readonly target: string;
  readonly credentials: string | null;
}

/** Undefined for other schemes and malformed addresses. */
export function parseWebAddress(text: string): WebAddress | undefined {
  const match = /^(?:(https?):\/\/)?(?:([^@/]*)@)?(\[[0-9a-fA-F:.]+\]|[^/:?#]+)(?::(\d+))?([/?][^#]*)?(?:#.*)?$/i.exec(
    text,
  );
  if (!match) return undefined;
  const [, scheme = "http", credentials, host = "", port, target = "/"] = match;
  const isSecure = scheme.toLowerCase() === "https";
  return {
    scheme: isSecure ? "https" : "http",
    host: host.replace(/^\[|\]$/g, ""),
    port: port === undefined ? (isSecure ? 443 : 80) : Number(port),
    target: target.startsWith("/") ? target : `/${target}`,
    credentials: credentials ?? null,
  };
}
