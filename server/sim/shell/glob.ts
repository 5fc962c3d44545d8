/** Pathname expansion over the simulated file system. */
import type { Credentials, FileSystem } from "../machine/types.ts";
import { compilePattern, hasPattern, unescapePattern } from "./pattern.ts";

export interface GlobOptions {
  readonly extglob: boolean;
  readonly dotglob: boolean;
  readonly nocaseglob: boolean;
  readonly globstar: boolean;
  readonly limit: number;
}

export interface GlobContext {
  readonly fs: FileSystem;
  readonly cwd: string;
  readonly credentials: Credentials;
}

/** Names that match, sorted as `LC_COLLATE=C` does; empty when none does. */
export function expandGlob(pattern: string, context: GlobContext, options: GlobOptions): string[] {
  const isAbsolute = pattern.startsWith("/");
  const segments = splitPath(pattern);
  const found = new Set<string>();
  new Walk(context, options, segments, found).visit(isAbsolute ? "/" : "", 0);
  return [...found].sort(compareBytes);
}

/** By code point, which is the order of UTF-8 bytes. */
export function compareBytes(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function splitPath(pattern: string): string[] {
  const isDirectory = /[^/]\/+$/.test(pattern);
  const segments = pattern.split("/").filter((segment) => segment !== "");
  return isDirectory ? [...segments, ""] : segments;
}

class Walk {
  constructor(
    private readonly context: GlobContext,
    private readonly options: GlobOptions,
    private readonly segments: readonly string[],
    private readonly found: Set<string>,
  ) {}

  visit(prefix: string, index: number): void {
    if (this.found.size >= this.options.limit) return;
    const segment = this.segments[index];
    if (segment === undefined) {
      this.found.add(prefix);
      return;
    }
    const isLast = index === this.segments.length - 1;
    if (segment === "") {
      if (prefix !== "" && this.isDirectory(prefix)) this.found.add(prefix.endsWith("/") ? prefix : `${prefix}/`);
      return;
    }
    if (this.options.globstar && segment === "**") {
      this.visitAllBelow(prefix, index, isLast);
      return;
    }
    if (!hasPattern(segment, this.options.extglob)) {
      const path = join(prefix, unescapePattern(segment));
      if (isLast ? this.existsAt(path) : this.isDirectory(path)) this.visit(path, index + 1);
      return;
    }
    this.visitMatches(prefix, segment, index, isLast);
  }

  private visitMatches(prefix: string, segment: string, index: number, isLast: boolean): void {
    const matcher = compilePattern(segment, {
      extglob: this.options.extglob,
      ignoreCase: this.options.nocaseglob,
      isPathSegment: true,
    });
    const isDotNamed = segment.startsWith(".") || segment.startsWith("\\.");
    for (const name of this.list(prefix)) {
      if (name.startsWith(".") && !isDotNamed && !this.options.dotglob) continue;
      if (!matcher.test(name)) continue;
      const path = join(prefix, name);
      if (isLast || this.isDirectory(path)) this.visit(path, index + 1);
    }
  }

  private visitAllBelow(prefix: string, index: number, isLast: boolean): void {
    if (isLast) {
      if (prefix !== "") this.found.add(prefix.endsWith("/") ? prefix : `${prefix}/`);
    } else this.visit(prefix, index + 1);
    for (const name of this.list(prefix)) {
      if (name.startsWith(".") && !this.options.dotglob) continue;
      const path = join(prefix, name);
      if (isLast) this.found.add(path);
      if (this.found.size < this.options.limit && this.isPlainDirectory(path)) this.visitBelow(path, index, isLast);
    }
  }

  private visitBelow(path: string, index: number, isLast: boolean): void {
    if (!isLast) {
      this.visitAllBelow(path, index, false);
      return;
    }
    for (const name of this.list(path)) {
      if (name.startsWith(".") && !this.options.dotglob) continue;
      const below = join(path, name);
      this.found.add(below);
      if (this.found.size < this.options.limit && this.isPlainDirectory(below)) this.visitBelow(below, index, true);
    }
  }

  private absolute(path: string): string {
    if (path.startsWith("/")) return path;
    return path === "" ? this.context.cwd : `${this.context.cwd}/${path}`;
  }

  private list(prefix: string): readonly string[] {
    try {
      return this.context.fs.readdir(this.absolute(prefix), this.context.credentials);
    } catch {
      return [];
    }
  }

  private existsAt(path: string): boolean {
    try {
      this.context.fs.lstat(this.absolute(path), this.context.credentials);
      return true;
    } catch {
      return false;
    }
  }

  private isDirectory(path: string): boolean {
    try {
      return this.context.fs.stat(this.absolute(path), this.context.credentials).kind === "directory";
    } catch {
      return false;
    }
  }

  private isPlainDirectory(path: string): boolean {
    try {
      return this.context.fs.lstat(this.absolute(path), this.context.credentials).kind === "directory";
    } catch {
      return false;
    }
  }
}

function join(prefix: string, name: string): string {
  if (prefix === "") return name;
  return prefix.endsWith("/") ? `${prefix}${name}` : `${prefix}/${name}`;
}
