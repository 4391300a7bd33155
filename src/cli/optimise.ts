/** V8's compilers of machine code are held back at first (bin/parlance.js); a command that has work to do asks for them. */
import { setFlagsFromString } from 'node:v8';

export function optimise(): void {
  for (const compiler of ['sparkplug', 'maglev', 'turbofan']) setFlagsFromString(`--${compiler}`);
}
