/** Do-not-call entries in the native API. */
import type { DoNotCallEntry } from '../../../calling/call.ts';

export const formatEntry = ({ phone, reason, at, by }: DoNotCallEntry) => ({ phone, reason, at, by });
