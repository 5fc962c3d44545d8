/**
 * The subject of a PKCS#10 certificate request. Reads just as much DER as that takes; extensions
 * (alternative names) are left out.
 */

export interface Subject {
  readonly commonName: string;
  readonly serialNumber: string;
  readonly organization: readonly string[];
  readonly organizationalUnit: readonly string[];
  readonly country: readonly string[];
  readonly locality: readonly string[];
  readonly province: readonly string[];
}

interface Element {
  readonly tag: number;
  readonly content: Uint8Array;
}

/** `undefined` when the text is no certificate request. `base64` is the API's field: base64 of a PEM block. */
export function subjectOfRequest(base64: string): Subject | undefined {
  try {
    const body = /-----BEGIN CERTIFICATE REQUEST-----([\s\S]*?)-----END/.exec(atob(base64))?.[1];
    if (body === undefined) return undefined;
    const der = Uint8Array.from(atob(body.replace(/\s+/g, "")), (character) => character.charCodeAt(0));
    const [request] = elements(der);
    const [info] = elements(request?.content);
    // CertificationRequestInfo: version, subject, …
    const [, subject] = elements(info?.content);
    return subjectOf(elements(subject?.content));
  } catch {
    return undefined;
  }
}

function subjectOf(sets: readonly Element[]): Subject {
  const attributes = sets
    .flatMap((set) => elements(set.content))
    .map((attribute) => {
      const [type, value] = elements(attribute.content);
      return { type: hex(type?.content), value: new TextDecoder().decode(value?.content) };
    });
  const all = (type: string) => attributes.filter((attribute) => attribute.type === type).map(({ value }) => value);
  return {
    commonName: all("550403").at(-1) ?? "",
    serialNumber: all("550405").at(-1) ?? "",
    organization: all("55040a"),
    organizationalUnit: all("55040b"),
    country: all("550406"),
    locality: all("550407"),
    province: all("550408"),
  };
}

/** The elements of a constructed value, one after another. */
function elements(bytes: Uint8Array | undefined): readonly Element[] {
  const found: Element[] = [];
  let offset = 0;
  while (bytes !== undefined && offset + 1 < bytes.length) {
    const tag = bytes[offset] ?? 0;
    const first = bytes[offset + 1] ?? 0;
    const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
    const start = offset + 2 + lengthBytes;
    const length =
      lengthBytes === 0 ? first : bytes.subarray(offset + 2, start).reduce((sum, byte) => sum * 256 + byte, 0);
    found.push({ tag, content: bytes.subarray(start, start + length) });
    offset = start + length;
  }
  return found;
}

function hex(bytes: Uint8Array | undefined): string {
  return Array.from(bytes ?? [], (byte) => byte.toString(16).padStart(2, "0")).join("");
}
