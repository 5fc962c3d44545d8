/**
 * curl 7.88 and 8.x over HTTP and HTTPS; the words of each release line are in `options.ts`.
 * Recorded in `captures/curl-*.txt`. Left out: other schemes than http, https, file; HTTP/2;
 * proxies (accepted, not used); parallel transfers run one after another.
 */
import type { Process, Program } from "../../machine/types.ts";
import { type ParsedOptions, parseOptions, UsageError } from "../toolkit/options.ts";
import { expandGlob } from "./addresses.ts";
import { CURL_OPTIONS, VERSION_TEXT } from "./options.ts";
import { Transfer } from "./transfer.ts";

const DEFAULT_VERSION = "8.14.1";

export const curl: Program = {
  name: "curl",
  async run(process) {
    const version = process.program.version ?? DEFAULT_VERSION;
    let options: ParsedOptions;
    try {
      options = parseOptions(process.argv.slice(1), CURL_OPTIONS);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      return badOption(process, error.message);
    }
    if (options.has("version")) {
      await process.stdout.write(VERSION_TEXT(version));
      return 0;
    }
    if (options.has("help")) {
      await process.stdout.write("Usage: curl [options...] <url>\n");
      return 0;
    }
    const urls = [...options.values("url"), ...options.operands].flatMap((url) =>
      options.has("globoff") ? [url] : expandGlob(url),
    );
    if (urls.length === 0) {
      await process.stderr.write(
        "curl: (2) no URL specified\ncurl: try 'curl --help' or 'curl --manual' for more information\n",
      );
      return 2;
    }
    let status = 0;
    for (const [index, url] of urls.entries()) {
      status = await new Transfer(process, options, version, url, options.values("output")[index] ?? null).run();
    }
    return status;
  },
};

async function badOption(process: Process, message: string): Promise<number> {
  const unknown = /unrecognized option '(.*)'|invalid option -- '(.*)'/.exec(message);
  const missing = /option '(.*)' requires|requires an argument -- '(.*)'/.exec(message);
  const name = unknown?.[1] ?? missing?.[1] ?? `-${unknown?.[2] ?? missing?.[2] ?? ""}`;
  const text = missing ? `option ${name}: requires parameter` : `option ${name}: is unknown`;
  await process.stderr.write(`curl: ${text}\ncurl: try 'curl --help' or 'curl --manual' for more information\n`);
  return 2;
}
