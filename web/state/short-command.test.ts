import { expect, test } from "vitest";
import { shortCommand } from "./short-command.ts";

test.each([
  ["kubectl get pods", "kubectl get pods"],
  ["cat > np.yaml <<'EOF'\nkind: NetworkPolicy\nEOF", "cat > np.yaml <<'EOF' …"],
  [`echo ${"long ".repeat(20)}`, "echo long long long long long long long l…"],
])("%j is shown as %j", (command, shown) => {
  expect(shortCommand(command)).toBe(shown);
});
