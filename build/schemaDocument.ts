/** docs/schema.md: in which migration each thing of the database is as it is today. */
import { readdir } from "node:fs/promises"
import { join } from "node:path"

type Kind = "function" | "table" | "trigger" | "view"

interface Place {
  readonly file: string
  readonly line: number
}

interface Thing {
  readonly kind: Kind
  readonly name: string
  readonly defined: Place
  /** For tables: where columns or constraints were added, changed or dropped later. */
  readonly altered: ReadonlyArray<Place>
}

const KIND = "(FUNCTION|TABLE|VIEW|TRIGGER)"
const CREATED = new RegExp(`^CREATE (?:OR REPLACE |UNLOGGED |CONSTRAINT )*${KIND} (?:IF NOT EXISTS )?(\\w+)`, "u")
const RENAMED = new RegExp(`^ALTER ${KIND} (?:IF EXISTS )?(\\w+)[^;]*? RENAME TO (\\w+)`, "u")
const DROPPED = new RegExp(`^DROP ${KIND} (?:IF EXISTS )?([^;]+)`, "u")
const ALTERED = /^ALTER TABLE (?:IF EXISTS )?(\w+)[^;]*?\b(?:ADD|DROP|ALTER|RENAME) /u

/** Statements are parted by these lines, as the loader parts them. */
const MARKER = "-- next statement"

const isComment = (line: string) => line.startsWith("--") || line.trim() === ""

interface Statement {
  readonly at: Place
  readonly text: string
}

/** Each statement from its first line that is no comment. */
const statementsOf = (file: string, text: string): ReadonlyArray<Statement> => {
  const lines = text.split("\n")
  const starts = [0, ...lines.flatMap((line, index) => (line === MARKER ? [index + 1] : []))]
  return starts.flatMap((start, n) => {
    const part = lines.slice(start, starts[n + 1])
    const first = part.findIndex((line) => !isComment(line))
    return first < 0 ? [] : [{ at: { file, line: start + first + 1 }, text: part.slice(first).join("\n") }]
  })
}

/** `a(text, integer[]), b` names two. A trigger is dropped one at a time: `a ON jobs`. */
const namesOf = (list: string) =>
  list
    .replaceAll(/\([^)]*\)/gu, "")
    .split(",")
    .map((each) => each.trim().split(/\s/u)[0]!)

const keyOf = (kind: string, name: string) => `${kind.toLowerCase()} ${name}`

/** What is there after the last statement. No two things of one kind have the same name: the tests ask the database. */
export const thingsIn = (migrations: ReadonlyArray<readonly [file: string, text: string]>): ReadonlyArray<Thing> => {
  const things = new Map<string, Thing>()
  const put = (thing: Thing) => things.set(keyOf(thing.kind, thing.name), thing)

  for (const { at, text } of migrations.flatMap(([file, whole]) => statementsOf(file, whole))) {
    const [, kind, created] = CREATED.exec(text) ?? []
    if (created !== undefined) put({ kind: kind!.toLowerCase() as Kind, name: created, defined: at, altered: [] })

    const [, ofKind, before, name] = RENAMED.exec(text) ?? []
    if (name !== undefined) {
      const key = keyOf(ofKind!, before!)
      put({ ...things.get(key)!, name })
      things.delete(key)
    }

    const [, droppedKind, dropped] = DROPPED.exec(text) ?? []
    for (const each of dropped === undefined ? [] : namesOf(dropped)) things.delete(keyOf(droppedKind!, each))

    const table = things.get(keyOf("table", ALTERED.exec(text)?.[1] ?? ""))
    if (table !== undefined) put({ ...table, altered: [...table.altered, at] })
  }
  return [...things.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

export const readMigrations = async (folder: string) => {
  const files = (await readdir(folder)).filter((name) => name.endsWith(".sql")).toSorted()
  return Promise.all(files.map(async (file) => [file, await Bun.file(join(folder, file)).text()] as const))
}

const link = ({ file, line }: Place) => `[${file.replace(/\.sql$/u, "")}:${line}](../migrations/${file}#L${line})`

const listOf = (things: ReadonlyArray<Thing>, kind: Kind) =>
  things
    .filter((each) => each.kind === kind)
    .map(({ name, defined }) => `| \`${name}\` | ${link(defined)} |`)
    .join("\n")

const tablesOf = (things: ReadonlyArray<Thing>) =>
  things
    .filter(({ kind }) => kind === "table")
    .map(({ name, defined, altered }) => `| \`${name}\` | ${link(defined)} | ${altered.map(link).join(", ")} |`)
    .join("\n")

export const schemaDocument = async (root: string) => {
  const things = thingsIn(await readMigrations(join(root, "migrations")))
  return `# Schema

Where the current SQL is: migrations are never edited, so a function may stand in several of them, and only the last one counts. What was
dropped is left out, and what was renamed is under its name of today.

Written by \`bun run generate\` from \`migrations\`.

## Functions

| function | defined in |
| --- | --- |
${listOf(things, "function")}

## Triggers

| trigger | defined in |
| --- | --- |
${listOf(things, "trigger")}

## Views

| view | defined in |
| --- | --- |
${listOf(things, "view")}

## Tables

| table | defined in | altered in |
| --- | --- | --- |
${tablesOf(things)}
`
}
