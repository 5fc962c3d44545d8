/** Questions about identity and rights: answered at once, never stored. */
import type { Draft } from "../../kinds/types.ts";
import { authorize, type AccessAttributes, type PolicyRule, rulesFor } from "../auth/rbac.ts";
import { verifyToken } from "../auth/tokens.ts";
import { decodeBody, parseBody } from "../body.ts";
import { badRequest, invalid, invalidValue, required } from "../errors.ts";
import { apiVersionOf, groupKind } from "../kind-registry.ts";
import { parseWriteOptions } from "../request-options.ts";
import type { RequestScope } from "../request-scope.ts";
import { jsonResponse } from "../responses.ts";
import type { ApiResponse, UserInfo } from "../types.ts";

type Answer = (scope: RequestScope, spec: Draft) => Draft;

const ANSWERS: Readonly<Record<string, Answer>> = {
  SelfSubjectReview: (scope) => ({ userInfo: userInfoOf(scope.user) }),
  SelfSubjectAccessReview: (scope, spec) => access(scope, scope.user, spec),
  SubjectAccessReview: (scope, spec) => access(scope, subjectOf(scope, spec), spec),
  LocalSubjectAccessReview: (scope, spec) => {
    const attributes = (spec["resourceAttributes"] ?? {}) as Draft;
    if (attributes["namespace"] !== scope.info.namespace) {
      throw invalid(groupKind(scope.kind), "", [
        invalidValue(
          "spec.resourceAttributes.namespace",
          attributes["namespace"] ?? "",
          `must match metadata.namespace`,
        ),
      ]);
    }
    return access(scope, subjectOf(scope, spec), spec);
  },
  SelfSubjectRulesReview: rules,
  TokenReview: tokenReview,
};

export function isReview(scope: RequestScope): boolean {
  return ANSWERS[scope.kind.kind] !== undefined && scope.kind.verbs.length === 1;
}

export function answerReview(scope: RequestScope): ApiResponse {
  const { request, kind, warnings, resources } = scope;
  const options = parseWriteOptions(request.query, "CreateOptions");
  const parsed = parseBody(request.body, request.headers["content-type"], kind.kind);
  const draft = decodeBody(parsed, kind, { schema: kind.schema, kind: kind.kind }, options.fieldValidation, warnings);
  const spec = (draft["spec"] ?? {}) as Draft;
  const status = (ANSWERS[kind.kind] as Answer)(scope, spec);
  const isSelf = kind.kind === "SelfSubjectReview";
  const answer = {
    kind: kind.kind,
    apiVersion: apiVersionOf(kind),
    metadata: isSelf ? { creationTimestamp: resources.timestamp() } : (draft["metadata"] ?? {}),
    ...(isSelf ? {} : { spec }),
    status,
  };
  return jsonResponse(201, answer, { warnings });
}

function userInfoOf(user: UserInfo): Draft {
  return {
    username: user.name,
    ...(user.uid ? { uid: user.uid } : {}),
    groups: user.groups,
    ...(user.extra ? { extra: user.extra } : {}),
  };
}

function subjectOf(scope: RequestScope, spec: Draft): UserInfo {
  const name = String(spec["user"] ?? "");
  const groups = (spec["groups"] ?? []) as string[];
  if (!name && groups.length === 0) {
    throw invalid(groupKind(scope.kind), "", [
      required("spec.user", "at least one of user or group must be specified"),
    ]);
  }
  return { name, groups };
}

function access(scope: RequestScope, user: UserInfo, spec: Draft): Draft {
  const resource = spec["resourceAttributes"] as Draft | undefined;
  const path = spec["nonResourceAttributes"] as Draft | undefined;
  if ((resource === undefined) === (path === undefined)) {
    throw invalid(groupKind(scope.kind), "", [
      invalidValue(
        "spec.resourceAttributes",
        resource ?? null,
        resource
          ? "cannot be specified in combination with nonResourceAttributes"
          : "exactly one of nonResourceAttributes or resourceAttributes must be specified",
      ),
    ]);
  }
  const { isAllowed, reason } = authorize(scope.resources, user, attributesOf(resource, path));
  return { allowed: isAllowed, ...(reason ? { reason } : {}) };
}

function attributesOf(resource: Draft | undefined, path: Draft | undefined): AccessAttributes {
  const text = (field: string) => String(resource?.[field] ?? "");
  return {
    verb: String((resource ?? path)?.["verb"] ?? ""),
    namespace: text("namespace"),
    group: text("group"),
    resource: text("resource"),
    subresource: text("subresource"),
    name: text("name"),
    path: String(path?.["path"] ?? ""),
  };
}

function rules(scope: RequestScope, spec: Draft): Draft {
  const namespace = String(spec["namespace"] ?? "");
  if (namespace === "") throw badRequest("no namespace on request");
  const all = rulesFor(scope.resources, scope.user, namespace);
  return {
    resourceRules: all.filter((rule) => (rule.resources ?? []).length > 0).map(resourceRule),
    nonResourceRules: all
      .filter((rule) => (rule.nonResourceURLs ?? []).length > 0)
      .map((rule) => ({ verbs: rule.verbs ?? [], nonResourceURLs: rule.nonResourceURLs })),
    incomplete: false,
  };
}

function resourceRule(rule: PolicyRule): Draft {
  const { verbs = [], apiGroups, resources, resourceNames } = rule;
  return { verbs, apiGroups, resources, ...(resourceNames?.length ? { resourceNames } : {}) };
}

function tokenReview(scope: RequestScope, spec: Draft): Draft {
  const token = String(spec["token"] ?? "");
  if (token === "") {
    throw badRequest("token is required for TokenReview in authentication");
  }
  const audiences = (spec["audiences"] ?? []) as string[];
  const user = verifyToken(scope.resources, token, audiences);
  if (!user) return { user: {}, error: "invalid bearer token" };
  const valid = audiences.length > 0 ? audiences : ["https://kubernetes.default.svc.cluster.local"];
  return { authenticated: true, user: userInfoOf(user), audiences: valid };
}
