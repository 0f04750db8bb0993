/* The committed build must equal a fresh one, byte for byte. Exit code 1 and a list where not. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const web = join(dirname(fileURLToPath(import.meta.url)), '..')
const committed = join(web, '../src/wayside/web/static')
const fresh = mkdtempSync(join(tmpdir(), 'wayside-web-'))

function files(root) {
  const found = readdirSync(root, { recursive: true, withFileTypes: true })
  return found
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .sort()
}

function differences() {
  const here = files(committed)
  const there = files(fresh)
  const all = [...new Set([...here, ...there])]
  return all.filter((name) => {
    if (!here.includes(name) || !there.includes(name)) return true
    return !readFileSync(join(committed, name)).equals(readFileSync(join(fresh, name)))
  })
}

try {
  const build = spawnSync(process.execPath, [join(web, 'node_modules/vite/bin/vite.js'), 'build'], {
    cwd: web,
    env: { ...process.env, WAYSIDE_WEB_OUT: fresh },
    encoding: 'utf8',
  })
  if (build.status !== 0) {
    console.error(build.stdout + build.stderr)
    process.exitCode = 1
  } else {
    const changed = differences()
    for (const name of changed) console.error(`differs from its source: ${name}`)
    if (changed.length) console.error('Run `npm run build` in web/ and commit what it writes.')
    else console.log(`${files(fresh).length} files equal their source's build`)
    process.exitCode = changed.length ? 1 : 0
  }
} finally {
  rmSync(fresh, { recursive: true, force: true })
}
