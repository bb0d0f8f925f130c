import { execFileSync } from 'node:child_process';
import type { Browser, Locator } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { TestServer } from '../support/server.js';
import { hasChromium, launchChromium } from './chromium.js';
import { PlaygroundPage, type PageOptions } from './playground-page.js';

const THOUSAND = Array.from({ length: 1000 }, (_, index) => `Line ${index} of a list of a thousand short documents.`);

// Skipped only where there is no Chromium: `npm test -- browser` names what did not run and how to get it.
describe.skipIf(!hasChromium)('the playground', () => {
  let browser: Browser;
  let server: TestServer;
  let playground: PlaygroundPage;

  beforeAll(async () => {
    [browser, server] = await Promise.all([launchChromium(), TestServer.start({ MAX_LENGTH: '256' })]);
  }, 90_000);

  afterAll(async () => {
    await browser.close();
    await server.stop();
  });

  afterEach(async () => {
    playground.requireNoComplaints();
    await playground.close();
  });

  async function open(options?: PageOptions): Promise<PlaygroundPage> {
    playground = await PlaygroundPage.open(browser, server.url, options);
    return playground;
  }

  it('ranks its example at the first press, best first, and says what was shared', async () => {
    const { page, rows } = await open();
    await playground.rank();
    expect(await rows.count()).toBe(7);
    const scores = (await rows.getByRole('status').allTextContents()).map(Number);
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));
    expect(await rows.first().textContent()).toContain('Paris is the capital');
    expect(await rows.nth(1).textContent()).toContain('same as #3');
    const results = await page.getByRole('region', { name: 'Results' }).textContent();
    expect(results).toMatch(/ran once, not 7 times.*1 repeated document was scored once.*Nothing was cut/u);
    expect(results).toMatch(/in the model/u);
    expect(await page.getByRole('banner').textContent()).toMatch(/embedded · (?:libtorch|tfjs)/u);
  });

  it('marks a document that is too long for the model', async () => {
    const { rows, page } = await open();
    await playground.rank({ documents: ['short', 'a very long document '.repeat(200)] });
    expect(await rows.filter({ hasText: 'truncated' }).count()).toBe(1);
    expect(await page.getByRole('region', { name: 'Results' }).textContent()).toContain('1 document was too long');
  });

  it('marks what is relevant in a document, and nothing unasked', async () => {
    const { rows } = await open();
    const document = '😀 The train leaves at nine. Paris is the capital of France. Bread is baked in the morning.';
    await playground.rank({ query: 'What is the capital of France?', documents: [document, 'Another short text.'] });
    expect(await rows.locator('mark').count()).toBe(0);
    await playground.field('Mark what is relevant').check();
    await playground.rank();
    expect(await rows.first().locator('mark').first().textContent()).toContain('Paris is the capital of France.');
    expect(await rows.first().textContent()).toContain(document);
  });

  it('shows two instructions side by side, each document with its way up or down', async () => {
    const { page, rows } = await open();
    await playground.field('Compare two').check();
    await playground.field('Second instruction').fill('Retrieve what has nothing to do with the topic');
    await playground.rank();
    expect(await rows.count()).toBe(14);
    const headings = await page.getByRole('region', { name: 'Results' }).getByRole('heading').allTextContents();
    expect(headings).toEqual([expect.stringMatching(/web search/u), expect.stringMatching(/nothing to do/u)]);
    expect(await rows.filter({ hasText: /same place|▲|▼/u }).count()).toBe(14);
  });

  it('brings the result and errors into view on a phone, where they are below what is seen', async () => {
    const { page, rows, alert } = await open({ phone: true });
    await playground.rank();
    expect(await isSeen(rows.first())).toBe(true);
    expect(await page.locator('kbd').first().isVisible()).toBe(false);
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    expect(await page.evaluate('documents.scrollWidth <= documents.clientWidth')).toBe(true);
    await playground.field('Documents').fill('');
    await playground.button(/^Rank/u).tap();
    await alert.waitFor();
    expect(await isSeen(alert)).toBe(true);
  });

  it('is used without a mouse: Ctrl+Enter ranks, Escape cancels', async () => {
    const { page, rows } = await open();
    await playground.field('Documents').fill(THOUSAND.join('\n'));
    await page.keyboard.press('Control+Enter');
    await playground.button(/^Cancel/u).waitFor();
    await page.keyboard.press('Escape');
    await playground.button(/^Cancel/u).waitFor({ state: 'hidden' });
    expect(await rows.count()).toBe(0);
    await playground.field('Documents').fill('one\ntwo');
    await page.keyboard.press('Control+Enter');
    await rows.nth(1).waitFor();
  });

  it('takes a thousand pasted documents, and draws the first hundred until asked for all', async () => {
    const { page, rows } = await open();
    await page.evaluate(`new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) (globalThis.longTasks ??= []).push(Math.round(entry.duration));
    }).observe({ type: 'longtask' })`);
    await playground.paste('Documents', THOUSAND.join('\n'));
    await playground.rank();
    expect(await rows.count()).toBe(100);
    await playground.button('Show all 1,000').click();
    expect(await rows.count()).toBe(1000);
    await playground.field('Query').pressSequentially(' and more');
    const longTasks = await page.evaluate<number[]>('globalThis.longTasks ?? []');
    process.stdout.write(`tasks over 50 ms with 1,000 documents: ${longTasks.join(', ') || 'none'} (ms)\n`);
  }, 120_000);

  it.each([
    ['lines.txt', 'first line\n\nsecond line\n', ['first line', 'second line']],
    ['list.json', '{"documents": ["one", {"title": "Two", "text": "of two"}]}', ['one', 'Two of two']],
    ['beir.jsonl', '{"_id": "1", "text": "one"}\n{"_id": "2", "text": "two\\nlines"}', ['one', 'two\nlines']],
    ['table.csv', 'id,text\n1,"one, with a ""comma"""\n2,two\n', ['one, with a "comma"', 'two']],
  ])('reads %s', async (name, content, documents) => {
    const { rows, page } = await open();
    await page.getByLabel('File of documents').setInputFiles({ name, mimeType: '', buffer: Buffer.from(content) });
    await page.getByText(`${documents.length} `, { exact: false }).first().waitFor();
    await playground.rank();
    const shown = await rows.locator('.text').allTextContents();
    expect(shown.toSorted()).toEqual(documents.toSorted());
  });

  it('reads a dropped file, and says why it cannot read another', async () => {
    const { page } = await open();
    await drop(playground, 'dropped.jsonl', '"from a file"');
    expect(await playground.field('Documents').inputValue()).toBe('from a file');
    await drop(playground, 'broken.jsonl', '"fine"\n{"broken');
    expect(await playground.alert.textContent()).toMatch(/cannot be read.*line 2 is not JSON/iu);
    expect(await page.evaluate('document.activeElement.id')).toBe('documents');
  });

  it('shows the request as code for every API, and the code runs', async () => {
    const { page, code } = await open();
    await playground.field('Query').fill(`what's "quoted" & $HOME?`);
    for (const language of ['curl', 'TypeScript', 'Python']) {
      await page.getByText(language, { exact: true }).click();
      for (const api of await playground.field('API').locator('option').allTextContents()) {
        await playground.field('API').selectOption(api);
        const text = await code.textContent();
        expect(text).toContain(server.url);
        expect(text).toContain('Berlin is the capital of Germany.');
      }
    }
    await playground.field('API').selectOption('Native');
    await page.getByText('curl', { exact: true }).click();
    const curl = (await code.textContent())!;
    const answer = execFileSync('bash', ['-c', curl], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    expect(JSON.parse(answer)).toMatchObject({ results: expect.any(Array) });
    await page.getByText('TypeScript', { exact: true }).click();
    const typescript = (await code.textContent())!;
    const printed = execFileSync(process.execPath, ['--input-type=module', '--eval', typescript], { encoding: 'utf8' });
    expect(printed.trim().split('\n')).toHaveLength(7);
  });

  it.each<[string, PageOptions]>([
    ['light', { colorScheme: 'light' }],
    ['dark', { colorScheme: 'dark' }],
    ['on a phone', { width: 390 }],
  ])('is accessible: %s', async (_name, options) => {
    const { page } = await open(options);
    expect(await playground.violations()).toEqual([]);
    await playground.field('Compare two').check();
    await playground.rank();
    await playground.field('Query').fill('');
    expect(await playground.violations()).toEqual([]);
    const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
    expect(overflow).toBeLessThanOrEqual(0);
  });
});

describe.skipIf(!hasChromium)('the playground of a server that refuses', () => {
  const KEY = 'a-key-of-the-browser-test';
  let browser: Browser;
  let server: TestServer;
  let playground: PlaygroundPage;

  beforeAll(async () => {
    const limits = { API_KEY: KEY, MAX_BODY_BYTES: '100000', MAX_CONCURRENT_REQUESTS: '1' };
    [browser, server] = await Promise.all([launchChromium(), TestServer.start(limits)]);
    playground = await PlaygroundPage.open(browser, server.url);
  }, 90_000);

  afterAll(async () => {
    playground.requireNoComplaints();
    await browser.close();
    await server.stop();
  });

  async function refused(): Promise<string> {
    await playground.button(/^Rank/u).click();
    await playground.alert.waitFor();
    return (await playground.alert.textContent())!;
  }

  it('401: asks for the key, puts the cursor there, and goes on with it', async () => {
    expect(await refused()).toMatch(/asks for an API key/u);
    expect(await playground.page.evaluate('document.activeElement.id')).toBe('key');
    expect(await playground.violations()).toEqual([]);
    await playground.page.keyboard.type(KEY);
    await playground.page.keyboard.press('Enter');
    await playground.rows.first().waitFor();
    expect(await playground.alert.isVisible()).toBe(false);
    expect(await playground.code.textContent()).not.toContain(KEY);
    expect(await playground.code.textContent()).toContain('$RERANK_API_KEY');
  });

  it('429: says when to try again, and tries again', async () => {
    const others = server.post('/rerank', { query: 'q', documents: THOUSAND.slice(0, 300) }, { 'x-api-key': KEY });
    await server.until(async () => (await server.metric('rerank_active_requests')) > 0);
    expect(await refused()).toMatch(/busy/u);
    expect(await playground.alert.getByRole('button').textContent()).toMatch(/Try again in \d+ s/u);
    await others;
    await playground.alert.getByRole('button', { name: 'Try again', exact: true }).click();
    await playground.alert.waitFor({ state: 'hidden' });
  }, 120_000);

  it('413: names the limit', async () => {
    await playground.field('Documents').fill('x'.repeat(100_001));
    expect(await refused()).toMatch(/too large.*100000 bytes/u);
  });

  it('a document list that is empty: says so beside the field', async () => {
    await playground.field('Documents').fill('');
    expect(await refused()).toMatch(/no documents/u);
    expect(await playground.field('Documents').getAttribute('aria-invalid')).toBe('true');
  });

  it('a server that is gone: says so, and keeps what was typed', async () => {
    await playground.field('Documents').fill('still here');
    await server.stop();
    expect(await refused()).toMatch(/does not answer/u);
    expect(await playground.field('Documents').inputValue()).toBe('still here');
    await playground.page.getByText('no answer').waitFor();
  });
});

/** Its upper edge lies in the window. */
async function isSeen(box: Locator): Promise<boolean> {
  const { y } = (await box.boundingBox())!;
  return y >= 0 && y < box.page().viewportSize()!.height;
}

async function drop(playground: PlaygroundPage, name: string, content: string): Promise<void> {
  await playground.page.evaluate(
    `(({ name, content }) => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File([content], name));
      document.getElementById('drop').dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
    })(${JSON.stringify({ name, content })})`,
  );
  await playground.page.waitForFunction(`document.activeElement.id === 'documents'`);
}
