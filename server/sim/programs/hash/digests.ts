/** coreutils 9.1 and busybox: md5sum, sha1sum, sha224sum, sha256sum, sha384sum, sha512sum. */
import { md5, sha1 } from "@noble/hashes/legacy.js";
import { sha224, sha256, sha384, sha512 } from "@noble/hashes/sha2.js";
import type { Program } from "../../machine/types.ts";
import { lines, readAll } from "../toolkit/input.ts";
import { o } from "../toolkit/options.ts";
import { defineTool, isErrno } from "../toolkit/tool.ts";
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
          if (!options.has("check")) {
            await process.stdout.write(`${toHex(digest(await readAll(process, operand)))}  ${operand}\n`);
            continue;
          }
          let failures = 0;
          for await (const { text } of lines(process, operand)) {
            const match = /^([0-9a-f]+) [ *](.+)$/i.exec(text);
            if (!match) continue;
            const [, expected = "", file = ""] = match;
            const isRight = await matches(() => readAll(process, file), digest, expected);
            if (!isRight) failures++;
            if (!options.has("status") && !options.has("s") && !(isRight && options.has("quiet"))) {
              await process.stdout.write(`${file}: ${isRight ? "OK" : "FAILED"}\n`);
            }
          }
          if (failures > 0) {
            status = 1;
            if (!options.has("status"))
              await process.stderr.write(
                `${name}: WARNING: ${failures} computed checksum${failures === 1 ? "" : "s"} did NOT match\n`,
              );
          }
        } catch (error) {
          status = await reportOpenFailure(process, operand, error);
        }
      }
      return status;
    },
  });
}

async function matches(
  read: () => Promise<Uint8Array>,
  digest: (bytes: Uint8Array) => Uint8Array,
  expected: string,
): Promise<boolean> {
  try {
    return toHex(digest(await read())) === expected.toLowerCase();
  } catch (error) {
    if (isErrno(error)) return false;
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
