/** Containers, probes, environment and mounts as they stand in descriptions of pods and templates. */
import type { KubeObject } from "../../../kube/api/types.ts";
import {
  at,
  type Fields,
  fields,
  integer,
  isAbsent,
  isObject,
  list,
  objects,
  strings,
  text,
} from "../../../kube/kinds/fields.ts";
import { capitalBoolean, goList, longTime, orNone, writeResources } from "./format.ts";
import type { PrefixWriter } from "./prefix-writer.ts";

export interface ContainerListOptions {
  readonly label: string;
  readonly containers: readonly Fields[];
  /** Absent in templates. */
  readonly statuses?: readonly Fields[];
  /** The pod whose fields environment variables may name; absent in templates. */
  readonly pod?: KubeObject;
  /** Two blanks in templates. */
  readonly indent: string;
}

export function writeContainers(w: PrefixWriter, options: ContainerListOptions): void {
  const { label, containers, statuses = [], pod, indent } = options;
  w.line(0, `${indent}${label}:${containers.length === 0 ? " <none>" : ""}`);
  for (const container of containers) {
    const status = statuses.find((candidate) => candidate["name"] === container["name"]);
    writeBasics(w, container, status, indent);
    writeWords(w, "Command", container["command"]);
    writeWords(w, "Args", container["args"]);
    if (status !== undefined) writeState(w, status);
    writeResources(w, "Limits", at(container, "resources", "limits"), 2);
    writeResources(w, "Requests", at(container, "resources", "requests"), 2);
    writeProbes(w, container);
    writeEnvironmentSources(w, objects(container["envFrom"]));
    writeEnvironment(w, objects(container["env"]), container, pod);
    writeMounts(w, container);
  }
}

function writeBasics(w: PrefixWriter, container: Fields, status: Fields | undefined, indent: string): void {
  const ports = objects(container["ports"]);
  w.line(1, `${indent === "" ? "" : " "}${text(container["name"])}:`);
  if (status !== undefined) w.field("Container ID", text(status["containerID"]), 2);
  w.field("Image", text(container["image"]), 2);
  if (status !== undefined) w.field("Image ID", text(status["imageID"]), 2);
  const plural = ports.length > 1 ? "s" : "";
  w.field(`Port${plural}`, orNone(formatPorts(ports, "containerPort")), 2);
  w.field(`Host Port${plural}`, orNone(formatPorts(ports, "hostPort")), 2);
}

/** `80/TCP (http), 9100/UDP`. */
function formatPorts(ports: readonly Fields[], field: string): string {
  return ports
    .map((port) => {
      const name = text(port["name"]);
      return `${integer(port[field])}/${text(port["protocol"])}${name === "" ? "" : ` (${name})`}`;
    })
    .join(", ");
}

function writeWords(w: PrefixWriter, title: string, words: unknown): void {
  if (list(words).length === 0) return;
  w.line(2, `${title}:`);
  for (const word of strings(words)) for (const line of word.split("\n")) w.line(3, line);
}

function writeState(w: PrefixWriter, status: Fields): void {
  writeContainerState(w, "State", fields(status["state"]));
  const last = fields(status["lastState"]);
  if (isObject(last["terminated"])) writeContainerState(w, "Last State", last);
  w.field("Ready", capitalBoolean(status["ready"]), 2);
  w.field("Restart Count", integer(status["restartCount"]), 2);
}

function writeContainerState(w: PrefixWriter, title: string, state: Fields): void {
  const { running, terminated, waiting } = state;
  if (isObject(running)) {
    w.field(title, "Running", 2);
    w.field("Started", longTime(running["startedAt"]), 3);
  } else if (isObject(terminated)) {
    w.field(title, "Terminated", 2);
    if (text(terminated["reason"]) !== "") w.field("Reason", text(terminated["reason"]), 3);
    if (text(terminated["message"]) !== "") w.field("Message", text(terminated["message"]), 3);
    w.field("Exit Code", integer(terminated["exitCode"]), 3);
    if (integer(terminated["signal"]) > 0) w.field("Signal", integer(terminated["signal"]), 3);
    w.field("Started", longTime(terminated["startedAt"]), 3);
    w.field("Finished", longTime(terminated["finishedAt"]), 3);
  } else {
    w.field(title, "Waiting", 2);
    const reason = text(at(waiting, "reason"));
    if (reason !== "") w.field("Reason", reason, 3);
  }
}

function writeProbes(w: PrefixWriter, container: Fields): void {
  const probes = { livenessProbe: "Liveness", readinessProbe: "Readiness", startupProbe: "Startup" };
  for (const [field, title] of Object.entries(probes)) {
    const probe = container[field];
    if (isObject(probe)) w.field(title, formatProbe(probe), 2);
  }
}

function formatProbe(probe: Fields): string {
  const timing = `delay=${integer(probe["initialDelaySeconds"])}s timeout=${integer(probe["timeoutSeconds"])}s period=${integer(probe["periodSeconds"])}s #success=${integer(probe["successThreshold"])} #failure=${integer(probe["failureThreshold"])}`;
  const { exec, httpGet, tcpSocket, grpc } = probe;
  if (isObject(exec)) return `exec ${goList(strings(exec["command"]))} ${timing}`;
  if (isObject(httpGet)) {
    const host = `${text(httpGet["host"])}:${String(httpGet["port"])}`;
    return `http-get ${text(httpGet["scheme"]).toLowerCase()}://${host}${text(httpGet["path"])} ${timing}`;
  }
  if (isObject(tcpSocket)) return `tcp-socket ${text(tcpSocket["host"])}:${String(tcpSocket["port"])} ${timing}`;
  if (isObject(grpc)) return `grpc <pod>:${integer(grpc["port"])} ${text(grpc["service"])} ${timing}`;
  return `unknown ${timing}`;
}

function writeEnvironmentSources(w: PrefixWriter, sources: readonly Fields[]): void {
  if (sources.length === 0) return;
  w.line(2, "Environment Variables from:");
  for (const source of sources) {
    const isSecret = isObject(source["secretRef"]);
    const reference = fields(isSecret ? source["secretRef"] : source["configMapRef"]);
    const kind = isSecret ? "Secret" : "ConfigMap";
    const prefix = text(source["prefix"]);
    w.row(
      3,
      text(reference["name"]),
      prefix === "" ? kind : `${kind} with prefix '${prefix}'`,
      `Optional: ${reference["optional"] === true}`,
    );
  }
}

function writeEnvironment(
  w: PrefixWriter,
  variables: readonly Fields[],
  container: Fields,
  pod: KubeObject | undefined,
): void {
  w.line(2, `Environment:${variables.length === 0 ? "\t<none>" : ""}`);
  for (const variable of variables) {
    const name = text(variable["name"]);
    if (isObject(variable["valueFrom"])) {
      w.line(3, `${name}:\t${formatValueFrom(variable["valueFrom"], container, pod)}`);
      continue;
    }
    for (const [index, line] of text(variable["value"]).split("\n").entries()) {
      w.line(3, index === 0 ? `${name}:\t${line}` : `\t${line}`);
    }
  }
}

function formatValueFrom(source: Fields, container: Fields, pod: KubeObject | undefined): string {
  const { fieldRef, resourceFieldRef, secretKeyRef, configMapKeyRef } = source;
  if (isObject(fieldRef)) {
    const path = text(fieldRef["fieldPath"]);
    return `${podField(pod, path)} (${text(fieldRef["apiVersion"])}:${path})`;
  }
  if (isObject(resourceFieldRef)) {
    const resource = text(resourceFieldRef["resource"]);
    return `${containerResource(container, resource)} (${resource})`;
  }
  if (isObject(secretKeyRef)) {
    return `<set to the key '${text(secretKeyRef["key"])}' in secret '${text(secretKeyRef["name"])}'>\tOptional: ${secretKeyRef["optional"] === true}`;
  }
  if (isObject(configMapKeyRef)) {
    return `<set to the key '${text(configMapKeyRef["key"])}' of config map '${text(configMapKeyRef["name"])}'>\tOptional: ${configMapKeyRef["optional"] === true}`;
  }
  return "";
}

/** Only metadata is looked up on the client; other paths stay empty. */
function podField(pod: KubeObject | undefined, path: string): string {
  if (pod === undefined || !path.startsWith("metadata.")) return "";
  const subscript = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(path);
  if (subscript !== null) return text(at(pod.metadata, subscript[1] ?? "", subscript[2] ?? ""));
  return text(at(pod, ...path.split(".")));
}

function containerResource(container: Fields, resource: string): string {
  const [kind = "", name = ""] = resource.split(".");
  return text(at(container, "resources", kind, name)) || "0";
}

function writeMounts(w: PrefixWriter, container: Fields): void {
  const mounts = [...objects(container["volumeMounts"])].sort((left, right) =>
    text(left["mountPath"]) < text(right["mountPath"]) ? -1 : 1,
  );
  w.line(2, `Mounts:${mounts.length === 0 ? "\t<none>" : ""}`);
  for (const mount of mounts) {
    const flags = [mount["readOnly"] === true ? "ro" : "rw"];
    if (text(mount["subPath"]) !== "") flags.push(`path=${JSON.stringify(text(mount["subPath"]))}`);
    w.line(3, `${text(mount["mountPath"])} from ${text(mount["name"])} (${flags.join(",")})`);
  }
  const devices = objects(container["volumeDevices"]);
  if (isAbsent(container["volumeDevices"]) || devices.length === 0) return;
  w.line(2, "Devices:");
  for (const device of devices) w.line(3, `${text(device["devicePath"])} from ${text(device["name"])}`);
}
