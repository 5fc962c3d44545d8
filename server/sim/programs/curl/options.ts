/** curl's command line: the options that people use, by their long names. */
import { o, type OptionSpec } from "../toolkit/options.ts";

export const CURL_OPTIONS: readonly OptionSpec[] = [
  o("s", "silent"),
  o("S", "show-error"),
  o("f", "fail"),
  o("", "fail-with-body"),
  o("v", "verbose"),
  o("i", "include"),
  o("i", "show-headers"),
  o("I", "head"),
  o("L", "location"),
  o("k", "insecure"),
  o("g", "globoff"),
  o("G", "get"),
  o("O", "remote-name"),
  o("J", "remote-header-name"),
  o("N", "no-buffer"),
  o("4", "ipv4"),
  o("6", "ipv6"),
  o("0", "http1.0"),
  o("", "http1.1"),
  o("", "http2"),
  o("#", "progress-bar"),
  o("j", "junk-session-cookies"),
  o("a", "append"),
  o("n", "netrc"),
  o("q", "disable"),
  o("V", "version"),
  o("h", "help", "optional"),
  o("Z", "parallel"),
  o("", "compressed"),
  o("", "no-progress-meter"),
  o("", "retry-connrefused"),
  o("", "retry-all-errors"),
  o("", "tlsv1.2"),
  o("", "tlsv1.3"),
  o("", "location-trusted"),
  o("", "path-as-is"),
  o("", "create-dirs"),
  o("", "tcp-nodelay"),
  o("m", "max-time", "required"),
  o("", "connect-timeout", "required"),
  o("o", "output", "required"),
  o("w", "write-out", "required"),
  o("X", "request", "required"),
  o("H", "header", "required"),
  o("d", "data", "required"),
  o("", "data-raw", "required"),
  o("", "data-binary", "required"),
  o("", "data-ascii", "required"),
  o("", "data-urlencode", "required"),
  o("", "json", "required"),
  o("F", "form", "required"),
  o("T", "upload-file", "required"),
  o("A", "user-agent", "required"),
  o("e", "referer", "required"),
  o("b", "cookie", "required"),
  o("c", "cookie-jar", "required"),
  o("u", "user", "required"),
  o("x", "proxy", "required"),
  o("", "noproxy", "required"),
  o("r", "range", "required"),
  o("D", "dump-header", "required"),
  o("E", "cert", "required"),
  o("", "key", "required"),
  o("", "cacert", "required"),
  o("", "capath", "required"),
  o("", "resolve", "required"),
  o("", "connect-to", "required"),
  o("", "interface", "required"),
  o("", "retry", "required"),
  o("", "retry-delay", "required"),
  o("", "retry-max-time", "required"),
  o("", "max-redirs", "required"),
  o("", "limit-rate", "required"),
  o("", "url", "required"),
  o("K", "config", "required"),
  o("", "oauth2-bearer", "required"),
  o("", "local-port", "required"),
  o("", "stderr", "required"),
  o("", "output-dir", "required"),
];

export const VERSION_TEXT = (version: string): string =>
  `curl ${version} (x86_64-pc-linux-gnu) libcurl/${version} OpenSSL/3.5.4 zlib/1.3.1 brotli/1.1.0 libpsl/0.21.5 nghttp2/1.66.0
Release-Date: 2025-06-04
Protocols: dict file ftp ftps gopher gophers http https imap imaps ipfs ipns mqtt pop3 pop3s rtsp smb smbs smtp smtps telnet tftp ws wss
Features: alt-svc AsynchDNS brotli HSTS HTTP2 HTTPS-proxy IPv6 Largefile libz NTLM PSL SSL threadsafe TLS-SRP UnixSockets
`;

/** What differs between the two lines of releases that images carry. */
export interface CurlWords {
  readonly couldNotConnect: string;
  readonly isModern: boolean;
}

export function wordsOf(version: string): CurlWords {
  const [major = 8, minor = 0] = version.split(".").map(Number);
  const isModern = major > 8 || (major === 8 && minor >= 6);
  return { couldNotConnect: isModern ? "Could not connect to server" : "Couldn't connect to server", isModern };
}
