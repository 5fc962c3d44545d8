// Runs before the first paint, so that a chosen theme or scale does not flash. It is a
// file of its own because the content security policy allows no inline script.
try {
  const settings = JSON.parse(localStorage.getItem("netpol-lab.settings") ?? "{}");
  for (const name of ["theme", "scale", "terminal", "motion", "contrast"]) {
    const value = settings[name];
    if (typeof value === "string" && value !== "system" && value !== "normal") {
      document.documentElement.dataset[name] = value;
    }
  }
} catch {
  // Without storage the page follows the system.
}
