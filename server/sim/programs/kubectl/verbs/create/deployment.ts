/** `kubectl create deployment`. */
import { KubectlError } from "../../errors.ts";
import { createGenerated, nameArgument } from "../create.ts";
import type { Verb } from "../verb.ts";

export const createDeployment: Verb = {
  words: "create deployment",
  async run(kubectl) {
    const name = nameArgument(kubectl);
    const { flags } = kubectl;
    const images = flags.list("image");
    const command = kubectl.args.slice(1);
    if (images.length > 1 && command.length > 0)
      throw new KubectlError("cannot specify multiple --image options and command");
    if (flags.isChanged("replicas") && flags.number("replicas") < 0)
      throw new KubectlError("--replicas must be greater than or equal to 0");
    const labels = { app: name };
    const port = flags.number("port");
    const containers = images.map((image, index) => ({
      name: containerName(image, kubectl.process.random.text.bind(kubectl.process.random)),
      image,
      ...(command.length > 0 ? { command } : {}),
      ...(port >= 0 && index === 0 ? { ports: [{ containerPort: port }] } : {}),
      resources: {},
    }));
    return createGenerated(kubectl, {
      group: "apps",
      version: "v1",
      kind: "Deployment",
      plural: "deployments",
      isNamespaced: true,
      failurePrefix: "failed to create deployment",
      object: {
        kind: "Deployment",
        apiVersion: "apps/v1",
        metadata: { name, labels },
        spec: {
          replicas: flags.number("replicas"),
          selector: { matchLabels: labels },
          template: { metadata: { labels }, spec: { containers } },
          strategy: {},
        },
        status: {},
      },
    });
  },
};

/** The image's own name without registry, tag and digest; odd characters get a random suffix. */
export function containerName(image: string, randomText: (length: number) => string): string {
  const last = image.split("/").at(-1) ?? image;
  const name = (last.split(":")[0] ?? last).split("@")[0] ?? last;
  if (/^[-a-z0-9]*$/.test(name)) return name;
  const clean = name
    .toLowerCase()
    .replaceAll("_", "-")
    .replace(/[^-a-z0-9]/g, "");
  return `${clean}-${randomText(5)}`;
}
