// Opens pages in a Chromium of this machine, light and dark, narrow and wide, checks them and takes pictures:
//   node scripts/report-screenshots.mjs report.html [folder for the pictures]
// @ts-check
import { existsSync, mkdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { findFaults } from './report-audit.mjs';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/usr/bin/google-chrome-stable'];

/** A browser to drive: CHROMIUM names one, else the usual places are looked at. */
export const chromiumPath = () => [process.env.CHROMIUM ?? '', ...PLACES].find((path) => path !== '' && existsSync(path));

const SCHEMES = /** @type {const} */ (['light', 'dark']);
const WIDTHS = [360, 1280];

/** Reads out the first chart by keyboard and by pointer; says what did not work. Runs outside the page. */
async function tryReadOut(/** @type {import('playwright-core').Page} */ page) {
  const area = page.locator('[data-chart] .area').first();
  if ((await area.count()) === 0) return [];
  const readout = area.locator('.readout');
  await area.focus();
  await page.keyboard.press('Home');
  const first = await readout.textContent();
  await page.keyboard.press('Escape');
  const gone = await readout.isHidden();
  await area.hover();
  const hovered = await readout.textContent();
  await page.mouse.move(0, 0);
  await area.blur();
  return [
    ...(first?.startsWith('epoch 1') ? [] : [`the keyboard reads out ${JSON.stringify(first)}`]),
    ...(gone ? [] : ['Escape leaves the read-out open']),
    ...(hovered?.startsWith('epoch ') ? [] : [`the pointer reads out ${JSON.stringify(hovered)}`]),
  ];
}

/**
 * Opens every file in every scheme and width, without a network.
 * @param {readonly string[]} files
 * @param {{ readonly executable: string, readonly folder?: string }} options `folder` gets the pictures
 * @returns {Promise<{ readonly shown: number, readonly faults: readonly string[] }>}
 */
export async function inspect(files, { executable, folder }) {
  const { chromium } = await import('playwright-core');
  // A sanitizer that is preloaded into the tests is not for the browser.
  const { LD_PRELOAD: _, ...env } = process.env;
  const browser = await chromium.launch({ executablePath: executable, args: ['--no-sandbox'], env });
  /** @type {string[]} */
  const faults = [];
  let shown = 0;
  try {
    if (folder) mkdirSync(folder, { recursive: true });
    for (const file of files) {
      const address = pathToFileURL(resolve(file)).href;
      for (const colorScheme of SCHEMES) {
        for (const width of WIDTHS) {
          const name = `${basename(file, '.html')}-${colorScheme}-${width}`;
          const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
          page.on('console', (message) => message.type() !== 'log' && faults.push(`${name}: console: ${message.text()}`));
          page.on('pageerror', (error) => faults.push(`${name}: ${error.message}`));
          await page.route('**/*', (route) => {
            const url = route.request().url();
            if (url === address || url.startsWith('data:')) return route.continue();
            faults.push(`${name}: asks for ${url}`);
            return route.abort();
          });
          await page.goto(address);
          for (const fault of [...(await page.evaluate(findFaults)), ...(await tryReadOut(page))]) faults.push(`${name}: ${fault}`);
          if (folder) await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
          await page.close();
          shown++;
        }
      }
    }
  } finally {
    await browser.close();
  }
  return { shown, faults };
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [file, folder = '.'] = process.argv.slice(2);
  const executable = chromiumPath();
  if (!file || !executable) {
    console.error(file ? 'no Chromium found; CHROMIUM=path names one' : 'usage: node scripts/report-screenshots.mjs report.html [folder]');
    process.exit(2);
  }
  const { shown, faults } = await inspect([file], { executable, folder });
  for (const fault of faults) console.error(fault);
  console.log(`${shown} views, ${faults.length} faults; pictures in ${resolve(folder)}`);
  process.exit(faults.length === 0 ? 0 : 1);
}
