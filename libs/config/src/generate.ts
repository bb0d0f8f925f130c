import { writeFileSync } from 'node:fs';
import { configurationPage, envExample } from './describe-config.js';
import { optionsHelp } from './options-help.js';

// Run from the repository's root (`npm run generate`): writes the documentation that is made from AppConfig.
writeFileSync('.env.example', envExample());
writeFileSync('docs/configuration.md', configurationPage());
writeFileSync('apps/cli/options.txt', optionsHelp());
