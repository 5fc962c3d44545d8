/** The door of the API server: HTTPS on `--secure-port` while the process runs. */
import { serveHttp } from "../../machine/http.ts";
import type { Program } from "../../machine/types.ts";
import { klog, untilSignal } from "./component.ts";
import { apiServerDoorKey, componentRegistrarKey } from "./services.ts";

export const kubeApiserver: Program = {
  name: "kube-apiserver",
  async run(process) {
    const flags = process.argv.slice(1);
    const unknown = flags.find((flag) => !flag.startsWith("--"));
    if (unknown !== undefined) {
      await process.stderr.write(`Error: unknown command "${unknown}" for "kube-apiserver"\n`);
      return 1;
    }
    const port = Number(flags.findLast((flag) => flag.startsWith("--secure-port="))?.split("=")[1] ?? 6443);
    const door = process.machine.services.get(apiServerDoorKey);
    if (!door) {
      await process.stderr.write(
        "Error: unable to load server certificate: open /etc/kubernetes/pki/apiserver.crt: no such file or directory\n",
      );
      return 1;
    }
    const listener = process.net.listen(port);
    await process.stderr.write(
      `${klog(process, "options.go:249", `external host was not specified, using ${process.machine.network.addresses[0] ?? "127.0.0.1"}`)}\n`,
    );
    await process.stderr.write(
      `${klog(process, "server.go:147", `Version: v${process.program.version ?? "1.36.3"}`)}\n`,
    );
    await process.stderr.write(`${klog(process, "secure_serving.go:211", `Serving securely on [::]:${port}`)}\n`);
    const stop = process.machine.services.get(componentRegistrarKey)?.started("kube-apiserver", process);
    try {
      void serveHttp(listener, door.handler, {
        tls: door.tls,
        interruption: process.interruption,
        onError: (error) => {
          throw error;
        },
      });
      return await untilSignal(process);
    } finally {
      stop?.();
      listener.close();
    }
  },
};
