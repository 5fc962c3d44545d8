/** Timers by due time, equal ones in order of creation: a binary heap whose cancelled entries are swept lazily. */

export interface Timer {
  readonly dueMs: number;
  readonly sequence: number;
  readonly callback: () => void;
  isCancelled: boolean;
}

export class TimerQueue {
  #heap: Timer[] = [];
  #sequence = 0;
  #cancelled = 0;

  get isEmpty(): boolean {
    return this.#heap.length === this.#cancelled;
  }

  add(dueMs: number, callback: () => void): Timer {
    const timer: Timer = { dueMs, sequence: this.#sequence++, callback, isCancelled: false };
    this.#heap.push(timer);
    this.#siftUp(this.#heap.length - 1);
    return timer;
  }

  /** Does nothing for a timer that has fired: `pop` marks it. */
  cancel(timer: Timer): void {
    if (timer.isCancelled) return;
    timer.isCancelled = true;
    this.#cancelled++;
    if (this.#cancelled > 64 && this.#cancelled > this.#heap.length / 2) this.#sweep();
  }

  peek(): Timer | undefined {
    for (let top = this.#heap[0]; top; top = this.#heap[0]) {
      if (!top.isCancelled) return top;
      this.#removeTop();
      this.#cancelled--;
    }
    return undefined;
  }

  pop(): Timer | undefined {
    const top = this.peek();
    if (!top) return undefined;
    this.#removeTop();
    top.isCancelled = true;
    return top;
  }

  clear(): void {
    for (const timer of this.#heap) timer.isCancelled = true;
    this.#heap = [];
    this.#cancelled = 0;
  }

  #sweep(): void {
    const live = this.#heap.filter((timer) => !timer.isCancelled);
    // A sorted array is a heap.
    live.sort((a, b) => a.dueMs - b.dueMs || a.sequence - b.sequence);
    this.#heap = live;
    this.#cancelled = 0;
  }

  #removeTop(): void {
    const last = this.#heap.pop();
    if (last && this.#heap.length > 0) {
      this.#heap[0] = last;
      this.#siftDown(0);
    }
  }

  #isBefore(a: Timer, b: Timer): boolean {
    return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.sequence < b.sequence);
  }

  #siftUp(start: number): void {
    const heap = this.#heap;
    let index = start;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const timer = heap[index];
      const parent = heap[parentIndex];
      if (!timer || !parent || !this.#isBefore(timer, parent)) return;
      heap[index] = parent;
      heap[parentIndex] = timer;
      index = parentIndex;
    }
  }

  #siftDown(start: number): void {
    const heap = this.#heap;
    let index = start;
    for (;;) {
      let least = index;
      for (const child of [2 * index + 1, 2 * index + 2]) {
        const candidate = heap[child];
        const current = heap[least];
        if (candidate && current && this.#isBefore(candidate, current)) least = child;
      }
      const a = heap[index];
      const b = heap[least];
      if (least === index || !a || !b) return;
      heap[index] = b;
      heap[least] = a;
      index = least;
    }
  }
}
