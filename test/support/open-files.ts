import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import path from 'node:path';

const DESCRIPTORS = '/proc/self/fd';

/** The files below a folder that this process holds open; none where the system does not tell (it is not Linux). */
export function openFilesIn(folder: string): readonly string[] {
  if (!existsSync(DESCRIPTORS)) return [];
  return readdirSync(DESCRIPTORS)
    .map((descriptor) => targetOf(path.join(DESCRIPTORS, descriptor)))
    .filter((file) => file.startsWith(folder));
}

function targetOf(link: string): string {
  try {
    return readlinkSync(link);
  } catch {
    return ''; // The descriptor that listed the folder is closed again.
  }
}
