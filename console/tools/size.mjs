// `npm run size`: what a first visit downloads, in kB (1000 bytes) after gzip -9; fails above a budget.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const [dist = 'dist'] = process.argv.slice(2);
const manifest = JSON.parse(await readFile(join(dist, '.vite', 'manifest.json'), 'utf8'));

/** The modules that a route loads before it is complete, beyond the entry. */
const ROUTES = [
  { name: 'login', modules: ['src/pages/login/LoginPage.tsx'], budget: 135 },
  { name: 'server list', modules: ['src/app/Frame.tsx', 'src/pages/servers/ServersPage.tsx'], budget: 200 },
  { name: 'server', modules: ['src/app/Frame.tsx', 'src/pages/server/ServerPage.tsx'], budget: 260 },
  { name: 'create', modules: ['src/app/Frame.tsx', 'src/pages/create/CreatePage.tsx'], budget: 260 },
];
const CSS_BUDGET = 45;

/** The files of these modules and of everything they import statically. */
function filesOf(modules) {
  const seen = new Set();
  const visit = (key) => {
    const chunk = manifest[key];
    if (!chunk) throw new Error(`the manifest knows no ${key}`);
    if (seen.has(chunk.file)) return;
    seen.add(chunk.file);
    for (const next of chunk.imports ?? []) visit(next);
  };
  for (const module of ['index.html', ...modules]) visit(module);
  return [...seen];
}

async function gzipped(files) {
  const sizes = await Promise.all(files.map(async (file) => gzipSync(await readFile(join(dist, file)), { level: 9 }).length));
  return sizes.reduce((sum, size) => sum + size, 0) / 1000;
}

let failed = false;
function report(name, kilobytes, budget, files) {
  const over = kilobytes > budget;
  failed ||= over;
  console.log(
    `${name.padEnd(16)} ${kilobytes.toFixed(1).padStart(6)} kB gz of ${budget}, ${files} files${over ? '  OVER BUDGET' : ''}`,
  );
}

for (const { name, modules, budget } of ROUTES) {
  const files = filesOf(modules);
  report(`${name} js`, await gzipped(files), budget, files.length);
}
const css = Object.values(manifest).flatMap((chunk) => (chunk.file.endsWith('.css') ? [chunk.file] : (chunk.css ?? [])));
const sheets = [...new Set(css)];
report('whole app css', await gzipped(sheets), CSS_BUDGET, sheets.length);
process.exit(failed ? 1 : 0);
