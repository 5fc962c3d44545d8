/** `-w`: what is known of a finished transfer. */
export interface TransferFacts {
  readonly url: string;
  readonly effectiveUrl: string;
  readonly method: string;
  readonly status: number;
  readonly contentType: string;
  readonly downloadedBytes: number;
  readonly uploadedBytes: number;
  readonly headerBytes: number;
  readonly redirects: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
  readonly localPort: number;
  readonly redirectUrl: string;
  readonly exitStatus: number;
  readonly errorMessage: string;
  readonly resolvedMs: number;
  readonly connectedMs: number;
  readonly startedTransferMs: number;
  readonly totalMs: number;
  readonly scheme: string;
  readonly numConnects: number;
}

const seconds = (ms: number): string => (ms / 1000).toFixed(6);

const VARIABLES: Readonly<Record<string, (facts: TransferFacts) => string>> = {
  http_code: (facts) => String(facts.status).padStart(3, "0"),
  response_code: (facts) => String(facts.status).padStart(3, "0"),
  http_version: (facts) => (facts.status === 0 ? "0" : "1.1"),
  content_type: (facts) => facts.contentType,
  size_download: (facts) => String(facts.downloadedBytes),
  size_upload: (facts) => String(facts.uploadedBytes),
  size_header: (facts) => String(facts.headerBytes),
  num_redirects: (facts) => String(facts.redirects),
  num_connects: (facts) => String(facts.numConnects),
  redirect_url: (facts) => facts.redirectUrl,
  remote_ip: (facts) => facts.remoteAddress,
  remote_port: (facts) => String(facts.remotePort),
  local_ip: (facts) => facts.localAddress,
  local_port: (facts) => String(facts.localPort),
  exitcode: (facts) => String(facts.exitStatus),
  errormsg: (facts) => facts.errorMessage,
  method: (facts) => facts.method,
  scheme: (facts) => facts.scheme,
  url: (facts) => facts.url,
  url_effective: (facts) => facts.effectiveUrl,
  time_namelookup: (facts) => seconds(facts.resolvedMs),
  time_connect: (facts) => seconds(facts.connectedMs),
  time_appconnect: (facts) => seconds(facts.scheme === "HTTPS" ? facts.connectedMs : 0),
  time_pretransfer: (facts) => seconds(facts.connectedMs),
  time_starttransfer: (facts) => seconds(facts.startedTransferMs),
  time_redirect: () => seconds(0),
  time_total: (facts) => seconds(facts.totalMs),
  speed_download: (facts) => String(facts.totalMs > 0 ? Math.round((facts.downloadedBytes * 1000) / facts.totalMs) : 0),
  speed_upload: () => "0",
  ssl_verify_result: () => "0",
};

export function writeOut(format: string, facts: TransferFacts): string {
  return format.replace(
    /%\{(\w+)\}|%%|\\([nrt\\])/g,
    (whole, name: string | undefined, escaped: string | undefined) => {
      if (name !== undefined) return VARIABLES[name]?.(facts) ?? whole;
      if (escaped !== undefined) return { n: "\n", r: "\r", t: "\t", "\\": "\\" }[escaped] ?? escaped;
      return "%";
    },
  );
}
