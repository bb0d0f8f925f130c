import { readFileSync } from 'node:fs';
import path from 'node:path';

const PAGE = path.join(import.meta.dirname, '../docs/deploying.md');

/** The Job of docs/deploying.md that ranks a file, as it stands there. */
export const EXAMPLE_JOB = /```yaml\n(?<job>[^`]*kind: Job\n[^`]*)```/u.exec(readFileSync(PAGE, 'utf8')).groups.job;
