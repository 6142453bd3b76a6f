// Takes out of the built stylesheet what no page can reach: PatternFly ships every state of every component, and four
// token sets. Decided from the built scripts, not from a recording:
//   1. themes that Slipway does not offer, and PatternFly's icon font;
//   2. classes that no script names: a class map's entry counts when its key is used outside of the map;
//   3. custom properties that nothing reads any more, and images that nothing shows any more.
// Names that scripts put together at run time stand in KEEP. The browser test compares: it fails when an element
// carries a class that was pruned (`dist/.vite/pruned-classes.json`).
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { transform } from 'lightningcss';
import { parse } from 'postcss';

const [dist = 'dist'] = process.argv.slice(2);
const assets = join(dist, 'assets');

// The drawer comes with PatternFly's page, for notifications that Slipway shows elsewhere.
const DROPPED = new RegExp(
  [
    'pf-v6-theme-(felt|glass|redhat)',
    'pf-v6-pficon|\\bpficon\\b',
    'pf-v6-c-drawer',
    // Variants that PatternFly's scripts can name and Slipway's never ask for.
    'pf-m-(docked|text-expanded|split-button|drilldown|drilled-in|flyout|favorited|favorite|hamburger|settings|stateful|unread|attention)\\b',
    'pf-m-(typeahead|search-expandable|current-path|circle|custom|in-progress|sticky-(top|bottom)[\\w-]*|overflow|add|editable)\\b',
    'pf-m-(hidden|visible|horizontal|align-\\w+)-on-\\w+|pf-m-(scrollable|horizontal|expand-(top|bottom)|truncate|limit-width|tertiary)\\b',
  ].join('|'),
);
const KEEP = /^pf-m-(display-inline|resize|inset|padding|no-padding|sm|md|lg|xl|2xl)|-on-(sm|md|lg|xl|2xl)$|^pf-v6-theme-/;
const MAP_ENTRY = /([\w$]+|"[^"]+"|'[^']+'):[`"'](pf-(?:v6|m)-[\w-]+)[`"']/g;

const files = await readdir(assets);
const scripts = (
  await Promise.all(files.filter((file) => file.endsWith('.js')).map((file) => readFile(join(assets, file), 'utf8')))
).join('\n');

const keysOf = new Map();
const code = scripts.replace(MAP_ENTRY, (_, key, name) => {
  const keys = keysOf.get(name) ?? new Set();
  keys.add(key.replaceAll(/["']/g, ''));
  keysOf.set(name, keys);
  return '';
});
const words = new Set(code.match(/pf-[\w-]+/g));
/** `.primary` and `'primary'`: how a script reaches an entry of a class map. */
const reached = new Set([...code.matchAll(/\.([\w$]+)|[`"']([\w$-]+)[`"']/g)].map(([, property, text]) => property ?? text));

function isUsed(name) {
  if (!name.startsWith('pf-') || KEEP.test(name) || words.has(name)) return true;
  return [...(keysOf.get(name) ?? [])].some((key) => reached.has(key));
}

const pruned = new Set();

function canMatch(selector) {
  if (DROPPED.test(selector)) return false;
  // What stands in :not() need not exist for the rule to match.
  const needed = selector.replaceAll(/:not\([^()]*(\([^()]*\))*[^()]*\)/g, '');
  // Of what stands in :is() or :where() one is enough; such selectors are kept unless a class outside of it is missing.
  const outside = needed.replaceAll(/:(is|where|has)\([^()]*(\([^()]*\))*[^()]*\)/g, '');
  const missing = [...outside.matchAll(/\.([\w-]+)/g)].map(([, name]) => name).filter((name) => !isUsed(name));
  for (const name of missing) pruned.add(name);
  return missing.length === 0;
}

function pruneRules(root) {
  root.walkRules((rule) => {
    if (rule.parent?.type === 'atrule' && rule.parent.name.endsWith('keyframes')) return;
    const kept = rule.selectors.filter(canMatch);
    if (kept.length === 0) rule.remove();
    else if (kept.length < rule.selectors.length) rule.selectors = kept;
  });
  root.walkAtRules('font-face', (rule) => {
    if (DROPPED.test(rule.toString())) rule.remove();
  });
}

function pruneProperties(root) {
  for (let removed = true; removed;) {
    removed = false;
    const read = new Set(code.match(/--[\w-]+/g));
    root.walkDecls((declaration) => {
      for (const [, name] of declaration.value.matchAll(/var\(\s*(--[\w-]+)/g)) read.add(name);
    });
    root.walkDecls(/^--/, (declaration) => {
      if (read.has(declaration.prop)) return;
      declaration.remove();
      removed = true;
    });
  }
}

function pruneEmpty(root) {
  root.walk((node) => {
    if ((node.type === 'rule' || node.type === 'atrule') && node.nodes?.length === 0) node.remove();
  });
}

let styles = '';
for (const file of files.filter((each) => each.endsWith('.css'))) {
  const path = join(assets, file);
  const before = await readFile(path, 'utf8');
  const root = parse(before);
  pruneRules(root);
  pruneProperties(root);
  root.walkComments((comment) => comment.remove());
  pruneEmpty(root);
  pruneEmpty(root);
  const { code: after } = transform({ filename: file, code: Buffer.from(root.toString()), minify: true });
  await writeFile(path, after);
  styles += after.toString();
  console.log(`${file}: ${(before.length / 1000).toFixed(0)} → ${(after.length / 1000).toFixed(0)} kB`);
}
const html = await readFile(join(dist, 'index.html'), 'utf8');
for (const file of files.filter((each) => /\.(svg|png|jpe?g|woff2?)$/.test(each))) {
  if (![styles, scripts, html].some((text) => text.includes(file))) await rm(join(assets, file));
}
await writeFile(join(dist, '.vite', 'pruned-classes.json'), JSON.stringify([...pruned].toSorted()));
