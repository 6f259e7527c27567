/** The three screens of an import: upload, columns, preview. */
import { type ImportField, importFields, type MenuImport, type PreviewRow } from "../data/Imports.ts"
import { Layout, Notice, Problem } from "./Layout.tsx"

interface ScreenProps {
  readonly base: string
  readonly restaurant: string
  readonly problem?: string | undefined
}

const stateOf = ({ columns, isImported }: MenuImport) =>
  isImported ? "Imported" : columns === null ? "Uploaded" : "Ready to import"

const Files = ({ base, imports }: { readonly base: string; readonly imports: ReadonlyArray<MenuImport> }) => (
  <table>
    <caption>Files</caption>
    <thead>
      <tr>
        <th scope="col">File</th>
        <th scope="col">State</th>
      </tr>
    </thead>
    <tbody>
      {imports.map((file) => (
        <tr>
          <th scope="row">
            <a href={`${base}/import/${file.id}`}>{file.fileName}</a>
          </th>
          <td>{stateOf(file)}</td>
        </tr>
      ))}
    </tbody>
  </table>
)

export const UploadPage = (props: ScreenProps & { readonly imports: ReadonlyArray<MenuImport> }) => (
  <Layout base={props.base} title="Import" restaurant={props.restaurant}>
    {props.problem === undefined ? null : <Problem>{props.problem}</Problem>}
    <form class="card" method="post" action={`${props.base}/import`} enctype="multipart/form-data">
      <h2>Import a menu</h2>
      <p>A CSV file whose first row names its columns: category, name, description and price. Nothing changes yet.</p>
      <label for="file">CSV file</label>
      <input id="file" name="file" type="file" accept=".csv,text/csv" required />
      <button type="submit">Upload file</button>
    </form>
    {props.imports.length === 0 ? null : <Files base={props.base} imports={props.imports} />}
  </Layout>
)

const labels: Record<ImportField, string> = {
  category: "Category",
  name: "Name",
  description: "Description",
  price: "Price"
}

interface ColumnsPageProps extends ScreenProps {
  readonly file: MenuImport
  /** The first row of the file. */
  readonly header: ReadonlyArray<string>
}

/** A column of the field's own name is chosen already. */
const isGuess = (field: ImportField, title: string) => title.toLowerCase() === field

export const ColumnsPage = ({ base, file, header, problem, restaurant }: ColumnsPageProps) => (
  <Layout base={base} title="Columns" restaurant={restaurant}>
    <p class="crumbs">
      <a href={`${base}/import`}>Import</a> / {file.fileName}
    </p>
    {problem === undefined ? null : <Problem>{problem}</Problem>}
    <form class="card" method="post" action={`${base}/import/${file.id}/columns`}>
      <h2>Which column is which?</h2>
      {importFields.map((field) => (
        <>
          <label for={field}>{labels[field]}</label>
          <select id={field} name={field}>
            <option value="">Not in this file</option>
            {header.map((title, place) => (
              <option
                value={String(place)}
                selected={file.columns === null ? isGuess(field, title) : file.columns[field] === place}
              >
                {title}
              </option>
            ))}
          </select>
        </>
      ))}
      <button type="submit">Show preview</button>
    </form>
  </Layout>
)

const PreviewTable = ({ rows }: { readonly rows: ReadonlyArray<PreviewRow> }) => (
  <table class="whole-heads">
    <caption>Rows</caption>
    <thead>
      <tr>
        <th scope="col">Row</th>
        <th scope="col">Item</th>
        <th scope="col">Price</th>
        <th scope="col">What happens</th>
      </tr>
    </thead>
    <tbody>
      {rows.map((row) => (
        <tr>
          <td>{row.row}</td>
          <th scope="row">
            {row.category}: {row.name}
            <p class="hint">{row.description}</p>
          </th>
          <td>{row.price}</td>
          <td class={row.outcome === "Error" ? "on" : ""}>
            {row.outcome}
            {row.problem === undefined ? "" : `: ${row.problem}`}
          </td>
        </tr>
      ))}
    </tbody>
  </table>
)

interface PreviewPageProps extends ScreenProps {
  readonly file: MenuImport
  readonly rows: ReadonlyArray<PreviewRow>
}

export const PreviewPage = ({ base, file, problem, restaurant, rows }: PreviewPageProps) => (
  <Layout base={base} title="Preview" restaurant={restaurant}>
    <p class="crumbs">
      <a href={`${base}/import`}>Import</a> / <a href={`${base}/import/${file.id}`}>{file.fileName}</a>
    </p>
    {file.isImported ? <Notice>This file was imported.</Notice> : null}
    {problem === undefined ? null : <Problem>{problem}</Problem>}
    {file.isImported ? null : (
      <form class="card" method="post" action={`${base}/import/${file.id}/run`}>
        <p>
          {rows.filter(({ outcome }) => outcome !== "Error").length} of {rows.length} rows can be imported. Rows with an
          error are left out.
        </p>
        <button type="submit">Import rows</button>
      </form>
    )}
    <PreviewTable rows={rows} />
  </Layout>
)
