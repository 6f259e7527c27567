/** The screens of an import. A file stays until the restaurant is reset, so an import that was left can go on. */
import { Hono } from "hono"
import { readCsv } from "../data/csv.ts"
import { type Columns, importFields, type MenuImport, previewOf } from "../data/Imports.ts"
import { type Form, field, type Portal, type PortalContext, type PortalEnv, readForm } from "../PortalEnv.ts"
import { ColumnsPage, PreviewPage, UploadPage } from "../pages/ImportPages.tsx"
import { PageNotFound } from "../pages/PortalFailure.tsx"

const MOST_ROWS = 501

/** The text of an uploaded CSV file, or what is wrong with it. */
const readUpload = async (c: PortalContext) => {
  const body = await c.req.parseBody().catch(() => ({}))
  const file = "file" in body ? body.file : undefined
  if (!(file instanceof File) || file.size === 0) return { problem: "Choose a file that is not empty." }
  const content = await file.text()
  const rows = readCsv(content)
  if (rows === undefined) return { problem: "This is no CSV: a quotation mark is missing." }
  if (rows.length < 2) return { problem: "The file has no rows below its header." }
  if (rows.length > MOST_ROWS) return { problem: `A file has at most ${MOST_ROWS - 1} rows.` }
  return { fileName: file.name, content }
}

const headerOf = (file: MenuImport): ReadonlyArray<string> => readCsv(file.content)?.[0]?.cells ?? []

const readColumns = (form: Form, header: ReadonlyArray<string>): Columns | undefined => {
  const places = importFields.map((name) => {
    const text = field(form, name)
    return /^\d{1,3}$/u.test(text) && Number(text) < header.length ? Number(text) : undefined
  })
  const [category, name, description, price] = places
  if (category === undefined || name === undefined || price === undefined) return undefined
  return { category, name, description, price }
}

const uploadRoutes = ({ base, imports }: Portal) =>
  new Hono<PortalEnv>()
    .get("/import", (c) => {
      const { restaurant } = c.var
      return c.html(UploadPage({ base, restaurant, imports: imports.all(restaurant) }))
    })
    .post("/import", async (c) => {
      const { restaurant } = c.var
      const upload = await readUpload(c)
      if (upload.content === undefined) {
        return c.html(UploadPage({ base, restaurant, imports: imports.all(restaurant), problem: upload.problem }), 422)
      }
      const id = imports.upload(restaurant, upload.fileName, upload.content)
      return c.redirect(`${base}/import/${id}`, 303)
    })

const fileRoutes = ({ base, imports, menus }: Portal) => {
  const find = (c: PortalContext) => imports.find(c.get("restaurant"), Number(c.req.param("id")))
  const notFound = (c: PortalContext) => c.html(PageNotFound({ base, restaurant: c.get("restaurant") }), 404)
  const showColumns = (c: PortalContext, file: MenuImport, problem?: string) =>
    ColumnsPage({ base, restaurant: c.get("restaurant"), file, header: headerOf(file), problem })
  return new Hono<PortalEnv>()
    .get("/import/:id", (c) => {
      const file = find(c)
      return file === undefined ? notFound(c) : c.html(showColumns(c, file))
    })
    .post("/import/:id/columns", async (c) => {
      const file = find(c)
      if (file === undefined) return notFound(c)
      const columns = readColumns(await readForm(c), headerOf(file))
      if (columns === undefined) {
        return c.html(showColumns(c, file, "Category, name and price need a column of the file."), 422)
      }
      imports.saveColumns(file.id, columns)
      return c.redirect(`${base}/import/${file.id}/preview`, 303)
    })
    .get("/import/:id/preview", (c) => {
      const { restaurant } = c.var
      const file = find(c)
      if (file === undefined) return notFound(c)
      if (file.columns === null) return c.redirect(`${base}/import/${file.id}`, 303)
      return c.html(PreviewPage({ base, restaurant, file, rows: previewOf(file, menus.items(restaurant)) }))
    })
    .post("/import/:id/run", (c) => {
      const file = find(c)
      if (file === undefined || file.columns === null) return notFound(c)
      imports.run(c.get("restaurant"), file)
      return c.redirect(`${base}/import/${file.id}/preview`, 303)
    })
}

export const importRoutes = (portal: Portal) =>
  new Hono<PortalEnv>().route("/", uploadRoutes(portal)).route("/", fileRoutes(portal))
