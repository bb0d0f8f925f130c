import type { Browser, Locator, Page } from 'playwright-core';
import { accessibilityViolations, type Violation } from './axe.js';

export interface PageOptions {
  readonly colorScheme?: 'light' | 'dark';
  readonly width?: number;
  /** A touch screen without a keyboard. */
  readonly phone?: boolean;
}

/** The playground as a person uses it: by the names on the page. Collects what the page must not do. */
export class PlaygroundPage {
  /** Console errors (content security violations are some), uncaught errors, requests to other servers. */
  private readonly complaints: string[] = [];

  private constructor(
    readonly page: Page,
    private readonly url: string,
  ) {
    page.on('pageerror', (error) => this.complaints.push(String(error)));
    page.on('console', (message) => {
      // Refusals of the API are expected, and each is logged by the browser.
      if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) {
        this.complaints.push(message.text());
      }
    });
    page.on('request', (request) => {
      if (!request.url().startsWith(url)) this.complaints.push(`a request to ${request.url()}`);
    });
  }

  static async open(browser: Browser, url: string, options: PageOptions = {}): Promise<PlaygroundPage> {
    const { colorScheme = 'light', phone = false, width = phone ? 390 : 1360 } = options;
    const viewport = { width, height: 850 };
    const context = await browser.newContext({ colorScheme, viewport, hasTouch: phone, isMobile: phone });
    const opened = new PlaygroundPage(await context.newPage(), url);
    await opened.page.goto(url);
    return opened;
  }

  field(name: string): Locator {
    return this.page.getByLabel(name, { exact: true });
  }

  button(name: string | RegExp): Locator {
    return this.page.getByRole('button', { name });
  }

  /** One row per ranked document that is drawn, best first. */
  get rows(): Locator {
    return this.page.getByRole('region', { name: 'Results' }).getByRole('listitem');
  }

  get alert(): Locator {
    return this.page.getByRole('alert');
  }

  get code(): Locator {
    return this.page.getByLabel('Code', { exact: true });
  }

  /** Enters what is given, ranks, and waits for the first row. */
  async rank({ query, documents }: { query?: string; documents?: readonly string[] } = {}): Promise<void> {
    if (query !== undefined) await this.field('Query').fill(query);
    if (documents !== undefined) await this.field('Documents').fill(documents.join('\n'));
    await this.button(/^Rank/u).click();
    await this.rows.first().waitFor();
  }

  /** As a person does it: `fill` types, which is another and slower way of the browser. */
  async paste(name: string, text: string): Promise<void> {
    await this.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await this.page.evaluate(`navigator.clipboard.writeText(${JSON.stringify(text)})`);
    await this.field(name).focus();
    await this.page.keyboard.press('Control+A');
    await this.page.keyboard.press('Control+V');
  }

  requireNoComplaints(): void {
    if (this.complaints.length > 0) throw new Error(`the page did what it must not: ${this.complaints.join('; ')}`);
  }

  violations(): Promise<Violation[]> {
    return accessibilityViolations(this.page);
  }

  close(): Promise<void> {
    return this.page.context().close();
  }
}
