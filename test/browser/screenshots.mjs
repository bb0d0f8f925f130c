// The pictures in docs/: `node test/browser/screenshots.mjs http://127.0.0.1:8004` beside a running server.
import path from 'node:path';
import { chromium } from 'playwright-core';

const [url = 'http://127.0.0.1:8004', folder = path.join(import.meta.dirname, '../../docs')] = process.argv.slice(2);
const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const browser = await chromium.launch({ executablePath, args: ['--headless', '--no-sandbox', '--disable-gpu'] });
await shoot('light', { colorScheme: 'light', viewport: { width: 1200, height: 720 } });
await shoot('dark', { colorScheme: 'dark', viewport: { width: 1200, height: 860 } }, { compare: true });
await browser.close();

async function shoot(name, context, { compare = false } = {}) {
  const page = await browser.newPage(context);
  await page.goto(url);
  if (compare) await page.getByLabel('Compare two').check();
  await page.getByRole('button', { name: /^Rank/u }).click();
  await page.locator('.ranking li').first().waitFor();
  await page.evaluate(() => scrollTo(0, 0));
  await page.screenshot({ path: path.join(folder, `playground-${name}.png`) });
  if (folder.endsWith('docs')) return;
  await page.setViewportSize({ width: 390, height: 844 });
  await page.screenshot({ path: path.join(folder, `phone-${name}.png`), fullPage: true });
}
