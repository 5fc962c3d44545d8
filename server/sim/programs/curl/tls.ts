/** What curl asks of TLS, and its words when that fails. */
import type { TlsError } from "../../machine/tls.ts";
import type { Process } from "../../machine/types.ts";
import type { ParsedOptions } from "../toolkit/options.ts";
import type { WebAddress } from "../wget/url.ts";
import { CurlFailure } from "./failure.ts";

const SYSTEM_ROOTS = ["/etc/ssl/certs/ca-certificates.crt", "/etc/ssl/cert.pem"];
const MORE_ON_CERTIFICATES = `
More details here: https://curl.se/docs/sslcerts.html

curl failed to verify the legitimacy of the server and therefore could not
establish a secure connection to it. To learn more about this situation and
how to fix it, please visit the webpage mentioned above.`;

export function tlsOptions(process: Process, options: ParsedOptions, web: WebAddress) {
  const { fs } = process.machine;
  const read = (path: string | undefined): string | undefined =>
    path === undefined ? undefined : fs.readText(process.resolve(path));
  const cacert = options.value("cacert");
  if (cacert !== undefined && !fs.exists(process.resolve(cacert))) {
    throw new CurlFailure(77, `error setting certificate verify locations:  CAfile: ${cacert} CApath: none`);
  }
  const system = SYSTEM_ROOTS.find((path) => fs.exists(path));
  const roots = read(cacert ?? system);
  const certificate = read(options.value("cert"));
  return {
    serverName: web.host,
    isInsecure: options.has("insecure"),
    nowMs: process.clock.now(),
    ...(roots === undefined ? {} : { roots }),
    ...(certificate === undefined ? {} : { certificate }),
  };
}

export function tlsFailure(error: TlsError, web: WebAddress): CurlFailure {
  const { reason, verdict } = error.failure;
  if (reason === "wrong-version-number")
    return new CurlFailure(35, "TLS connect error: error:0A00010B:SSL routines::wrong version number");
  if (reason === "unexpected-eof")
    return new CurlFailure(35, "TLS connect error: error:0A000126:SSL routines::unexpected eof while reading");
  if (reason === "alert")
    return new CurlFailure(
      56,
      `OpenSSL SSL_read: OpenSSL/3.5.4: error:0A00045C:SSL routines::tlsv13 alert certificate required, errno 0`,
    );
  const why =
    verdict?.kind === "expired"
      ? "certificate has expired"
      : verdict?.kind === "self-signed"
        ? "self-signed certificate"
        : "unable to get local issuer certificate";
  if (verdict?.kind === "name-mismatch")
    return new CurlFailure(
      60,
      `SSL: no alternative certificate subject name matches target host name '${web.host}'${MORE_ON_CERTIFICATES}`,
    );
  return new CurlFailure(60, `SSL certificate problem: ${why}${MORE_ON_CERTIFICATES}`);
}
