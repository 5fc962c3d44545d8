/** coreutils 9.1 and busybox: md5sum, sha1sum, sha224sum, sha256sum, sha384sum, sha512sum. */
import { md5, sha1 } from "@noble/hashes/legacy.js";
import { sha224, sha256, sha384, sha512 } from "@noble/hashes/sha2.js";
import type { Process, Program } from "../../machine/types.ts";
import { lines, readAll } from "../toolkit/input.ts";
import { o, type ParsedOptions } from "../toolkit/options.ts";
import { defineTool, isErrno, toolName } from "../toolkit/tool.ts";
import { reportOpenFailure } from "../coreutils/open-failure.ts";

export const toHex = (bytes: Uint8Array): string =>
  [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");

function digestTool(name: string, digest: (bytes: Uint8Array) => Uint8Array): Program {
  return defineTool({
    name,
    options: [
      o("c", "check"),
      o("b", "binary"),
      o("t", "text"),
      o("w", "warn"),
      o("s"),
      o("", "quiet"),
      o("", "status"),
      o("", "strict"),
      o("", "ignore-missing"),
      o("", "tag"),
    ],
    async run(process, options) {
      let status = 0;
      for (const operand of options.operands.length === 0 ? ["-"] : options.operands) {
        try {
          if (options.has("check")) {
            status = Math.max(status, await checkList(process, options, operand, digest));
            continue;
          }
          const text = toHex(digest(await readAll(process, operand)));
          const tag = name.replace(/sum$/, "").toUpperCase();
          await process.stdout.write(options.has("tag") ? `${tag} (${operand}) = ${text}\n` : `${text}  ${operand}\n`);
        } catch (error) {
          status = await reportOpenFailure(process, operand, error);
        }
      }
      return status;
    },
  });
}

/** Reads lines as the tool itself prints them and compares; the summary of what went wrong goes to standard error. */
async function checkList(
  process: Process,
  options: ParsedOptions,
  list: string,
  digest: (bytes: Uint8Array) => Uint8Array,
): Promise<number> {
  const isSilent = options.has("status") || options.has("s");
  const warn = (text: string): Promise<void> => process.stderr.write(`${toolName(process)}: ${text}\n`);
  const length = digest(new Uint8Array()).length * 2;
  const counts = { read: 0, unreadable: 0, different: 0, malformed: 0 };
  for await (const { text } of lines(process, list)) {
    const match = /^([0-9a-f]+) [ *](.+)$/i.exec(text);
    const [, expected = "", file = ""] = match ?? [];
    if (expected.length !== length) {
      counts.malformed++;
      continue;
    }
    counts.read++;
    const verdict = await verdictOn(process, file, expected, digest);
    if (verdict === "missing") {
      if (options.has("ignore-missing")) continue;
      await warn(`${file}: No such file or directory`);
      counts.unreadable++;
    }
    if (verdict === "different") counts.different++;
    const shown = { right: "OK", different: "FAILED", missing: "FAILED open or read" }[verdict];
    if (!isSilent && !(verdict === "right" && options.has("quiet"))) await process.stdout.write(`${file}: ${shown}\n`);
  }
  if (counts.read === 0) {
    await warn(`${list === "-" ? "'standard input'" : list}: no properly formatted checksum lines found`);
    return 1;
  }
  if (!isSilent) await warnOf(counts, warn);
  return counts.unreadable + counts.different > 0 ? 1 : 0;
}

async function warnOf(
  counts: { readonly unreadable: number; readonly different: number; readonly malformed: number },
  warn: (text: string) => Promise<void>,
): Promise<void> {
  const { unreadable, different, malformed } = counts;
  const many = (count: number, one: string, several: string): string =>
    `WARNING: ${count} ${count === 1 ? one : several}`;
  if (malformed > 0) await warn(many(malformed, "line is improperly formatted", "lines are improperly formatted"));
  if (unreadable > 0) await warn(many(unreadable, "listed file could not be read", "listed files could not be read"));
  if (different > 0) await warn(many(different, "computed checksum did NOT match", "computed checksums did NOT match"));
}

async function verdictOn(
  process: Process,
  file: string,
  expected: string,
  digest: (bytes: Uint8Array) => Uint8Array,
): Promise<"right" | "different" | "missing"> {
  try {
    return toHex(digest(await readAll(process, file))) === expected.toLowerCase() ? "right" : "different";
  } catch (error) {
    if (isErrno(error)) return "missing";
    throw error;
  }
}

export const digests: readonly Program[] = [
  digestTool("md5sum", md5),
  digestTool("sha1sum", sha1),
  digestTool("sha224sum", sha224),
  digestTool("sha256sum", sha256),
  digestTool("sha384sum", sha384),
  digestTool("sha512sum", sha512),
];
