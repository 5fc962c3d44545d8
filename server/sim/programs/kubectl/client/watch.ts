/** Watch streams: JSON documents one after another as they arrive. */
import type { ApiObject, RequestOptions, RestClient } from "./rest-client.ts";
import type { Interruption } from "../../../machine/types.ts";

export interface WatchEvent {
  readonly type: string;
  readonly object: ApiObject;
}

/** Opens a watch and yields its events until the server closes it. */
export async function* readWatch(
  client: RestClient,
  path: string,
  options: RequestOptions & { readonly interruption?: Interruption },
): AsyncGenerator<WatchEvent> {
  const reply = await client.send("GET", path, options);
  for await (const line of readLines(reply.chunks())) {
    if (line.trim() !== "") yield JSON.parse(line) as WatchEvent;
  }
}

/** Text lines of a byte stream, without their newlines. */
export async function* readLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let pending = "";
  for await (const chunk of chunks) {
    pending += decoder.decode(chunk, { stream: true });
    let newline = pending.indexOf("\n");
    while (newline >= 0) {
      yield pending.slice(0, newline);
      pending = pending.slice(newline + 1);
      newline = pending.indexOf("\n");
    }
  }
  if (pending !== "") yield pending;
}
