/** `kubectl create ingress`: rules in the form `host/path=service:port[,tls[=secret]]`. */
import type { Kubectl } from "../../context.ts";
import { KubectlError } from "../../errors.ts";
import { createGenerated, nameArgument } from "../create.ts";
import type { Verb } from "../verb.ts";

interface ParsedRule {
  readonly host: string;
  readonly path: string;
  readonly pathType: string;
  readonly backend: ReturnType<typeof backendOf>;
  readonly tls?: { readonly secretName: string };
}

export const createIngress: Verb = {
  words: "create ingress",
  async run(kubectl) {
    const name = nameArgument(kubectl);
    const { flags } = kubectl;
    const rules = flags.list("rule");
    const defaultBackend = flags.string("default-backend");
    const ingressClass = flags.string("class");
    if (defaultBackend === "" && rules.length === 0)
      throw new KubectlError(
        "not enough information provided: every ingress has to either specify a default-backend (which catches all traffic) or a list of rules (which catch specific paths)",
      );
    if (defaultBackend !== "" && defaultBackend.split(":").length !== 2)
      throw new KubectlError("default-backend should be in format servicename:serviceport");
    const annotations = annotationsOf(kubectl);
    const parsed = rules.map(parseRule);
    const tls = tlsOf(parsed);
    return createGenerated(kubectl, {
      group: "networking.k8s.io",
      version: "v1",
      kind: "Ingress",
      plural: "ingresses",
      isNamespaced: true,
      failurePrefix: "failed to create ingress",
      object: {
        kind: "Ingress",
        apiVersion: "networking.k8s.io/v1",
        metadata: { name, ...(Object.keys(annotations).length > 0 ? { annotations } : {}) },
        spec: {
          ...(ingressClass === "" ? {} : { ingressClassName: ingressClass }),
          ...(defaultBackend === "" ? {} : { defaultBackend: backendOf(defaultBackend) }),
          ...(tls.length > 0 ? { tls } : {}),
          ...(parsed.length > 0 ? { rules: groupByHost(parsed) } : {}),
        },
        status: { loadBalancer: {} },
      },
    });
  },
};

function annotationsOf(kubectl: Kubectl): Readonly<Record<string, string>> {
  return Object.fromEntries(
    kubectl.flags.list("annotation").map((text) => {
      const equals = text.indexOf("=");
      if (equals < 0) throw new KubectlError(`annotation ${text} is invalid and should be in format key=[value]`);
      return [text.slice(0, equals), text.slice(equals + 1)] as const;
    }),
  );
}

function backendOf(text: string) {
  const [name = "", port = ""] = text.split(":");
  return { service: { name, port: /^\d+$/.test(port) ? { number: Number(port) } : { name: port } } };
}

function parseRule(text: string): ParsedRule {
  const match = /^([^/=]*)(\/[^=]*)=([^:,]+):([^,]+)(?:,tls(?:=(.*))?)?$/.exec(text);
  if (match === null) {
    throw new KubectlError(`rule ${text} is invalid and should be in format host/path=svcname:svcport[,tls[=secret]]`);
  }
  const [, host = "", path = "", service = "", port = "", secret] = match;
  const isPrefix = path.endsWith("*");
  return {
    host,
    path: isPrefix ? path.slice(0, -1) : path,
    pathType: isPrefix ? "Prefix" : "Exact",
    backend: backendOf(`${service}:${port}`),
    ...(/,tls/.test(text) ? { tls: { secretName: secret ?? "" } } : {}),
  };
}

function groupByHost(rules: readonly ParsedRule[]) {
  const hosts = [...new Set(rules.map(({ host }) => host))];
  return hosts.map((host) => ({
    ...(host === "" ? {} : { host }),
    http: {
      paths: rules
        .filter((rule) => rule.host === host)
        .map(({ path, pathType, backend }) => ({ path, pathType, backend })),
    },
  }));
}

function tlsOf(rules: readonly ParsedRule[]) {
  const secrets = [...new Set(rules.flatMap(({ tls }) => (tls === undefined ? [] : [tls.secretName])))];
  return secrets.map((secretName) => {
    const hosts = [...new Set(rules.filter(({ tls }) => tls?.secretName === secretName).map(({ host }) => host))];
    return { ...(hosts.some((host) => host !== "") ? { hosts } : {}), ...(secretName === "" ? {} : { secretName }) };
  });
}
