/** Unpacks one file of a zip archive, up to a size limit. It supports the parts of the format that documents use. */
import { inflateRawSync } from 'node:zlib';
import { Unreadable } from '../knowledge.ts';

const END = 0x06054b50;
const ENTRY = 0x02014b50;
const LOCAL = 0x04034b50;
/** Bytes of the end record, and of the longest comment after it. */
const END_SIZE = 22;
const MAX_COMMENT = 0xffff;
const STORED = 0;
const DEFLATED = 8;

/** Undefined where there is no such file; throws Unreadable. Sizes in the archive are not trusted. */
export function zipEntry(archive: Buffer, name: string, maxBytes: number): Buffer | undefined {
  try {
    const entry = find(archive, name);
    return entry && unpack(archive, entry, maxBytes);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE')
      throw new Unreadable(`The file unpacks to more than ${maxBytes / 1024 / 1024} MB; upload it in parts.`);
    throw new Unreadable('The file is damaged; export it again.');
  }
}

interface Entry {
  method: number;
  packed: number;
  at: number;
}

function find(archive: Buffer, name: string): Entry | undefined {
  let end = archive.length - END_SIZE;
  const earliest = Math.max(0, end - MAX_COMMENT);
  while (end >= earliest && archive.readUInt32LE(end) !== END) end -= 1;
  if (end < earliest) throw new RangeError('no end');
  const count = archive.readUInt16LE(end + 10);
  let at = archive.readUInt32LE(end + 16);
  for (let i = 0; i < count; i += 1) {
    if (archive.readUInt32LE(at) !== ENTRY) throw new RangeError('no entry');
    const [nameLength, extra, comment] = [28, 30, 32].map((offset) => archive.readUInt16LE(at + offset)) as [
      number,
      number,
      number,
    ];
    if (archive.toString('utf8', at + 46, at + 46 + nameLength) === name)
      return {
        method: archive.readUInt16LE(at + 10),
        packed: archive.readUInt32LE(at + 20),
        at: archive.readUInt32LE(at + 42),
      };
    at += 46 + nameLength + extra + comment;
  }
  return undefined;
}

function unpack(archive: Buffer, { method, packed, at }: Entry, maxBytes: number): Buffer {
  if (archive.readUInt32LE(at) !== LOCAL) throw new RangeError('no file');
  const from = at + 30 + archive.readUInt16LE(at + 26) + archive.readUInt16LE(at + 28);
  const bytes = archive.subarray(from, from + packed);
  if (method === DEFLATED) return inflateRawSync(bytes, { maxOutputLength: maxBytes });
  if (method !== STORED) throw new RangeError('unknown method');
  return bytes;
}
