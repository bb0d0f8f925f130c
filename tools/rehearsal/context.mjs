// What `docker build` would send: the files of the working tree that .dockerignore lets through.
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';

/** Returns a function that copies named files, or all for `.`, into a folder. */
export function contextOf(root) {
  const rules = readFileSync(path.join(root, '.dockerignore'), 'utf8').split('\n').filter(Boolean).map(ruleOf);
  const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], { cwd: root, encoding: 'utf8' })
    .split('\0')
    .filter((file) => file !== '' && existsSync(path.join(root, file)) && isSent(file, rules));
  return (words, target) => {
    for (const file of words.includes('.') ? files : words) {
      if (!files.includes(file)) throw new Error(`COPY ${file}: .dockerignore keeps it back`);
      const place = path.join(target, file);
      mkdirSync(path.dirname(place), { recursive: true });
      if (statSync(path.join(root, file)).isFile()) copyFileSync(path.join(root, file), place);
    }
  };
}

/** The last rule that fits decides. */
function isSent(file, rules) {
  return rules.reduce((sent, { pattern, includes }) => (pattern.test(file) ? includes : sent), true);
}

function ruleOf(line) {
  const includes = line.startsWith('!');
  const glob = includes ? line.slice(1) : line;
  const parts = glob.split('**/').map((part) => part.split('*').map(escape).join('[^/]*'));
  return { includes, pattern: new RegExp(`^${parts.join('(?:.*/)?')}(?:/|$)`, 'u') };
}

function escape(text) {
  return text.replaceAll(/[.+?^${}()|[\]\\]/gu, String.raw`\$&`);
}
