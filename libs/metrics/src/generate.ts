import { writeFileSync } from 'node:fs';
import { metricsPage } from './describe-metrics.js';

// Run from the repository's root (`npm run generate`).
writeFileSync('docs/metrics.md', await metricsPage());
