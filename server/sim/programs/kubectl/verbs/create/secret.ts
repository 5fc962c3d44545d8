/** `kubectl create secret generic|docker-registry|tls`. */
import type { Kubectl } from "../../context.ts";
import { KubectlError } from "../../errors.ts";
import { createGenerated, nameArgument } from "../create.ts";
import type { Verb } from "../verb.ts";
import { readKeyValues, sortedRecord, toBase64 } from "./key-values.ts";

function createSecret(
  kubectl: Kubectl,
  name: string,
  data: readonly (readonly [string, string])[],
  type: string,
): Promise<number> {
  return createGenerated(kubectl, {
    group: "",
    version: "v1",
    kind: "Secret",
    plural: "secrets",
    isNamespaced: true,
    failurePrefix: "failed to create secret",
    object: {
      kind: "Secret",
      apiVersion: "v1",
      metadata: { name },
      ...(data.length > 0 ? { data: sortedRecord(data) } : {}),
      ...(type === "" ? {} : { type }),
    },
  });
}

export const createGenericSecret: Verb = {
  words: "create secret generic",
  async run(kubectl) {
    const name = nameArgument(kubectl);
    const data = readKeyValues(kubectl, "Secret", name).map(({ key, value }) => [key, toBase64(value)] as const);
    return createSecret(kubectl, name, data, kubectl.flags.string("type"));
  },
};

export const createDockerRegistrySecret: Verb = {
  words: "create secret docker-registry",
  async run(kubectl) {
    const { flags } = kubectl;
    const name = nameArgument(kubectl);
    if (flags.list("from-file").length > 0) {
      const data = readKeyValues(kubectl, "Secret", name).map(({ key, value }) => [key, toBase64(value)] as const);
      return createSecret(kubectl, name, data, "kubernetes.io/dockerconfigjson");
    }
    const server = flags.string("docker-server");
    const username = flags.string("docker-username");
    const password = flags.string("docker-password");
    const email = flags.string("docker-email");
    if (username === "" || password === "" || server === "") {
      throw new KubectlError(
        "either --from-file or the combination of --docker-username, --docker-password and --docker-server is required",
      );
    }
    const bytes = new TextEncoder();
    const auth = toBase64(bytes.encode(`${username}:${password}`));
    const config = { auths: { [server]: { username, password, ...(email === "" ? {} : { email }), auth } } };
    const data = [[".dockerconfigjson", toBase64(bytes.encode(JSON.stringify(config)))] as const];
    return createSecret(kubectl, name, data, "kubernetes.io/dockerconfigjson");
  },
};

export const createTlsSecret: Verb = {
  words: "create secret tls",
  async run(kubectl) {
    const name = nameArgument(kubectl);
    const { flags } = kubectl;
    if (flags.string("cert") === "" || flags.string("key") === "")
      throw new KubectlError("key and cert must be specified");
    const certificate = readPem(kubectl, flags.string("cert"));
    const key = readPem(kubectl, flags.string("key"));
    if (!certificate.includes("-----BEGIN CERTIFICATE-----"))
      throw new KubectlError("tls: failed to find any PEM data in certificate input");
    if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(key))
      throw new KubectlError("tls: failed to find any PEM data in key input");
    const bytes = new TextEncoder();
    const data = [
      ["tls.crt", toBase64(bytes.encode(certificate))],
      ["tls.key", toBase64(bytes.encode(key))],
    ] as const;
    return createSecret(kubectl, name, data, "kubernetes.io/tls");
  },
};

function readPem(kubectl: Kubectl, path: string): string {
  try {
    return kubectl.process.machine.fs.readText(kubectl.process.resolve(path), kubectl.process.credentials);
  } catch (error) {
    const reason = (error as Error).message;
    throw new KubectlError(
      `Cannot read file ${path}, open ${path}: ${reason.charAt(0).toLowerCase()}${reason.slice(1)}`,
    );
  }
}
