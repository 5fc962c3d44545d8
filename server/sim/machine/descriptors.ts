import { Errno } from "./errno.ts";
import type { OpenFile } from "./types.ts";

/** The descriptors of one process, bounded as RLIMIT_NOFILE bounds them. */
export class DescriptorTable extends Map<number, OpenFile> {
  readonly #limit: number;

  constructor(limit: number) {
    super();
    this.#limit = limit;
  }

  /** Throws EMFILE. */
  override set(fd: number, file: OpenFile): this {
    if (this.size >= this.#limit && !this.has(fd)) throw new Errno("EMFILE");
    return super.set(fd, file);
  }
}
