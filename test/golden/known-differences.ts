/**
 * Steps of the recordings that come out differently here, and why. Keyed by fixture, then by
 * the step's position. What is not listed here is meant to be equal.
 */
export type KnownDifferences = Readonly<Record<string, Readonly<Record<number, string>>>>;

const PLUGIN_PODS = "the recorded cluster had no network plugin; its pods, volumes and settings show";
const RANDOM_ORDER = "Go's order of map entries is random; ours is sorted";
const EVENT_TIMES = "events of one second were stored in another order by the recorded node agent";
const REGISTRY = "the image is pulled here; the recorded node agent had every image";
const STAND_IN_LOGS = "the recorded node agent invented log lines instead of running the program";
const TIMING = "pulling, starting and ending containers take other times than the recorded node agent's";

export const KNOWN_DIFFERENCES: KnownDifferences = {
  "basics-get": {
    9: PLUGIN_PODS,
    10: PLUGIN_PODS,
    11: PLUGIN_PODS,
    12: REGISTRY,
    41: PLUGIN_PODS,
    46: EVENT_TIMES,
    59: PLUGIN_PODS,
    73: PLUGIN_PODS,
    75: PLUGIN_PODS,
    78: PLUGIN_PODS,
    92: PLUGIN_PODS,
    94: "kubeadm's bootstrap token is there; the recorded cluster was made by hand",
    97: REGISTRY,
    98: EVENT_TIMES,
    99: EVENT_TIMES,
    100: EVENT_TIMES,
    102: EVENT_TIMES,
    103: REGISTRY,
    104: PLUGIN_PODS,
  },
  "basics-describe": { 22: TIMING },
  "delete-delete": { 24: TIMING, 41: "the Service comes back after ten seconds; the recording was slower than that" },
  "basics-jsonpath_columns": { 41: RANDOM_ORDER, 44: EVENT_TIMES, 48: EVENT_TIMES },
  "shell-pipelines": { 14: PLUGIN_PODS, 32: PLUGIN_PODS },
  "imperative-run_expose_scale": {
    24: STAND_IN_LOGS,
    25: STAND_IN_LOGS,
    31: REGISTRY,
    32: TIMING,
    35: STAND_IN_LOGS,
    77: TIMING,
  },
  "shell-interactive": {
    8: "the recorded container had no terminal",
    11: TIMING,
    14: STAND_IN_LOGS,
    15: STAND_IN_LOGS,
  },
  "config-config": { 15: PLUGIN_PODS },
  "nodes-nodes": { 8: PLUGIN_PODS },
};
