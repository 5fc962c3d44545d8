/** Counts with a sign and a multiplier, as head, tail and others take them: `+3`, `-1K`, `2MB`. */
export interface Count {
  readonly sign: "" | "+" | "-";
  readonly value: number;
}

const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  b: 512,
  kB: 1000,
  k: 1024,
  K: 1024,
  KiB: 1024,
  MB: 1e6,
  m: 1024 ** 2,
  M: 1024 ** 2,
  MiB: 1024 ** 2,
  GB: 1e9,
  G: 1024 ** 3,
  GiB: 1024 ** 3,
  T: 1024 ** 4,
};

/** Null when the text is no count. */
export function parseCount(text: string): Count | null {
  const match = /^([+-]?)(\d+)([A-Za-z]*)$/.exec(text);
  const unit = UNITS[match?.[3] ?? "?"];
  if (!match || unit === undefined) return null;
  return { sign: (match[1] ?? "") as Count["sign"], value: Number(match[2]) * unit };
}
