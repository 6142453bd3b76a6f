// Debian's Chromium, and what is checked on every page: accessibility, the content security policy, and that the
// stylesheet still has every class that the page uses.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type axe from 'axe-core';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

const CHROMIUM = process.env['SLIPWAY_CHROMIUM'] ?? '/usr/bin/chromium';
const AXE_TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

const axeSource = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

declare global {
  interface Window {
    slipwayViolations?: string[];
    /** Mutation records since somebody began to count. */
    slipwayChanges?: number;
    /** When what a page was opened for stood there, laid out; on the page's clock. */
    slipwayShown?: Promise<number>;
    axe: typeof axe;
  }
}

export async function launch(): Promise<Browser> {
  return await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}

export type Scheme = 'light' | 'dark';

/** A fresh visitor; notes every violation of the policy, from the first byte on. */
export async function visit(browser: Browser, scheme: Scheme, width = 1280): Promise<{ context: BrowserContext; page: Page }> {
  const context = await browser.newContext({ colorScheme: scheme, viewport: { width, height: 900 }, reducedMotion: 'reduce' });
  await context.addInitScript(() => {
    window.slipwayViolations = [];
    document.addEventListener('securitypolicyviolation', (event) => {
      window.slipwayViolations?.push(`${event.violatedDirective}: ${event.blockedURI}`);
    });
  });
  return { context, page: await context.newPage() };
}

export async function signIn(page: Page, email: string, password: string): Promise<void> {
  await page.getByLabel('Email').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** What is wrong with the page as it is now; empty when nothing is. */
export async function inspect(page: Page, prunedClasses: string[] = []): Promise<string[]> {
  await page.evaluate(axeSource);
  const found = await page.evaluate(
    async ({ tags, pruned }) => {
      const { violations } = await window.axe.run(document, { runOnly: tags });
      const inaccessible = violations.map(
        ({ id, nodes }) => `axe ${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`,
      );
      const policy = (window.slipwayViolations ?? []).map((violation) => `csp ${violation}`);
      const unstyled = pruned
        .filter((name) => document.getElementsByClassName(name).length > 0)
        .map((name) => `pruned class ${name}`);
      const root = document.documentElement;
      const wide =
        root.scrollWidth > root.clientWidth ? [`the page is ${root.scrollWidth} px wide in ${root.clientWidth} px`] : [];
      return [...inaccessible, ...policy, ...unstyled, ...wide];
    },
    { tags: AXE_TAGS, pruned: prunedClasses },
  );
  return found;
}
