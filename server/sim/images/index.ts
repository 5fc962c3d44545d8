/** Every repository of images the simulated registries serve, one line each. */
import { createImageRegistry } from "./registry.ts";
import { alpine } from "./repositories/alpine.ts";
import { busybox } from "./repositories/busybox.ts";
import { controlPlane } from "./repositories/control-plane.ts";
import { debian, ubuntu } from "./repositories/debian.ts";
import { httpd } from "./repositories/httpd.ts";
import { nginx, nginxUnprivileged } from "./repositories/nginx.ts";
import { httpEcho, python, redis } from "./repositories/servers.ts";
import { agnhost } from "./repositories/test-images.ts";
import { curl, netshoot } from "./repositories/tools.ts";
import type { ImageRegistry } from "./types.ts";

export const images: ImageRegistry = createImageRegistry([
  agnhost,
  alpine,
  busybox,
  ...controlPlane,
  curl,
  debian,
  httpEcho,
  httpd,
  netshoot,
  nginx,
  nginxUnprivileged,
  python,
  redis,
  ubuntu,
]);
