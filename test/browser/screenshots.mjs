// The pictures in docs/: `node test/browser/screenshots.mjs http://127.0.0.1:8004` beside a running server.
import path from 'node:path';
import { chromium } from 'playwright-core';

const [url = 'http://127.0.0.1:8004', folder = path.join(import.meta.dirname, '../../docs')] = process.argv.slice(2);
const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const browser = await chromium.launch({ executablePath, args: ['--headless', '--no-sandbox', '--disable-gpu'] });
const PATIENT_MS = 120_000;
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

await shoot('playground-light', { colorScheme: 'light', viewport: { width: 1200, height: 720 } });
await shoot('playground-dark', { colorScheme: 'dark', viewport: { width: 1200, height: 860 } }, { compare: true });
await shoot('playground-phone-light', { colorScheme: 'light', ...PHONE });
await shoot('playground-phone-dark', { colorScheme: 'dark', ...PHONE });
await browser.close();

/** On a phone what is seen after Rank, as the page leaves it; else from the top. */
async function shoot(name, context, { compare = false } = {}) {
  const page = await browser.newPage(context);
  page.setDefaultTimeout(PATIENT_MS);
  await page.goto(url);
  if (compare) await page.getByLabel('Compare two').check();
  await page.getByRole('button', { name: /^Rank/u }).click();
  await page.locator('.ranking li').first().waitFor();
  if (!context.isMobile) await page.evaluate(() => scrollTo(0, 0));
  await page.screenshot({ path: path.join(folder, `${name}.png`) });
}
