import type { ReactiveController, ReactiveControllerHost } from "lit";

/** What a person chose on this device. `boot.js` applies the same before the first paint. */
export interface Settings {
  readonly theme: "system" | "light" | "dark";
  readonly scale: "normal" | "projector";
  readonly terminal: "system" | "paper";
  readonly motion: "system" | "none";
  readonly contrast: "system" | "more";
  /** Whether the terminal speaks its lines to a screen reader; costs speed. */
  readonly reader: "normal" | "on";
}

const defaults: Settings = {
  theme: "system",
  scale: "normal",
  terminal: "system",
  motion: "system",
  contrast: "system",
  reader: "normal",
};
const key = "netpol-lab.settings";

const listeners = new Set<() => void>();
let current = load();

export function changeSettings(change: Partial<Settings>): void {
  current = { ...current, ...change };
  try {
    localStorage.setItem(key, JSON.stringify(current));
  } catch {
    // Without storage the choice lasts as long as the page.
  }
  apply();
  for (const listener of listeners) listener();
}

/** Renders its host again when a setting changes, or when the system's theme does. */
export class SettingsController implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  readonly #onChange: (() => void) | undefined;
  readonly #dark = matchMedia("(prefers-color-scheme: dark)");
  readonly #listener = (): void => {
    this.#onChange?.();
    this.#host.requestUpdate();
  };

  constructor(host: ReactiveControllerHost, onChange?: () => void) {
    this.#host = host;
    this.#onChange = onChange;
    host.addController(this);
  }

  get value(): Settings {
    return current;
  }

  hostConnected(): void {
    listeners.add(this.#listener);
    this.#dark.addEventListener("change", this.#listener);
  }

  hostDisconnected(): void {
    listeners.delete(this.#listener);
    this.#dark.removeEventListener("change", this.#listener);
  }
}

export function prefersStill(): boolean {
  return current.motion === "none" || matchMedia("(prefers-reduced-motion: reduce)").matches;
}

function apply(): void {
  for (const [name, value] of Object.entries(current)) {
    if (value === "system" || value === "normal") delete document.documentElement.dataset[name];
    else document.documentElement.dataset[name] = value;
  }
}

function load(): Settings {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(key) ?? "{}");
    return typeof stored === "object" && stored !== null ? { ...defaults, ...stored } : defaults;
  } catch {
    return defaults;
  }
}
