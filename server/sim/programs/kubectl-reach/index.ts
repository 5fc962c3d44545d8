/** The plugin `kubectl reach`. */
export { kubectlReach, kubectlReachCompletion } from "./kubectl-reach.ts";
