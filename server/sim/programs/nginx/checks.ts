/** What nginx refuses before it serves anything, beyond the form of its directives. */
import type { FileSystem } from "../../machine/types.ts";
import { complainAt, ConfigurationError, type Directive } from "./configuration.ts";
import type { Site } from "./servers.ts";
import { isVariable, variableNames } from "./variables.ts";

/** Directives whose arguments may hold variables. */
const INTERPOLATED = new Set([
  "return",
  "rewrite",
  "set",
  "add_header",
  "proxy_pass",
  "proxy_set_header",
  "root",
  "alias",
  "try_files",
  "log_format",
  "index",
  "error_page",
]);

/** Unknown variables, and certificates that cannot be read. Throws ConfigurationError. */
export function checkVariables(site: Site, fs: FileSystem): void {
  const known = new Set<string>();
  walk(site.http?.directives ?? [], (directive) => {
    if (directive.name === "set") known.add((directive.args[0] ?? "").replace(/^\$/, ""));
    if (directive.name === "map") known.add((directive.args[1] ?? "").replace(/^\$/, ""));
    for (const text of directive.args) for (const match of text.matchAll(/\(\?P?<(\w+)>/g)) known.add(match[1] ?? "");
  });
  walk(site.http?.directives ?? [], (directive) => {
    if (!INTERPOLATED.has(directive.name)) return;
    // The first argument of rewrite is a pattern, where `$` is an anchor.
    for (const text of directive.args.slice(directive.name === "rewrite" ? 1 : 0)) {
      const unknown = variableNames(text).find((name) => !isVariable(name, known));
      if (unknown !== undefined) complainAt(directive, `unknown "${unknown}" variable`);
    }
  });
  checkCertificates(site, fs);
}

function checkCertificates(site: Site, fs: FileSystem): void {
  for (const server of site.servers) {
    const listen = server.listens.find((one) => one.isTls)?.directive;
    if (!listen) continue;
    for (const name of ["ssl_certificate", "ssl_certificate_key"] as const) {
      const path = server.scope.first(name)?.[0];
      if (path === undefined) complainAt(listen, `no "${name}" is defined for the "listen ... ssl" directive`);
      if (path.includes("$") || fs.exists(path)) continue;
      const what =
        name === "ssl_certificate" ? `cannot load certificate "${path}"` : `cannot load certificate key "${path}"`;
      const reason = `BIO_new_file() failed (SSL: error:80000002:system library::No such file or directory:calling fopen(${path}, r) error:10000080:BIO routines::no such file)`;
      // Certificates are loaded after the file is read, so the complaint names no line.
      throw new ConfigurationError(`${what}: ${reason}`);
    }
  }
}

function walk(directives: readonly Directive[], visit: (directive: Directive) => void): void {
  for (const directive of directives) {
    visit(directive);
    if (directive.block) walk(directive.block, visit);
  }
}
