/** The operations of the machine that programs are compiled to. */
import type { Continuation, Machine, Op } from "./machine.ts";
import { get, getPath } from "./paths.ts";
import {
  described,
  excerpt,
  isArray,
  isObject,
  isTrue,
  type Json,
  JqError,
  MAX_ELEMENTS,
  OutOfMemory,
} from "./values.ts";

export function yieldValue(machine: Machine, value: Json, next: Continuation): void {
  machine.value = value;
  machine.next = next;
}

export const identity: Op = (machine, _env, next) => {
  machine.next = next;
};
export const environment: Op = (machine, _env, next) => yieldValue(machine, new Map(machine.surroundings.env), next);
export const constant =
  (value: Json): Op =>
  (machine, _env, next) =>
    yieldValue(machine, value, next);
export const native =
  (run: (input: Json) => Json): Op =>
  (machine, _env, next) =>
    yieldValue(machine, run(machine.value), next);
export const pipe =
  (left: Op, right: Op): Op =>
  (machine, env, next) =>
    left(machine, env, (again) => right(again, env, next));
export const comma =
  (left: Op, right: Op): Op =>
  (machine, env, next) => {
    machine.fork((again) => right(again, env, next));
    left(machine, env, next);
  };

export function index(target: Op, key: Op): Op {
  return (machine, env, next) =>
    machine.sub(key, env, (at) =>
      target(machine, env, (again) => {
        if (!again.isPathIntact) {
          const message = `Invalid path expression near attempt to access element ${excerpt(at, 15)} of ${excerpt(again.value, 30)}`;
          throw new JqError(message);
        }
        again.descend(at, get(again.value, at));
        again.next = next;
      }),
    );
}

export function range(from: Op, to: Op): Op {
  return (machine, env, next) =>
    machine.sub(to, env, (end) =>
      machine.sub(from, env, (start) => {
        const entries: readonly (readonly [string, Json])[] = [
          ["start", start],
          ["end", end],
        ];
        yieldValue(machine, new Map(entries), next);
      }),
    );
}

export const each: Op = (machine, _env, next) => {
  const { value } = machine;
  if (!machine.isPathIntact) {
    throw new JqError(`Invalid path expression near attempt to iterate through ${excerpt(value, 30)}`);
  }
  if (!isArray(value) && !isObject(value))
    throw new JqError(`Cannot iterate over ${value === null ? "null (null)" : described(value)}`);
  const keys: readonly Json[] | null = isObject(value) ? [...value.keys()] : null;
  const length = isArray(value) ? value.length : value.size;
  const from = (machine: Machine, at: number): void => {
    if (at >= length) return machine.backtrack();
    if (at + 1 < length) machine.fork((again) => from(again, at + 1));
    const key = keys ? (keys[at] ?? null) : at;
    machine.descend(key, get(value, key));
    machine.next = next;
  };
  from(machine, 0);
};

export function attempt(body: Op, handler: Op | null): Op {
  return (machine, env, next) => {
    machine.fork(
      (again) => again.backtrack(),
      (again, error) => {
        if (!handler) return again.backtrack();
        again.value = error.payload;
        handler(again, env, next);
      },
    );
    body(machine, env, next);
  };
}

export function otherwise(left: Op, right: Op): Op {
  return (machine, env, next) => {
    let isFound = false;
    const instead = (again: Machine): void => {
      if (isFound) again.backtrack();
      else right(again, env, next);
    };
    machine.fork(instead, (again, error) => {
      if (isFound) throw error;
      instead(again);
    });
    left(machine, env, (again) => {
      if (!isTrue(again.value)) {
        again.next = (later) => later.backtrack();
        return;
      }
      isFound = true;
      again.next = next;
    });
  };
}

export function collect(body: Op): Op {
  return (machine, env, next) => {
    const items: Json[] = [];
    machine.fork((again) => yieldValue(again, items, next));
    machine.path = null;
    body(machine, env, (again) => {
      if (items.length >= MAX_ELEMENTS) throw new OutOfMemory();
      items.push(again.value);
      again.next = (later) => later.backtrack();
    });
  };
}

export function path(body: Op): Op {
  return (machine, env, next) => {
    const { path: outer, valueAtPath } = machine;
    machine.path = [];
    machine.valueAtPath = machine.value;
    body(machine, env, (again) => {
      if (!again.isPathIntact) {
        throw new JqError(`Invalid path expression with result ${excerpt(again.value, 30)}`);
      }
      again.value = again.path ?? [];
      again.path = outer;
      again.valueAtPath = valueAtPath;
      again.next = next;
    });
  };
}

export function followPath(keys: Op): Op {
  return (machine, env, next) =>
    machine.sub(keys, env, (value) => {
      if (!isArray(value)) throw new JqError("Path must be specified as an array");
      if (!machine.isPathIntact) {
        throw new JqError(
          `Invalid path expression near attempt to access element ${excerpt(value, 15)} of ${excerpt(machine.value, 30)}`,
        );
      }
      const found = getPath(machine.value, value);
      if (machine.path !== null) {
        machine.path = [...machine.path, ...value];
        machine.valueAtPath = found;
      }
      yieldValue(machine, found, next);
    });
}

export function count(from: Op, to: Op): Op {
  return (machine, env, next) =>
    machine.sub(from, env, (start) =>
      machine.sub(to, env, (end) => {
        if (typeof start !== "number" || typeof end !== "number") throw new JqError("Range bounds must be numeric");
        const step = (machine: Machine, at: number): void => {
          if (at >= end) return machine.backtrack();
          machine.fork((again) => step(again, at + 1));
          yieldValue(machine, at, next);
        };
        step(machine, start);
      }),
    );
}

export const nextInput: Op = (machine, _env, next) => {
  machine.wait(
    machine.surroundings.input().then((value) => {
      if (value === undefined) throw new JqError("break");
      yieldValue(machine, value, next);
    }),
  );
};

export function report(text: (value: Json) => string): Op {
  return (machine, _env, next) => {
    machine.next = next;
    machine.wait(machine.surroundings.report(text(machine.value)));
  };
}
