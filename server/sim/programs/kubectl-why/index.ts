/** The plugin `kubectl why`, and what other plugins of the lab share with it. */
export { kubectlWhy, kubectlWhyCompletion } from "./kubectl-why.ts";
