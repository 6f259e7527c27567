/** The role table as people read it. */
import { boardRows } from "./boardRoleRows.ts"
import { type Column, columns, type Row } from "./RoleRow.ts"
import { rows } from "./roleTable.ts"

const headings: Readonly<Record<Column, string>> = {
  viewer: "Viewer",
  member: "Member",
  operator: "Operator",
  admin: "Admin",
  ruler: "Admin of `default`",
  service: "Service"
}

const cell = (row: Pick<Row, "may">, column: Column) => (row.may.includes(column) ? "yes" : "no")

/** The table of docs/security.md. */
export const roleTableText = () => {
  const line = (cells: ReadonlyArray<string>) => `| ${cells.join(" | ")} |`
  const names = columns.map((column) => headings[column])
  return [
    line(["To", ...names, "In another organisation"]),
    line(["---", ...names.map(() => "---"), "---"]),
    ...[...rows, ...boardRows].map((row) =>
      line([row.what, ...columns.map((column) => cell(row, column)), row.elsewhere])
    )
  ].join("\n")
}
