/** Defaults of pod specs and their parts: core/v1 `defaults.go` of v1.36. */
import {
  type Fields,
  draftAt,
  draftIfPresent,
  draftList,
  fill,
  fillEmpty,
  isAbsent,
  isObject,
  text,
} from "./fields.ts";
import type { Draft } from "./types.ts";

/** What a pod spec gets wherever it stands, in a Pod or in a template. */
export function defaultPodSpec(spec: Draft): void {
  fillEmpty(spec, "dnsPolicy", "ClusterFirst");
  fillEmpty(spec, "restartPolicy", "Always");
  fill(spec, "securityContext", {});
  fill(spec, "terminationGracePeriodSeconds", 30);
  fillEmpty(spec, "schedulerName", "default-scheduler");
  mirrorServiceAccount(spec);
  for (const container of allContainers(spec)) defaultContainer(container);
  if (spec["hostNetwork"] === true) for (const container of allContainers(spec)) defaultHostPorts(container);
  for (const volume of draftList(spec, "volumes")) defaultVolume(volume);
}

/** `metadata` and `spec` of a template are always written. */
export function defaultPodTemplate(owner: Draft): void {
  const template = draftAt(owner, "template");
  draftAt(template, "metadata");
  defaultPodSpec(draftAt(template, "spec"));
}

/** What only Pods themselves get. */
export function defaultPodOnly(spec: Draft): void {
  fill(spec, "enableServiceLinks", true);
  for (const container of allContainers(spec)) requestWhatIsLimited(container);
}

function allContainers(spec: Draft): readonly Draft[] {
  return ["initContainers", "containers", "ephemeralContainers"].flatMap((field) => draftList(spec, field));
}

/** The old name of the field follows the new one, both ways. */
function mirrorServiceAccount(spec: Draft): void {
  const name = text(spec["serviceAccountName"]) || text(spec["serviceAccount"]);
  if (name === "") return;
  spec["serviceAccountName"] = name;
  spec["serviceAccount"] = name;
}

function defaultContainer(container: Draft): void {
  fillEmpty(container, "imagePullPolicy", pullPolicyOf(text(container["image"])));
  fill(container, "resources", {});
  fillEmpty(container, "terminationMessagePath", "/dev/termination-log");
  fillEmpty(container, "terminationMessagePolicy", "File");
  for (const port of draftList(container, "ports")) fillEmpty(port, "protocol", "TCP");
  for (const variable of draftList(container, "env")) defaultValueSource(draftIfPresent(variable, "valueFrom"));
  for (const probe of ["livenessProbe", "readinessProbe", "startupProbe"]) {
    defaultProbe(draftIfPresent(container, probe));
  }
  const lifecycle = draftIfPresent(container, "lifecycle");
  for (const hook of ["postStart", "preStop"]) {
    defaultHttpGet(lifecycle === undefined ? undefined : draftIfPresent(lifecycle, hook));
  }
}

/** `Always` for the tag `latest`, given or implied; a digest pins the image. */
function pullPolicyOf(image: string): string {
  if (image.includes("@")) return "IfNotPresent";
  const lastPart = image.slice(image.lastIndexOf("/") + 1);
  const colon = lastPart.indexOf(":");
  return colon < 0 || lastPart.slice(colon + 1) === "latest" ? "Always" : "IfNotPresent";
}

function defaultValueSource(source: Draft | undefined): void {
  if (source === undefined) return;
  const fieldRef = draftIfPresent(source, "fieldRef");
  if (fieldRef !== undefined) fillEmpty(fieldRef, "apiVersion", "v1");
  const resourceFieldRef = draftIfPresent(source, "resourceFieldRef");
  if (resourceFieldRef !== undefined) fillEmpty(resourceFieldRef, "divisor", "0");
}

function defaultProbe(probe: Draft | undefined): void {
  if (probe === undefined) return;
  fillEmpty(probe, "timeoutSeconds", 1);
  fillEmpty(probe, "periodSeconds", 10);
  fillEmpty(probe, "successThreshold", 1);
  fillEmpty(probe, "failureThreshold", 3);
  const grpc = draftIfPresent(probe, "grpc");
  if (grpc !== undefined) fill(grpc, "service", "");
  defaultHttpGet(probe);
}

function defaultHttpGet(handler: Draft | undefined): void {
  const httpGet = handler === undefined ? undefined : draftIfPresent(handler, "httpGet");
  if (httpGet === undefined) return;
  fillEmpty(httpGet, "path", "/");
  fillEmpty(httpGet, "scheme", "HTTP");
}

/** On the host's network a port is the host's port. */
function defaultHostPorts(container: Draft): void {
  for (const port of draftList(container, "ports")) {
    if (!isAbsent(port["containerPort"])) fillEmpty(port, "hostPort", port["containerPort"]);
  }
}

/** A limit without a request is also the request. */
function requestWhatIsLimited(container: Draft): void {
  const resources = draftIfPresent(container, "resources");
  if (resources === undefined || !isObject(resources["limits"])) return;
  const requests = draftAt(resources, "requests");
  for (const [name, limit] of Object.entries(resources["limits"] as Fields)) fill(requests, name, limit);
  if (Object.keys(requests).length === 0) delete resources["requests"];
}

function defaultVolume(volume: Draft): void {
  const sources = Object.keys(volume).filter((field) => field !== "name");
  if (sources.length === 0) volume["emptyDir"] = {};
  for (const field of ["secret", "configMap", "downwardAPI", "projected"]) {
    const source = draftIfPresent(volume, field);
    if (source === undefined) continue;
    fill(source, "defaultMode", 0o644);
    defaultDownwardItems(source);
    for (const projected of draftList(source, "sources")) defaultProjection(projected);
  }
  const hostPath = draftIfPresent(volume, "hostPath");
  if (hostPath !== undefined) fill(hostPath, "type", "");
  const claim = draftIfPresent(volume, "ephemeral");
  const template = claim === undefined ? undefined : draftIfPresent(claim, "volumeClaimTemplate");
  if (template !== undefined) fill(draftAt(template, "spec"), "volumeMode", "Filesystem");
}

function defaultProjection(source: Draft): void {
  const token = draftIfPresent(source, "serviceAccountToken");
  if (token !== undefined) fill(token, "expirationSeconds", 3600);
  const downwardApi = draftIfPresent(source, "downwardAPI");
  if (downwardApi !== undefined) defaultDownwardItems(downwardApi);
}

function defaultDownwardItems(source: Draft): void {
  for (const item of draftList(source, "items")) defaultValueSource(item);
}
