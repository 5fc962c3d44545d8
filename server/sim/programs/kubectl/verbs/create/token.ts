/** `kubectl create token`. */
import { asFailure, KubectlError, StatusFailure } from "../../errors.ts";
import { outputPrinter } from "../../printers/output.ts";
import { printWith } from "../common.ts";
import { nameArgument } from "../create.ts";
import type { Verb } from "../verb.ts";

export const createToken: Verb = {
  words: "create token",
  async run(kubectl) {
    const name = nameArgument(kubectl);
    const { flags } = kubectl;
    const printer = outputPrinter(kubectl);
    const duration = flags.number("duration");
    if (duration < 0) throw new KubectlError("--duration must be greater than or equal to 0");
    if (flags.isChanged("duration") && duration % 1000 !== 0)
      throw new KubectlError("--duration cannot be expressed in units less than seconds");
    const boundKind = flags.string("bound-object-kind");
    if (boundKind !== "" && flags.string("bound-object-name") === "")
      throw new KubectlError("--bound-object-name is required if --bound-object-kind is provided");
    const audiences = flags.list("audience");
    const spec = {
      audiences: audiences.length > 0 ? audiences : null,
      expirationSeconds: duration > 0 ? duration / 1000 : null,
      boundObjectRef:
        boundKind === ""
          ? null
          : {
              kind: boundKind,
              apiVersion: "v1",
              name: flags.string("bound-object-name"),
              uid: flags.string("bound-object-uid"),
            },
    };
    const path = `/api/v1/namespaces/${kubectl.namespace}/serviceaccounts/${encodeURIComponent(name)}/token`;
    try {
      const request = await kubectl.client().request("POST", path, {
        body: { kind: "TokenRequest", apiVersion: "authentication.k8s.io/v1", metadata: {}, spec },
      });
      const status = (request["status"] ?? {}) as { readonly token?: string };
      if (printer !== undefined) await printWith(kubectl, printer, request);
      else await kubectl.out(`${status.token ?? ""}\n`);
      return 0;
    } catch (error) {
      const failure = asFailure(error);
      throw failure instanceof StatusFailure ? new KubectlError(`failed to create token: ${failure.message}`) : failure;
    }
  },
};
