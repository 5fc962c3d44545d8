/** Addresses: `{a,b}` and `[1-3]` written out, and where a redirect leads. */
import type { WebAddress } from "../wget/url.ts";

/** `{a,b}` and `[1-3]` in addresses. */
export function expandGlob(url: string): readonly string[] {
  const list = /\{([^{}]*)\}/.exec(url);
  if (list) return (list[1] ?? "").split(",").flatMap((part) => expandGlob(url.replace(list[0], part)));
  const range = /\[(\d+)-(\d+)\]/.exec(url);
  if (!range) return [url];
  const [whole, first = "0", last = "0"] = range;
  return Array.from({ length: Math.max(0, Number(last) - Number(first) + 1) }, (_, index) =>
    url.replace(whole, String(Number(first) + index).padStart(first.length, "0")),
  );
}

/** The address that `location` means in an answer of `base`. */
export function absolute(base: WebAddress, location: string): string {
  if (/^[a-z]+:\/\//i.test(location)) return location;
  const authority = `${base.scheme}://${base.host}${base.port === (base.scheme === "https" ? 443 : 80) ? "" : `:${base.port}`}`;
  if (location.startsWith("/")) return authority + location;
  const folder = base.target.split("?")[0]?.replace(/[^/]*$/, "") ?? "/";
  return authority + folder + location;
}
