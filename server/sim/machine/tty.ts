/**
 * Pseudo-terminals with the N_TTY line discipline: canonical editing, echo, signals,
 * newline mapping, flow control. Source: termios(3), tty_ioctl(4), Linux drivers/tty/n_tty.c.
 * Left out: ^S/^Q, ^V, ^R, parity and baud rates.
 */
import { ByteQueue } from "./byte-queue.ts";
import { concatBytes, encodeText, NO_BYTES, toBytes } from "./bytes.ts";
import { Errno } from "./errno.ts";
import { WaitQueue } from "./interruption.ts";
import { TTY_INPUT_BYTES, TTY_LINE_BYTES, TTY_OUTPUT_BYTES } from "./limits.ts";
import type { Cancel, FileStat, Interruption, OpenFile, SignalName, Tty, TtyModes, TtySize } from "./types.ts";

const NEWLINE = 10;
const CARRIAGE_RETURN = 13;
const CONTROL_C = 3;
const CONTROL_D = 4;
const BACKSPACE = 8;
const CONTROL_U = 21;
const CONTROL_W = 23;
const CONTROL_Z = 26;
const CONTROL_BACKSLASH = 28;
const DELETE = 127;

const DONE: Promise<void> = Promise.resolve();

export const COOKED_MODES: TtyModes = { isCanonical: true, echoes: true, makesSignals: true, mapsNewlines: true };
/** What a line editor or a full-screen program sets; ^C and ^Z come as bytes. */
export const RAW_MODES: TtyModes = { isCanonical: false, echoes: false, makesSignals: false, mapsNewlines: true };

export interface TtyOptions {
  readonly name: string;
  readonly size: TtySize;
  /** Signals a process group of the machine that has this terminal. */
  readonly signalGroup?: (processGroup: number, signal: SignalName) => void;
  /** Signals every process that has this controlling terminal. */
  readonly signalSession?: (tty: Tty, signal: SignalName) => void;
}

export class PseudoTerminal implements Tty {
  readonly name: string;
  readonly file: OpenFile;
  foregroundProcessGroup = 0;
  #size: TtySize;
  #modes = COOKED_MODES;
  readonly #options: TtyOptions;

  /** The line being typed in canonical mode. */
  #line: number[] = [];
  readonly #input = new ByteQueue();
  /** Lengths of the finished lines in `#input`; 0 is a typed end of file. Empty in raw mode. */
  #lineLengths: number[] = [];
  readonly #readers = new WaitQueue();

  #listeners = new Set<(bytes: Uint8Array) => void | Promise<void>>();
  #output: Uint8Array[] = [];
  #outputBytes = 0;
  /** Promises of listeners that have not taken what they were given. */
  #busyListeners = 0;
  readonly #writers = new WaitQueue();
  #isHungUp = false;

  constructor(options: TtyOptions) {
    this.#options = options;
    this.name = options.name;
    this.#size = options.size;
    this.file = new TerminalFile(this);
  }

  get size(): TtySize {
    return this.#size;
  }

  get hasInput(): boolean {
    return this.#input.sizeBytes > 0;
  }

  get modes(): TtyModes {
    return this.#modes;
  }

  setModes(modes: Partial<TtyModes>): void {
    const before = this.#modes;
    this.#modes = { ...before, ...modes };
    if (!before.isCanonical && this.#modes.isCanonical && this.#input.sizeBytes > 0) {
      // Typed ahead for the next reader, who wants lines: edited as if typed now, but not echoed. The line
      // editor that reads it, if it is one, shows it itself; on Linux nothing is echoed after the fact.
      const ahead = this.#input.take(this.#input.sizeBytes);
      const { echoes } = this.#modes;
      this.#modes = { ...this.#modes, echoes: false };
      this.input(ahead);
      this.#modes = { ...this.#modes, echoes };
      return;
    }
    if (!before.isCanonical || this.#modes.isCanonical) return;
    // What was typed ahead becomes readable as it stands.
    this.#lineLengths = [];
    if (this.#line.length > 0) this.#input.push(Uint8Array.from(this.#line));
    this.#line = [];
    if (this.#input.sizeBytes > 0) this.#readers.wakeAll();
  }

  resize(size: TtySize): void {
    if (size.columns === this.#size.columns && size.rows === this.#size.rows) return;
    this.#size = size;
    this.#signal("SIGWINCH");
  }

  hangUp(): void {
    if (this.#isHungUp) return;
    this.#isHungUp = true;
    this.#listeners.clear();
    this.#dropOutput();
    this.#options.signalSession?.(this, "SIGHUP");
    this.#options.signalSession?.(this, "SIGCONT");
    this.#readers.wakeAll();
    this.#writers.wakeAll();
  }

  #signal(signal: SignalName): void {
    this.#options.signalGroup?.(this.foregroundProcessGroup, signal);
  }

  // -------------------------------------------------------------------- input

  input(data: Uint8Array | string): void {
    if (this.#isHungUp) return;
    for (const byte of toBytes(data)) this.#typed(byte);
    this.#flushRaw();
  }

  #rawBytes: number[] = [];

  #typed(byte: number): void {
    if (this.#modes.makesSignals && this.#typedSignal(byte)) return;
    if (this.#modes.isCanonical) this.#typedCanonically(byte);
    else {
      // Who wants signals wants Enter as a newline, too (cbreak); raw programs take the key itself.
      this.#rawBytes.push(byte === CARRIAGE_RETURN && this.#modes.makesSignals ? NEWLINE : byte);
      if (this.#modes.echoes) this.#echo([byte]);
    }
  }

  #flushRaw(): void {
    if (this.#rawBytes.length === 0) return;
    const room = TTY_INPUT_BYTES - this.#input.sizeBytes;
    this.#input.push(Uint8Array.from(this.#rawBytes.slice(0, room)));
    this.#rawBytes = [];
    this.#readers.wakeAll();
  }

  #typedSignal(byte: number): boolean {
    const signal = byte === CONTROL_C ? "SIGINT" : byte === CONTROL_Z ? "SIGTSTP" : "SIGQUIT";
    if (byte !== CONTROL_C && byte !== CONTROL_Z && byte !== CONTROL_BACKSLASH) return false;
    this.#line = [];
    this.#rawBytes = [];
    this.#input.clear();
    this.#lineLengths = [];
    this.#dropOutput();
    if (this.#modes.echoes) this.#echoText(`^${String.fromCharCode(byte + 64)}`);
    this.#signal(signal);
    return true;
  }

  #typedCanonically(typed: number): void {
    const byte = typed === CARRIAGE_RETURN ? NEWLINE : typed;
    switch (byte) {
      case NEWLINE:
        this.#line.push(NEWLINE);
        if (this.#modes.echoes) this.#echoText("\n");
        this.#finishLine();
        return;
      case CONTROL_D:
        this.#finishLine();
        return;
      case DELETE:
      case BACKSPACE:
        this.#erase(this.#lastCharacterLength());
        return;
      case CONTROL_U:
        this.#erase(this.#line.length);
        return;
      case CONTROL_W:
        this.#erase(this.#lastWordLength());
        return;
      default:
        if (this.#line.length >= TTY_LINE_BYTES - 1) return this.#echoText("\x07");
        this.#line.push(byte);
        if (this.#modes.echoes) this.#echo([byte]);
    }
  }

  /** A line, or with ^D what stands there; nothing at all is the end of file. */
  #finishLine(): void {
    if (this.#input.sizeBytes > TTY_INPUT_BYTES) return;
    this.#lineLengths.push(this.#line.length);
    this.#input.push(Uint8Array.from(this.#line));
    this.#line = [];
    this.#readers.wakeAll();
  }

  #lastCharacterLength(): number {
    let length = 1;
    while (length < this.#line.length && isContinuation(this.#line[this.#line.length - length] ?? 0)) length++;
    return Math.min(length, this.#line.length);
  }

  #lastWordLength(): number {
    let start = this.#line.length;
    while (start > 0 && isBlank(this.#line[start - 1] ?? 0)) start--;
    while (start > 0 && !isBlank(this.#line[start - 1] ?? 0)) start--;
    return this.#line.length - start;
  }

  #erase(length: number): void {
    const erased = this.#line.splice(this.#line.length - length, length);
    if (!this.#modes.echoes) return;
    let columns = 0;
    for (const byte of erased) if (!isContinuation(byte)) columns += byte < 32 ? 2 : 1;
    this.#echoText("\b \b".repeat(columns));
  }

  /** Control characters show as `^X`, except tab and newline. */
  #echo(bytes: readonly number[]): void {
    const shown: number[] = [];
    for (const byte of bytes) {
      if ((byte < 32 && byte !== 9 && byte !== NEWLINE) || byte === DELETE) shown.push(94, byte ^ 64);
      else shown.push(byte);
    }
    this.#emit(this.#mapNewlines(Uint8Array.from(shown)));
  }

  #echoText(text: string): void {
    this.#emit(this.#mapNewlines(encodeText(text)));
  }

  // ------------------------------------------------------------------ reading

  async read(maxBytes: number, interruption?: Interruption): Promise<Uint8Array> {
    for (;;) {
      if (this.#lineLengths.length > 0) return this.#takeLine(maxBytes);
      if (this.#input.sizeBytes > 0) return this.#input.take(maxBytes);
      if (this.#isHungUp) return NO_BYTES;
      await this.#readers.wait(interruption);
    }
  }

  #takeLine(maxBytes: number): Uint8Array {
    const [length = 0] = this.#lineLengths;
    if (length <= maxBytes) {
      this.#lineLengths.shift();
      return this.#input.take(length);
    }
    this.#lineLengths[0] = length - maxBytes;
    return this.#input.take(maxBytes);
  }

  // ------------------------------------------------------------------- output

  onOutput(listener: (bytes: Uint8Array) => void | Promise<void>): Cancel {
    this.#listeners.add(listener);
    this.#pump();
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** Resolves when there is room for more. */
  write(bytes: Uint8Array, interruption?: Interruption): Promise<void> {
    if (this.#isHungUp) return Promise.reject(new Errno("EIO"));
    if (this.#outputBytes >= TTY_OUTPUT_BYTES) return this.#writeLater(bytes, interruption);
    this.#emit(this.#mapNewlines(bytes));
    return DONE;
  }

  async #writeLater(bytes: Uint8Array, interruption?: Interruption): Promise<void> {
    while (this.#outputBytes >= TTY_OUTPUT_BYTES) {
      await this.#writers.wait(interruption);
      if (this.#isHungUp) throw new Errno("EIO");
    }
    this.#emit(this.#mapNewlines(bytes));
  }

  #mapNewlines(bytes: Uint8Array): Uint8Array {
    if (!this.#modes.mapsNewlines || !bytes.includes(NEWLINE)) return bytes;
    let count = 0;
    for (const byte of bytes) if (byte === NEWLINE) count++;
    const mapped = new Uint8Array(bytes.length + count);
    let at = 0;
    for (const byte of bytes) {
      if (byte === NEWLINE) mapped[at++] = CARRIAGE_RETURN;
      mapped[at++] = byte;
    }
    return mapped;
  }

  #emit(bytes: Uint8Array): void {
    if (this.#isHungUp || bytes.length === 0) return;
    // An echo has no writer that could wait; beyond the bound it is not shown.
    if (this.#outputBytes >= TTY_OUTPUT_BYTES * 2) return;
    this.#output.push(bytes);
    this.#outputBytes += bytes.length;
    this.#pump();
  }

  #pump(): void {
    if (this.#busyListeners > 0 || this.#listeners.size === 0 || this.#outputBytes === 0) return;
    const bytes = concatBytes(this.#output);
    this.#dropOutput();
    for (const listener of [...this.#listeners]) {
      const taken = listener(bytes);
      if (taken) void this.#awaitListener(taken);
    }
  }

  async #awaitListener(taken: Promise<void>): Promise<void> {
    this.#busyListeners++;
    try {
      await taken;
    } catch {
      // A screen that failed takes nothing any more; its session removes the listener.
    } finally {
      this.#busyListeners--;
      this.#pump();
    }
  }

  /** Forgets what the screen has not taken yet, as an interrupt character does (no NOFLSH). */
  #dropOutput(): void {
    this.#output = [];
    this.#outputBytes = 0;
    this.#writers.wakeAll();
  }
}

function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80;
}

function isBlank(byte: number): boolean {
  return byte === 32 || byte === 9;
}

/** The slave side. It lives as long as the terminal, so references are not counted. */
class TerminalFile implements OpenFile {
  readonly kind = "tty";
  readonly tty: PseudoTerminal;

  constructor(tty: PseudoTerminal) {
    this.tty = tty;
  }

  get path(): string {
    return this.tty.name;
  }

  read(maxBytes = 4096, interruption?: Interruption): Promise<Uint8Array> {
    return this.tty.read(maxBytes, interruption);
  }

  /** Canonical mode hands out line by line anyway. */
  readThrough(_delimiter: number, maxBytes: number, interruption?: Interruption): Promise<Uint8Array> {
    return this.tty.read(this.tty.modes.isCanonical ? maxBytes : 1, interruption);
  }

  write(bytes: Uint8Array, interruption?: Interruption): Promise<void> {
    return this.tty.write(bytes, interruption);
  }

  stat(): FileStat {
    return {
      kind: "device",
      inode: 3,
      mode: 0o620,
      uid: 0,
      gid: 5,
      sizeBytes: 0,
      modifiedMs: 0,
      changedMs: 0,
      accessedMs: 0,
      links: 1,
      device: this.tty.name,
    };
  }

  retain(): this {
    return this;
  }

  release(): void {}
}
