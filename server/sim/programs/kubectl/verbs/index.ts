/** Every verb, one line each. */
import { annotate } from "./annotate.ts";
import { apiResources, apiVersions } from "./api-resources.ts";
import { apply } from "./apply.ts";
import { attach } from "./attach.ts";
import { authVerbs } from "./auth.ts";
import { clusterVerbs } from "./cluster.ts";
import { configVerbs } from "./config.ts";
import { cp } from "./cp.ts";
import { create } from "./create.ts";
import { createConfigMap } from "./create/configmap.ts";
import { createDeployment } from "./create/deployment.ts";
import { createIngress } from "./create/ingress.ts";
import { createCronJob, createJob } from "./create/job.ts";
import { createNamespace, createServiceAccount } from "./create/namespace.ts";
import { createPodDisruptionBudget, createPriorityClass, createQuota } from "./create/policy.ts";
import { createClusterRole, createRole } from "./create/role.ts";
import { createClusterRoleBinding, createRoleBinding } from "./create/role-binding.ts";
import { createDockerRegistrySecret, createGenericSecret, createTlsSecret } from "./create/secret.ts";
import { createClusterIp, createExternalName, createLoadBalancer, createNodePort } from "./create/service.ts";
import { createToken } from "./create/token.ts";
import { debug } from "./debug.ts";
import { deleteVerb } from "./delete.ts";
import { describe } from "./describe.ts";
import { diff } from "./diff.ts";
import { edit } from "./edit.ts";
import { events } from "./events.ts";
import { exec } from "./exec.ts";
import { expose } from "./expose.ts";
import { explain } from "./explain.ts";
import { get } from "./get.ts";
import { label } from "./label.ts";
import { lastAppliedVerbs } from "./last-applied.ts";
import { logs } from "./logs.ts";
import { nodeVerbs } from "./nodes.ts";
import { patch } from "./patch.ts";
import { run } from "./run.ts";
import { replace } from "./replace.ts";
import { rolloutVerbs } from "./rollout.ts";
import { scale } from "./scale.ts";
import { setVerbs } from "./set.ts";
import { setEnv } from "./set-env.ts";
import type { Verb } from "./verb.ts";
import { version } from "./version.ts";
import { wait } from "./wait.ts";

const VERBS: readonly Verb[] = [
  annotate,
  apiResources,
  apiVersions,
  apply,
  attach,
  cp,
  create,
  createClusterIp,
  createClusterRole,
  createClusterRoleBinding,
  createConfigMap,
  createCronJob,
  createDeployment,
  createDockerRegistrySecret,
  createExternalName,
  createGenericSecret,
  createIngress,
  createJob,
  createLoadBalancer,
  createNamespace,
  createNodePort,
  createPodDisruptionBudget,
  createPriorityClass,
  createQuota,
  createRole,
  createRoleBinding,
  createServiceAccount,
  createTlsSecret,
  createToken,
  debug,
  deleteVerb,
  describe,
  diff,
  edit,
  events,
  exec,
  explain,
  expose,
  get,
  label,
  logs,
  patch,
  replace,
  run,
  scale,
  version,
  wait,
  ...authVerbs,
  ...clusterVerbs,
  ...configVerbs,
  ...lastAppliedVerbs,
  ...nodeVerbs,
  ...rolloutVerbs,
  ...setVerbs,
  setEnv,
];

const byWords = new Map(VERBS.map((verb) => [verb.words, verb]));

/** The verb of a command's words; undefined for groups and commands that do nothing here. */
export function verbNamed(words: string): Verb | undefined {
  return byWords.get(words);
}
