/**
 * Certificates of the simulation: the fields of X.509 that clients and servers look at,
 * in PEM armour. A key is a name; a certificate is signed by the key whose name it bears.
 * Nothing is encrypted, since nobody can listen.
 */
import { decodeText, encodeText, fromBase64, toBase64 } from "./bytes.ts";
import { isIpv4, isIpv6 } from "./addresses.ts";

export interface DistinguishedName {
  readonly commonName: string;
  readonly organizations?: readonly string[];
}

export interface Certificate {
  /** Hexadecimal. */
  readonly serial: string;
  readonly subject: DistinguishedName;
  readonly issuer: DistinguishedName;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
  readonly isAuthority: boolean;
  readonly usages: readonly ("server" | "client")[];
  /** Name of the subject's key. */
  readonly keyId: string;
  /** Name of the key that signed. */
  readonly issuerKeyId: string;
}

const LINE_CHARACTERS = 64;

export function encodePem(label: string, content: string): string {
  const base64 = toBase64(encodeText(content));
  const lines = base64.match(new RegExp(`.{1,${LINE_CHARACTERS}}`, "g")) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}

/** The contents of every block of this label; blocks that are no base64 are left out. */
export function decodePem(label: string, pem: string): readonly string[] {
  const contents: string[] = [];
  const pattern = new RegExp(`-----BEGIN ${label}-----([A-Za-z0-9+/=\\s]*)-----END ${label}-----`, "g");
  for (const match of pem.matchAll(pattern)) {
    try {
      contents.push(decodeText(fromBase64((match[1] ?? "").replace(/\s/g, ""))));
    } catch {
      // No base64: as good as no block.
    }
  }
  return contents;
}

export function encodeCertificate(certificate: Certificate): string {
  return encodePem("CERTIFICATE", JSON.stringify(certificate));
}

/** Every certificate of a bundle that this simulation made. */
export function decodeCertificates(pem: string): readonly Certificate[] {
  const certificates: Certificate[] = [];
  for (const content of decodePem("CERTIFICATE", pem)) {
    const parsed = parseJson(content);
    if (isCertificate(parsed)) certificates.push(parsed);
  }
  return certificates;
}

export function encodePrivateKey(keyId: string): string {
  return encodePem("RSA PRIVATE KEY", JSON.stringify({ keyId }));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isCertificate(value: unknown): value is Certificate {
  return (
    typeof value === "object" &&
    value !== null &&
    "keyId" in value &&
    "issuerKeyId" in value &&
    "subject" in value &&
    "notAfterMs" in value
  );
}

export type CertificateVerdict =
  | { readonly kind: "valid" }
  | {
      readonly kind: "unknown-authority" | "self-signed" | "expired" | "not-yet-valid";
      readonly certificate: Certificate;
    }
  | { readonly kind: "name-mismatch"; readonly certificate: Certificate; readonly name: string }
  | { readonly kind: "no-certificate" };

/** Checks a chain (leaf first) against trusted roots, the time and, where given, a server's name or address. */
export function verifyCertificate(
  chain: readonly Certificate[],
  options: { readonly roots: readonly Certificate[]; readonly nowMs: number; readonly serverName?: string },
): CertificateVerdict {
  const [leaf] = chain;
  if (!leaf) return { kind: "no-certificate" };
  const { roots, nowMs, serverName } = options;
  const untimely = [leaf, ...chain.slice(1)].find((one) => nowMs > one.notAfterMs || nowMs < one.notBeforeMs);
  if (!isTrusted(leaf, chain, roots)) {
    return { kind: leaf.keyId === leaf.issuerKeyId ? "self-signed" : "unknown-authority", certificate: leaf };
  }
  if (untimely) return { kind: nowMs > untimely.notAfterMs ? "expired" : "not-yet-valid", certificate: untimely };
  if (serverName !== undefined && !matchesName(leaf, serverName)) {
    return { kind: "name-mismatch", certificate: leaf, name: serverName };
  }
  return { kind: "valid" };
}

function isTrusted(leaf: Certificate, chain: readonly Certificate[], roots: readonly Certificate[]): boolean {
  let current = leaf;
  for (let depth = 0; depth < 8; depth++) {
    const { issuerKeyId, keyId } = current;
    if (roots.some((root) => root.keyId === issuerKeyId || root.keyId === keyId)) return true;
    const issuer = chain.find((one) => one.isAuthority && one.keyId === issuerKeyId && one !== current);
    if (!issuer) return false;
    current = issuer;
  }
  return false;
}

/** Whether a subject alternative name covers this; a wildcard stands for one label. */
export function matchesName(certificate: Certificate, name: string): boolean {
  const wanted = name.toLowerCase().replace(/\.$/, "");
  if (isIpv4(wanted) || isIpv6(wanted)) return certificate.ipAddresses.includes(wanted);
  return certificate.dnsNames.some((pattern) => {
    const known = pattern.toLowerCase();
    if (!known.startsWith("*.")) return known === wanted;
    const dot = wanted.indexOf(".");
    return dot > 0 && wanted.slice(dot) === known.slice(1);
  });
}
