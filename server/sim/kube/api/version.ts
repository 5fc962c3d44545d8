/** What `/version` says for a profile. */

export interface VersionInfo {
  readonly [field: string]: string;
}

/** Patch release and Go version of the minor versions a scenario may ask for. */
const RELEASES: Readonly<Record<string, { readonly patch: number; readonly go: string; readonly date: string }>> = {
  "1.27": { patch: 16, go: "go1.22.5", date: "2024-07-17T01:44:26Z" },
  "1.28": { patch: 15, go: "go1.22.8", date: "2024-10-22T20:31:55Z" },
  "1.29": { patch: 14, go: "go1.22.12", date: "2025-02-13T01:58:22Z" },
  "1.30": { patch: 14, go: "go1.23.10", date: "2025-06-17T18:29:06Z" },
  "1.31": { patch: 14, go: "go1.24.9", date: "2025-11-11T19:32:20Z" },
  "1.32": { patch: 10, go: "go1.24.9", date: "2025-11-11T19:35:31Z" },
  "1.33": { patch: 6, go: "go1.24.9", date: "2025-11-11T19:13:13Z" },
  "1.34": { patch: 3, go: "go1.24.11", date: "2025-12-09T14:59:13Z" },
  "1.35": { patch: 0, go: "go1.25.5", date: "2025-12-17T12:32:07Z" },
  "1.36": { patch: 3, go: "go1.26.8", date: "2026-07-01T00:00:00Z" },
};

/** `v1.36` → `1.36`. */
export function minorOf(profile: string): string {
  return profile.match(/^v?(\d+\.\d+)/)?.[1] ?? "1.36";
}

export function gitVersion(profile: string): string {
  const minor = minorOf(profile);
  return `v${minor}.${RELEASES[minor]?.patch ?? 0}`;
}

export function versionInfo(profile: string): VersionInfo {
  const version = minorOf(profile);
  const [major = "1", minor = "36"] = version.split(".");
  const release = RELEASES[version];
  return {
    major,
    minor,
    // Emulated versions are part of the answer from 1.33 on.
    ...(Number(minor) >= 33
      ? {
          emulationMajor: major,
          emulationMinor: minor,
          minCompatibilityMajor: major,
          minCompatibilityMinor: String(Number(minor) - 1),
        }
      : {}),
    gitVersion: gitVersion(profile),
    gitCommit: "0000000000000000000000000000000000000000",
    gitTreeState: "clean",
    buildDate: release?.date ?? "2026-07-01T00:00:00Z",
    goVersion: release?.go ?? "go1.26.8",
    compiler: "gc",
    platform: "linux/amd64",
  };
}
