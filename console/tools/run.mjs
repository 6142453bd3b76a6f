// Runs one TypeScript file, through Vite's own transform: Node 20 reads no TypeScript.
import { runnerImport } from 'vite';

const [file] = process.argv.slice(2);
if (file === undefined) throw new Error('usage: node tools/run.mjs <file.ts>');
await runnerImport(`./${file}`, { configFile: false, logLevel: 'warn' });
