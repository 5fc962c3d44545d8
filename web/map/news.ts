import type { FlowView, MapPicture } from "../../server/protocol.ts";

/** A name lookup that succeeded comes before nearly every flow; it is not what a learner looks for. */
export function isLookup({ port, protocol, outcome }: FlowView): boolean {
  return port === 53 && protocol === "UDP" && outcome === "connected";
}

/**
 * Whether a packet would still fare as it did, by the policies of this picture: what is
 * drawn of the past must not contradict the present. True where the picture cannot say.
 */
export function stillHolds(picture: MapPicture, flow: FlowView): boolean {
  const wasStopped = flow.outcome === "dropped";
  if (!wasStopped && flow.outcome !== "connected" && flow.outcome !== "refused") return true;
  const source = picture.pods.findIndex(({ id }) => id === flow.source);
  const target = picture.pods.findIndex(({ id }) => id === flow.destination);
  const row = picture.rows.find(({ pod }) => pod === source);
  const door = picture.doors.findIndex(
    ({ pod, port, protocol }) => pod === target && port === flow.port && protocol === flow.protocol,
  );
  const letter = row?.verdicts[door];
  if (letter === undefined) return !isGone(picture, flow.source) && !isGone(picture, flow.destination);
  if (letter === "u" || letter === ".") return true;
  return wasStopped === (letter === "e" || letter === "i" || letter === "b");
}

/** Pods are named `NAMESPACE/NAME`; other ends of flows have no place on the map. */
function isGone(picture: MapPicture, end: string): boolean {
  return (
    picture.omittedPods === 0 && /^[a-z0-9-]+\/[a-z0-9.-]+$/.test(end) && !picture.pods.some(({ id }) => id === end)
  );
}
