import { describe, expect, test, vi } from "vitest";
import type { TerminalServerMessage } from "../../server/protocol.ts";
import { type ConnectionState, type SocketLike, TerminalConnection } from "./terminal-connection.ts";

class Socket implements SocketLike {
  binaryType = "";
  readyState = 1;
  onopen: SocketLike["onopen"] = null;
  onmessage: SocketLike["onmessage"] = null;
  onclose: SocketLike["onclose"] = null;
  readonly sent: (string | Uint8Array)[] = [];
  readonly query: URLSearchParams;
  constructor(address: string) {
    this.query = new URL(address).searchParams;
  }
  send(data: string | Uint8Array<ArrayBuffer>): void {
    this.sent.push(data);
  }
  close(): void {
    this.fail(1006);
  }
  fail(code: number): void {
    this.readyState = 3;
    this.onclose?.({ code });
  }
  say(message: TerminalServerMessage): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
  print(text: string): void {
    const bytes = new TextEncoder().encode(text);
    this.onmessage?.({ data: bytes.buffer });
  }
  get typed(): string {
    return this.sent.map((part) => (typeof part === "string" ? "" : new TextDecoder().decode(part))).join("");
  }
}

function connect() {
  const sockets: Socket[] = [];
  const screen = { text: "", cleared: 0, states: [] as ConnectionState[], lives: 0 };
  const connection = new TerminalConnection({
    address: "ws://lab.test/socket",
    client: "page-one",
    openSocket: (address) => {
      const socket = new Socket(address);
      sockets.push(socket);
      return socket;
    },
    screen: {
      clear: () => {
        screen.text = "";
        screen.cleared++;
      },
      write: (bytes, shown) => {
        screen.text += new TextDecoder().decode(bytes);
        shown();
      },
      size: () => undefined,
      live: () => {
        screen.lives++;
      },
      stateChanged: (state) => screen.states.push(state),
    },
  });
  const latest = (): Socket => {
    const socket = sockets.at(-1);
    if (!socket) throw new Error("no socket");
    return socket;
  };
  return { connection, screen, sockets, latest };
}

const attached = (
  change: Partial<Extract<TerminalServerMessage, { type: "attached" }>> = {},
): TerminalServerMessage => ({
  type: "attached",
  epoch: "e1",
  offset: 0,
  received: 0,
  isWhole: true,
  columns: 80,
  rows: 24,
  ...change,
});

describe("a terminal's connection", () => {
  test("keeps what is typed until the connection is live", () => {
    const { connection, latest } = connect();
    connection.type("early");
    expect(latest().typed).toBe("");
    latest().say(attached());
    latest().say({ type: "live" });
    expect(latest().typed).toBe("early");
  });

  test("after a drop sends again only what did not arrive, and asks only for what it missed", () => {
    vi.useFakeTimers();
    const { connection, screen, sockets, latest } = connect();
    latest().say(attached({ offset: 2 }));
    latest().print("$ ");
    latest().say({ type: "live" });
    connection.type("abcdef");
    latest().say({ type: "received", bytes: 2 });
    latest().print("ab");
    latest().fail(1006);
    connection.type("gh");
    expect(screen.states).toEqual(["live", "reconnecting"]);
    vi.advanceTimersByTime(6000);
    expect(sockets).toHaveLength(2);
    expect(Object.fromEntries(latest().query)).toEqual({ client: "page-one", acked: "2", epoch: "e1", offset: "4" });
    latest().say(attached({ isWhole: false, offset: 6, received: 4 }));
    latest().print("cd");
    latest().say({ type: "live" });
    expect(latest().typed).toBe("efgh");
    expect(screen).toMatchObject({ text: "$ abcd", cleared: 1, lives: 2 });
    vi.useRealTimers();
  });

  test("asks for the whole again when it was cut off within it", () => {
    vi.useFakeTimers();
    const { latest } = connect();
    latest().say(attached({ offset: 100 }));
    latest().print("half of");
    latest().fail(1006);
    vi.advanceTimersByTime(6000);
    expect(latest().query.has("epoch")).toBe(false);
    vi.useRealTimers();
  });

  test("acknowledges what is on the screen, counted from each new attachment", () => {
    const { latest } = connect();
    latest().say(attached());
    latest().say({ type: "live" });
    latest().print("x".repeat(20_000));
    expect(latest().sent.at(-1)).toBe('{"type":"ack","bytes":20000}');
    latest().say(attached({ epoch: "e2" }));
    latest().print("x".repeat(17_000));
    expect(latest().sent.at(-1)).toBe('{"type":"ack","bytes":17000}');
  });

  test("sends a large paste in frames, and no more than the window until they arrive", () => {
    const { connection, latest } = connect();
    latest().say(attached());
    latest().say({ type: "live" });
    connection.type("x".repeat(100_000));
    expect(latest().typed.length).toBe(64 * 1024);
    latest().say({ type: "received", bytes: 64 * 1024 });
    expect(latest().typed.length).toBe(100_000);
    expect(Math.max(...latest().sent.map(({ length }) => length))).toBeLessThanOrEqual(16 * 1024);
  });

  test("stays closed when its terminal is closed, and asleep until somebody types", () => {
    const one = connect();
    one.latest().fail(4410);
    expect(one.connection.state).toBe("closed");
    const two = connect();
    two.latest().fail(4499);
    expect(two.connection.state).toBe("asleep");
    expect(two.sockets).toHaveLength(1);
    two.connection.type("x");
    expect(two.sockets).toHaveLength(2);
  });
});
