import type { MachineServices, ServiceKey } from "./types.ts";

export const NO_SERVICES: MachineServices = { get: () => undefined };

/** A key; its `name` must be unique in the process. */
export function serviceKey<T>(name: string): ServiceKey<T> {
  return { name };
}

/** Services that can be set one after another, so that neighbours who need each other can both be there. */
export class ServiceTable implements MachineServices {
  readonly #services = new Map<string, unknown>();

  get<T>(key: ServiceKey<T>): T | undefined {
    // `set` is the only writer, and puts a T under this key.
    return this.#services.get(key.name) as T | undefined;
  }

  set<T>(key: ServiceKey<T>, service: T): this {
    this.#services.set(key.name, service);
    return this;
  }
}
