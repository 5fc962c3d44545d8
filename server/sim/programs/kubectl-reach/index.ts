/** The plugin `kubectl reach`. */
export { kubectlReach } from "./kubectl-reach.ts";
