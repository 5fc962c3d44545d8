/** The plugin `kubectl why`, and what other plugins of the lab share with it. */
export { kubectlWhy } from "./kubectl-why.ts";
