/** The progress meter, shown on stderr when the document does not go to a terminal. */

export const METER_HEADER =
  "  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current\n" +
  "                                 Dload  Upload   Total   Spent    Left  Speed\n";

const cell = (bytes: number): string => {
  if (bytes < 100_000) return String(bytes).padStart(5);
  if (bytes < 10_000 * 1024) return `${String(Math.floor(bytes / 1024)).padStart(4)}k`;
  return `${(bytes / 1024 / 1024).toFixed(1).padStart(4)}M`;
};

const clock = (totalSeconds: number): string => {
  const whole = Math.floor(totalSeconds);
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${String(Math.floor(whole / 3600)).padStart(2)}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
};

/** One state of the meter, from the carriage return on. */
export function meterLine(received: number, total: number, elapsedMs: number): string {
  const percent = total > 0 ? Math.floor((received * 100) / total) : 0;
  const speed = elapsedMs > 0 ? Math.round((received * 1000) / elapsedMs) : received * 1000;
  const spent = elapsedMs >= 1000 ? clock(elapsedMs / 1000) : "--:--:--";
  return `\r${String(percent).padStart(3)} ${cell(total)}  ${String(percent).padStart(3)} ${cell(received)}    0     0  ${cell(speed)}      0 --:--:-- ${spent.padStart(8)} --:--:-- ${cell(speed)}`;
}
