/** HTTP header fields: case-insensitive names, order and case kept. */

export type HeaderInit =
  | HttpHeaders
  | Readonly<Record<string, string>>
  | readonly (readonly [name: string, value: string])[]
  | undefined;

export class HttpHeaders {
  readonly #fields: [name: string, value: string][] = [];

  constructor(init?: HeaderInit) {
    if (!init) return;
    const pairs = init instanceof HttpHeaders ? init.entries() : Array.isArray(init) ? init : Object.entries(init);
    for (const [name, value] of pairs) this.append(name, value);
  }

  get(name: string): string | undefined {
    return this.#fields.find(([known]) => equals(known, name))?.[1];
  }

  getAll(name: string): readonly string[] {
    return this.#fields.filter(([known]) => equals(known, name)).map(([, value]) => value);
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  append(name: string, value: string): this {
    this.#fields.push([name, value]);
    return this;
  }

  set(name: string, value: string): this {
    this.delete(name);
    return this.append(name, value);
  }

  delete(name: string): this {
    for (let i = this.#fields.length - 1; i >= 0; i--) {
      if (equals(this.#fields[i]?.[0] ?? "", name)) this.#fields.splice(i, 1);
    }
    return this;
  }

  entries(): readonly (readonly [name: string, value: string])[] {
    return this.#fields;
  }

  /** Whether a comma-separated field holds `token`. */
  includes(name: string, token: string): boolean {
    return this.getAll(name).some((value) => value.split(",").some((part) => equals(part.trim(), token)));
  }

  /** As on the wire, without the empty line at the end. */
  toString(): string {
    return this.#fields.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  }
}

function equals(a: string, b: string): boolean {
  return a.length === b.length && a.toLowerCase() === b.toLowerCase();
}
