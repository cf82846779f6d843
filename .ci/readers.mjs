// Reads Parquet and CSV by DuckDB and holds every field against the JSON Lines: see readers.
import { readFileSync } from 'node:fs'
import { DuckDBInstance } from '@duckdb/node-api'

const folder = process.argv[2]
const want = readFileSync(`${folder}/jsonl/corpus.jsonl`, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line))
const db = await (await DuckDBInstance.create(':memory:')).connect()
await db.run("SET TimeZone = 'UTC'")
const times = ['published', 'modified', 'first_seen', 'fetched']
const lists = ['also_in', 'authors', 'topics', 'places', 'reasons']

function fail(text) {
  console.log(`FAILED: ${text}`)
  process.exit(1)
}

// Times are compared in microseconds: Parquet has no more.
function micros(text) {
  const [, fraction = ''] = /\.(\d+)/.exec(text) ?? []
  return BigInt(Date.parse(text.replace(/\.\d+/, ''))) * 1000n + BigInt(fraction.padEnd(6, '0').slice(0, 6))
}

async function compare(what, query, read) {
  const result = await db.runAndReadAll(query)
  const names = result.columnNames()
  const rows = result.getRows()
  if (rows.length !== want.length) fail(`${what} has ${rows.length} records, the JSON Lines ${want.length}`)
  rows.forEach((row, i) => {
    if (names.length !== 28) fail(`${what} has ${names.length} columns`)
    names.forEach((name, c) => {
      let expected = want[i][name] ?? (name === 'text' ? '' : null)
      if (times.includes(name) && expected !== null) expected = String(micros(expected))
      const got = read(name, row[c])
      if (JSON.stringify(got) !== JSON.stringify(expected)) {
        fail(`${what}, record ${i}, ${name}: read ${JSON.stringify(got)}, the JSON Lines say ${JSON.stringify(expected)}`.slice(0, 600))
      }
    })
  })
  console.log(`DuckDB, ${what}: ${rows.length} records of ${names.length} fields are equal`)
}

await compare('Parquet', `SELECT * FROM '${folder}/parquet/corpus.parquet'`, (name, value) => {
  if (value === null) return null
  if (times.includes(name)) return String(value.micros)
  if (lists.includes(name)) return value.items
  return typeof value === 'bigint' ? Number(value) : value
})
await compare('CSV', `SELECT * FROM read_csv('${folder}/csv/corpus.csv', header = true, all_varchar = true, max_line_size = 20000000)`, (name, value) => {
  if (value === null || value === '') return ['published', 'modified', 'duplicate_of', 'translation_of'].includes(name) ? null : ''
  if (lists.includes(name) || ['number', 'revision', 'relevance', 'overlap'].includes(name)) return JSON.parse(value)
  if (times.includes(name)) return String(micros(value))
  return value.replace(/^'/, '')
})
