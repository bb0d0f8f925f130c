import { readFileSync, writeFileSync } from 'node:fs';
import { envExample, withConfigurationTable } from './describe-config.js';

// Run from the repository's root (`npm run generate`): writes the documentation that is made from AppConfig.
writeFileSync('.env.example', envExample());
writeFileSync('README.md', withConfigurationTable(readFileSync('README.md', 'utf8')));
