// Runs the statements of a file by DuckDB and prints what they give. One that gives no row is a mistake.
import { readFileSync } from 'node:fs'
import { DuckDBInstance } from '@duckdb/node-api'

const db = await (await DuckDBInstance.create(':memory:')).connect()
for (const statement of readFileSync(process.argv[2], 'utf8').split(';').filter((s) => s.trim())) {
  const rows = (await db.runAndReadAll(statement)).getRows()
  if (rows.length === 0) {
    console.log(`no row from: ${statement.trim()}`)
    process.exit(1)
  }
  for (const row of rows) console.log(row.map(String).join('  '))
}
