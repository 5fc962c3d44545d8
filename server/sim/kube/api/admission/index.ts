/** The admission plugins in the order in which the server calls them. */
import type { Draft } from "../../kinds/types.ts";
import type { AdmissionRequest } from "../operation.ts";
import { defaultIngressClass, defaultStorageClass } from "./default-class.ts";
import { defaultTolerations } from "./default-tolerations.ts";
import { limitRanger } from "./limit-ranger.ts";
import { namespaceLifecycle } from "./namespace-lifecycle.ts";
import type { AdmissionOptions, AdmissionPlugin } from "./plugin.ts";
import { podSecurity } from "./pod-security.ts";
import { podSecurityNamespaces } from "./pod-security-namespaces.ts";
import { priority } from "./priority.ts";
import { rbacEscalation } from "./rbac-escalation.ts";
import { resourceQuota } from "./resource-quota.ts";
import { serviceAccount } from "./service-account.ts";
import { storageProtection } from "./storage-protection.ts";

const PLUGINS: readonly AdmissionPlugin[] = [
  namespaceLifecycle,
  limitRanger,
  serviceAccount,
  podSecurity,
  podSecurityNamespaces,
  priority,
  defaultTolerations,
  defaultStorageClass,
  storageProtection,
  defaultIngressClass,
  rbacEscalation,
  resourceQuota,
];

export function admit(request: AdmissionRequest, draft: Draft, options: AdmissionOptions): void {
  for (const plugin of PLUGINS) plugin(request, draft, options);
}
