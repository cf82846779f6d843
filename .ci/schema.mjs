// Every good config of the tests must pass the schema, every bad one must fail it, but for those listed here, whose
// mistake no schema can see. A listed one that fails after all is an error too, so that the list stays true.
import fs from 'node:fs';
import path from 'node:path';
import Ajv from 'ajv/dist/2020.js';
import { load } from 'js-yaml';

const unseen = {
  'bad-alias': 'an alias stands for its value before a schema looks',
  'bad-environment': 'what is in the environment is not in the file',
  'bad-environment-value': 'what is in the environment is not in the file',
  'bad-ids-across-files': 'it is about files',
  'bad-include-cycle': 'a key of the main file is one of the schema',
  'bad-include-folder': 'it is about files',
  'bad-include-itself': 'it is about files',
  'bad-include-missing': 'it is about files',
  'bad-include-twice': 'it is about files',
  'bad-max-under-default-min': 'no schema compares durations',
  'bad-min-over-default-max': 'no schema compares durations',
  'bad-min-over-max': 'no schema compares durations',
  'bad-syntax-version': 'other readers take a line that names the version',
};

const root = process.argv[2];
const folder = path.join(root, 'cmd/chapar/config');
const schema = JSON.parse(fs.readFileSync(path.join(folder, 'chapar.schema.json'), 'utf8'));
const ajv = new Ajv({ strict: true, strictTypes: false, strictRequired: false, allErrors: true });
if (!ajv.validateSchema(schema)) throw new Error('no schema: ' + ajv.errorsText());
const valid = ajv.compile(schema);

// files gives the YAML files of an archive of the tests.
function files(name) {
  const text = fs.readFileSync(path.join(folder, 'testdata', name), 'utf8');
  const parts = text.split(/^-- (.+) --\n/m);
  const found = [];
  for (let i = 1; i < parts.length; i += 2) {
    if (/\.ya?ml$/.test(parts[i])) found.push([parts[i], parts[i + 1]]);
  }
  return found;
}

// wrong says what a reader finds wrong with a file, '' if nothing.
function wrong(text) {
  let value;
  try {
    value = load(text) ?? null;
  } catch (e) {
    return 'not YAML: ' + e.reason;
  }
  return valid(value) ? '' : ajv.errorsText(valid.errors);
}

let bad = 0;
const count = { good: 0, seen: 0, unseen: 0 };
const complain = (...words) => { bad++; console.log(...words); };
for (const name of fs.readdirSync(path.join(folder, 'testdata')).filter((n) => n.endsWith('.txtar')).sort()) {
  const id = name.replace('.txtar', '');
  const found = files(name).map(([file, text]) => [file, wrong(text)]).filter(([, why]) => why);
  if (id.startsWith('good-')) {
    count.good++;
    for (const [file, why] of found) complain(`${id}: ${file} is good and fails: ${why}`);
  } else if (found.length > 0) {
    count.seen++;
    if (unseen[id]) complain(`${id}: it fails, and is listed as what no schema can see`);
  } else {
    count.unseen++;
    if (!unseen[id]) complain(`${id}: it is bad and passes`);
  }
}
for (const id in unseen) {
  if (!fs.existsSync(path.join(folder, 'testdata', id + '.txtar'))) complain(`${id}: it is listed and is not there`);
}
const own = wrong(fs.readFileSync(path.join(root, 'config.yaml'), 'utf8'));
if (own) complain(`config.yaml fails: ${own}`);
console.log(`${count.good} good configs pass, ${count.seen} bad ones fail, ${count.unseen} have what no schema sees`);
process.exit(bad ? 1 : 0);
