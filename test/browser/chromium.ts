/** A real Chromium: one that is installed, else one that comes with a package and needs no rights. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Browser, chromium } from "playwright-core";

const args = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--force-color-profile=srgb",
];

/** Where the makers of Chrome, Chromium and Edge put them. */
function installedPaths(): readonly string[] {
  const { env, platform } = process;
  switch (platform) {
    case "darwin":
      return [
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
        "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
      ];
    case "win32":
      return [env["PROGRAMFILES"], env["PROGRAMFILES(X86)"], env["LOCALAPPDATA"]].flatMap((folder) =>
        folder
          ? [
              join(folder, "Google/Chrome/Application/chrome.exe"),
              join(folder, "Microsoft/Edge/Application/msedge.exe"),
            ]
          : [],
      );
    default:
      return [
        ...["google-chrome", "google-chrome-stable", "chromium", "chromium-browser", "chrome"].flatMap((name) =>
          (env["PATH"] ?? "").split(":").map((folder) => join(folder, name)),
        ),
        "/opt/google/chrome/chrome",
        "/snap/bin/chromium",
      ];
  }
}

/** The path of a Chromium, unpacking the one of the package if none is installed. */
export async function findChromium(): Promise<string> {
  const chosen = process.env["CHROME_PATH"];
  if (chosen) {
    if (!existsSync(chosen)) throw new Error(`CHROME_PATH names ${chosen}, which is not there`);
    return chosen;
  }
  const installed = installedPaths().find((path) => existsSync(path));
  if (installed) return installed;
  const { default: packaged } = await import("@sparticuz/chromium");
  return packaged.executablePath();
}

export async function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: await findChromium(), args, headless: true });
}
