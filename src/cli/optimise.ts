/** Commands begin with V8's optimising compilers held back (bin/parlance.js): the one that has work to do asks for them. */
import { setFlagsFromString } from 'node:v8';

export function optimise(): void {
  setFlagsFromString('--opt');
  setFlagsFromString('--maglev');
}
