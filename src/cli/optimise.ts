/** bin/parlance.js starts without V8's optimising compilers. A command with work to do switches them on. */
import { setFlagsFromString } from 'node:v8';

export function optimise(): void {
  for (const compiler of ['sparkplug', 'maglev', 'turbofan']) setFlagsFromString(`--${compiler}`);
}
