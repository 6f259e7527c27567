/**
 * `import-csv-menu`: brings a menu from a CSV file into the portal. Items are added and changed, never removed. The
 * file is compared with the menu before it is uploaded, so a menu that is right already is left alone, and its name
 * holds its fingerprint, so an attempt that was cut off finds the file that it uploaded.
 */
import { Effect, Schema } from "effect"
import { FatalError, type JobError } from "../../domain/JobError.ts"
import { defineJobType, type JobType } from "../../domain/JobType.ts"
import { Steps } from "../../domain/Steps.ts"
import { accountFields, practiceAccount } from "./Account.ts"
import * as MenuPlan from "./MenuPlan.ts"
import { type CsvFile, makeImportPages } from "./portal/ImportPages.ts"
import { makeMenuPage, PricedItem } from "./portal/MenuPage.ts"
import { openPortal, type Portal } from "./portal/Portal.ts"
import { makeSignInPage } from "./portal/SignInPage.ts"

/** Largest file that the portal takes, without what a browser sends around it. */
const MOST_BYTES = 60_000

const Column = (field: string) =>
  Schema.optionalKey(
    Schema.String.check(Schema.isNonEmpty(), Schema.isMaxLength(100)).annotate({
      title: `Column of the ${field}`,
      description: `Its title in the first row. “${field}” when left out.`
    })
  )

const Input = Schema.Struct({
  ...accountFields,
  csv: Schema.String.annotate({
    title: "CSV",
    description: "The text of the file: one row per item, and a first row that names the columns.",
    format: "textarea"
  }).check(
    Schema.isNonEmpty(),
    Schema.makeFilter((csv) => new TextEncoder().encode(csv).length <= MOST_BYTES || "has more than 60,000 bytes")
  ),
  onErrors: Schema.optionalKey(
    Schema.Literals(["stop", "skip"]).annotate({
      title: "Rows with errors",
      description: "stop: import nothing when a row has an error (also when left out). skip: import the other rows."
    })
  ),
  columns: Schema.optionalKey(
    Schema.Struct({
      category: Column("category"),
      name: Column("name"),
      description: Column("description"),
      price: Column("price")
    }).annotate({ title: "Columns", description: "Only for a file with other titles in its first row." })
  )
})
type Input = typeof Input.Type

const Result = Schema.Struct({
  created: Schema.Int.annotate({ title: "New items" }),
  changed: Schema.Int.annotate({ title: "Changed items" }),
  unchanged: Schema.Int.annotate({ title: "Items that were right before" }),
  refused: Schema.Array(MenuPlan.RefusedRow).annotate({ title: "Rows that were left out" })
})

const Menu = Schema.Array(PricedItem)
const Refused = Schema.Array(MenuPlan.RefusedRow)

const unreadable = (message: string) =>
  new FatalError({
    code: "VALIDATION_ERROR",
    // It may quote all columns of a file that is no table.
    message: message.slice(0, 500),
    hint: "Nothing was changed. Put the file right, or name its columns in the job's input."
  })

const SHOWN_ROWS = 5

const rowsWithErrors = (refused: ReadonlyArray<MenuPlan.RefusedRow>) => {
  const rows = refused.slice(0, SHOWN_ROWS).map(({ problem, row }) => `Row ${row}: ${problem}`)
  const more = refused.length > SHOWN_ROWS ? ` And ${refused.length - SHOWN_ROWS} more.` : ""
  return new FatalError({
    code: "VALIDATION_ERROR",
    message: `The CSV has ${refused.length} ${refused.length === 1 ? "row" : "rows"} with an error. ${rows.join(" ")}${more}`,
    hint: "Nothing was changed. Put the rows right, or let the job skip rows with errors."
  })
}

const refusedBy = (what: string) =>
  new FatalError({
    code: "VALIDATION_ERROR",
    message: `The portal refused ${what}.`,
    hint: "Try the same by hand in the portal: it says there what it does not accept."
  })

const gone = (rows: ReadonlyArray<MenuPlan.MenuRow>) =>
  new FatalError({
    code: "NOT_FOUND",
    message: `The menu does not show as the file says: ${rows.map(({ name }) => `“${name}”`).join(", ")}.`.slice(
      0,
      500
    ),
    hint: "Somebody may be editing the menu at the same time. Retry the job from the start."
  })

const defaults: MenuPlan.ColumnNames = {
  category: "category",
  name: "name",
  description: "description",
  price: "price"
}

const planOf = Effect.fn("planOf")(function* ({ columns, csv, onErrors }: Input) {
  const plan = MenuPlan.planMenu(csv, { ...defaults, ...columns })
  if (typeof plan === "string") return yield* unreadable(plan)
  if (onErrors !== "skip" && plan.refused.length > 0) return yield* rowsWithErrors(plan.refused)
  return plan
})

const fileOf = (content: string): CsvFile => ({ name: `menu-${Bun.hash(content).toString(16)}.csv`, content })

/** The path of the file's page. */
const upload = Effect.fn("upload")(function* (portal: Portal, file: CsvFile) {
  const pages = makeImportPages(portal)
  const there = yield* pages.findFile(file.name)
  const path = there ?? (yield* pages.upload(file))
  if (path === undefined) return yield* refusedBy("the file")
  yield* Effect.logInfo(there === undefined ? `Uploaded ${file.name}` : `${file.name} is uploaded already`)
  return path
})

const chooseColumns = Effect.fn("chooseColumns")(function* (portal: Portal, path: string, plan: MenuPlan.MenuPlan) {
  const pages = makeImportPages(portal)
  if (!(yield* pages.chooseColumns(path, MenuPlan.columnsOf(plan)))) return yield* refusedBy("the columns of the file")
  return true
})

/** Imports the file. Gives the rows of the plan that the portal left out. */
const importRows = Effect.fn("importRows")(function* (
  portal: Portal,
  path: string,
  plan: MenuPlan.MenuPlan,
  onErrors: Input["onErrors"]
) {
  const pages = makeImportPages(portal)
  const { isImported, refused: ofFile } = yield* pages.readPreview(path)
  const refused = MenuPlan.inInput(plan, ofFile)
  if (isImported) return refused
  if (onErrors !== "skip" && refused.length > 0) return yield* rowsWithErrors(refused)
  yield* pages.run
  if (!(yield* pages.readPreview(path)).isImported) return yield* refusedBy("to import the file")
  yield* Effect.logInfo("The portal imported the file")
  return refused
})

const importFile = Effect.fn("importFile")(function* (
  portal: Portal,
  plan: MenuPlan.MenuPlan,
  before: ReadonlyArray<PricedItem>,
  input: Input
) {
  const steps = yield* Steps
  const path = yield* steps.run("upload", Schema.String, upload(portal, fileOf(MenuPlan.csvOf(plan, before))))
  yield* steps.run("choose-columns", Schema.Boolean, chooseColumns(portal, path, plan))
  yield* steps.progress(`Importing ${plan.rows.length} items`)
  const refused = yield* steps.run("import", Refused, importRows(portal, path, plan, input.onErrors))
  return [...plan.refused, ...refused].toSorted((one, other) => one.row - other.row)
})

const verify = Effect.fn("verify")(function* (portal: Portal, rows: ReadonlyArray<MenuPlan.MenuRow>) {
  const { changed, created } = MenuPlan.differences(yield* makeMenuPage(portal).readPriced, rows)
  if (created.length + changed.length > 0) return yield* gone([...created, ...changed])
  yield* Effect.logInfo(`The menu shows all ${rows.length} items of the file`)
  return true
})

const script = (portalUrl: Effect.Effect<URL, JobError>) => (input: Input) =>
  Effect.gen(function* () {
    const steps = yield* Steps
    const plan = yield* planOf(input)
    const portal = yield* openPortal(yield* portalUrl)

    yield* steps.prepare("sign-in", makeSignInPage(portal).signIn(input))
    const before = yield* steps.run("read-menu", Menu, makeMenuPage(portal).readPriced)
    const { changed, created } = MenuPlan.differences(before, plan.rows)
    const isRight = created.length + changed.length === 0
    if (isRight) yield* Effect.logInfo("The menu shows everything already; nothing is uploaded")
    const refused = isRight ? plan.refused : yield* importFile(portal, plan, before, input)
    const isIn = ({ row }: MenuPlan.MenuRow) => !refused.some((other) => other.row === row)
    yield* steps.run("verify", Schema.Boolean, verify(portal, plan.rows.filter(isIn)))

    const count = (rows: ReadonlyArray<MenuPlan.MenuRow>) => rows.filter(isIn).length
    const touched = { created: count(created), changed: count(changed) }
    return { ...touched, unchanged: count(plan.rows) - touched.created - touched.changed, refused }
  })

export const makeImportCsvMenu = (portalUrl: Effect.Effect<URL, JobError>): JobType =>
  defineJobType({
    name: "import-csv-menu",
    title: "Import a menu from CSV",
    description: "Brings categories and items with descriptions and prices from a spreadsheet into the menu.",
    lane: "browser",
    input: Input,
    result: Result,
    steps: [
      { name: "sign-in", title: "Sign in" },
      { name: "read-menu", title: "Compare with the menu" },
      { name: "upload", title: "Upload the file" },
      { name: "choose-columns", title: "Say which column is which" },
      { name: "import", title: "Import the rows" },
      { name: "verify", title: "Check the menu" }
    ],
    example: {
      ...practiceAccount,
      csv: [
        "category,name,description,price",
        'Pizza,Quattro formaggi,"Mozzarella, gorgonzola, fontina, parmesan.",12.50',
        "Pizza,Margherita,Tomato from San Marzano with mozzarella and basil.,9.50",
        "Bevande,Acqua minerale,Still or sparkling.,3.20",
        "Bevande,Chinotto,,3.90"
      ].join("\n")
    },
    run: script(portalUrl)
  })
